/* SPDX-License-Identifier: Apache-2.0 */
#include "ports.h"

#include <ctype.h>
#include <string.h>

#include "base/slice.h"

static bool parse_range(struct slice s, uint16_t *first, uint16_t *last)
{
	struct slice from, to;

	if (!slice_cut(s, '-', &from, &to))
		to = from;
	return parse_u16(from, first) && parse_u16(to, last) && *first <= *last;
}

static const char *lower(struct arena *a, struct slice s)
{
	char *text = arena_strndup(a, s.p, s.n);

	for (char *p = text; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return text;
}

int ports_expose(struct arena *a, const char *spec, struct str_list *set, struct err *e)
{
	struct slice container = slice_str(spec), host = { 0 }, rest, proto;
	uint16_t first, last;

	if (slice_rcut(container, ':', &host, &rest))
		container = rest;
	if (!slice_cut(container, '/', &rest, &proto) || !proto.n)
		proto = slice_str("tcp");
	container = rest;
	const char *name = lower(a, proto);
	if (!container.n)
		return err_set(e, ERR_INVALID, "no port specified: %s<empty>", spec);
	if (!parse_range(container, &first, &last))
		return err_set(e, ERR_INVALID, "invalid containerPort: %.*s", (int)container.n,
			container.p);
	if (strcmp(name, "tcp") != 0 && strcmp(name, "udp") != 0 && strcmp(name, "sctp") != 0)
		return err_set(e, ERR_INVALID, "invalid proto: %.*s", (int)proto.n, proto.p);
	for (unsigned port = first; port <= last; port++) {
		const char *one = arena_printf(a, "%u/%s", port, name);
		if (!str_list_has(set, one))
			str_list_add(a, set, one);
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* -p and --expose: ranges on both sides, addresses, protocols (go-connections' nat). */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "spec.h"

struct range {
	uint16_t first, last;
};

static bool parse_range(struct slice s, struct range *out)
{
	struct slice first, last;

	if (!slice_cut(s, '-', &first, &last)) {
		out->last = 0;
		if (!parse_u16(s, &out->first))
			return false;
		out->last = out->first;
		return true;
	}
	slice_cut(last, '-', &last, &s); /* what follows a second '-' is not looked at */
	return parse_u16(first, &out->first) && parse_u16(last, &out->last) &&
	       out->first <= out->last;
}

/* "80/udp" to port and protocol (tcp when none). */
static void split_proto(struct slice s, struct slice *port, struct slice *proto)
{
	struct slice rest;

	slice_cut(s, '/', port, proto);
	slice_cut(*proto, '/', proto, &rest);
	if (port->n == 0)
		*proto = (struct slice){ "", 0 };
	else if (proto->n == 0)
		*proto = slice_str("tcp");
}

static const char *lower(struct arena *a, struct slice s)
{
	char *out = arena_strndup(a, s.p, s.n);

	for (char *c = out; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return out;
}

/* Adds port unless it is among the first `before`: ports of one range never meet each other. */
static void expose(struct arena *a, struct str_list *exposed, size_t before, const char *port)
{
	struct str_list old = { exposed->v, before };

	if (!str_list_has(&old, port))
		str_list_add(a, exposed, port);
}

static void add_binding(struct arena *a, struct port_map *map, size_t before, const char *port,
	struct port_binding b)
{
	struct port_binding_list *list;
	size_t i = 0, n_keys = map->n;

	while (i < before && !str_eq(map->keys[i], port))
		i++;
	if (i == before) {
		i = map->n;
		map->keys = arena_grow(a, map->keys, &n_keys, sizeof(*map->keys));
		map->v = arena_grow(a, map->v, &map->n, sizeof(*map->v));
		map->keys[i] = port;
	}
	list = &map->v[i];
	list->v = arena_grow(a, list->v, &list->n, sizeof(*list->v));
	list->v[list->n - 1] = b;
}

/* "ip:host:container" from the right; an IPv6 address may hold colons. */
static void split_parts(struct slice s, struct slice *ip, struct slice *host, struct slice *ctr)
{
	struct slice rest;

	*ip = *host = (struct slice){ "", 0 };
	if (!slice_rcut(s, ':', &rest, ctr)) {
		*ctr = s;
		return;
	}
	if (!slice_rcut(rest, ':', ip, host)) {
		*ip = (struct slice){ "", 0 };
		*host = rest;
	}
}

static int check_ip(struct arena *a, struct slice s, const char **out, struct err *e)
{
	unsigned char addr[16];
	const char *text = arena_strndup(a, s.p, s.n);

	*out = text;
	if (s.n > 0 && s.p[0] == '[') {
		if (s.n < 2 || s.p[s.n - 1] != ']')
			return err_set(e, ERR_INVALID,
				"invalid IP address %s: address %s:: missing ']' in address", text,
				text);
		*out = arena_strndup(a, s.p + 1, s.n - 2);
	}
	if (**out && inet_pton(AF_INET, *out, addr) != 1 && inet_pton(AF_INET6, *out, addr) != 1)
		return err_set(e, ERR_INVALID, "invalid IP address: %s", *out);
	return 0;
}

struct published {
	const char *ip, *proto;
	bool has_host;
	struct range ctr, host;
};

static void add_ports(struct arena *a, const struct published *p, struct str_list *exposed,
	struct port_map *bindings)
{
	size_t n_exposed = exposed->n, n_bound = bindings->n;
	bool is_dynamic = p->ctr.first == p->ctr.last && p->host.first != p->host.last;

	for (unsigned i = 0; i <= (unsigned)(p->ctr.last - p->ctr.first); i++) {
		const char *port = arena_printf(a, "%u/%s", p->ctr.first + i, p->proto);
		struct port_binding b = { p->ip, "" };

		if (is_dynamic)
			b.host_port = arena_printf(a, "%u-%u", p->host.first, p->host.last);
		else if (p->has_host)
			b.host_port = arena_printf(a, "%u", p->host.first + i);
		expose(a, exposed, n_exposed, port);
		add_binding(a, bindings, n_bound, port, b);
	}
}

static int publish(struct arena *a, const char *text, struct str_list *exposed,
	struct port_map *bindings, struct err *e)
{
	struct published p = { 0 };
	struct slice ip, host, ctr, port, proto;

	split_parts(slice_str(text), &ip, &host, &ctr);
	split_proto(ctr, &port, &proto);
	if (check_ip(a, ip, &p.ip, e))
		return -1;
	if (port.n == 0)
		return err_set(e, ERR_INVALID, "no port specified: %s<empty>", text);
	if (!parse_range(port, &p.ctr))
		return err_set(e, ERR_INVALID, "invalid containerPort: %.*s", (int)port.n, port.p);
	p.has_host = host.n > 0;
	if (p.has_host && !parse_range(host, &p.host))
		return err_set(e, ERR_INVALID, "invalid hostPort: %.*s", (int)host.n, host.p);
	if (p.has_host && p.ctr.last - p.ctr.first != p.host.last - p.host.first &&
		p.ctr.first != p.ctr.last)
		return err_set(e, ERR_INVALID,
			"invalid ranges specified for container and host Ports: %.*s and %.*s",
			(int)port.n, port.p, (int)host.n, host.p);
	p.proto = lower(a, proto);
	if (!str_eq(p.proto, "tcp") && !str_eq(p.proto, "udp") && !str_eq(p.proto, "sctp"))
		return err_set(e, ERR_INVALID, "invalid proto: %.*s", (int)proto.n, proto.p);
	add_ports(a, &p, exposed, bindings);
	return 0;
}

/* published=8080,target=80,protocol=tcp to 8080:80/tcp. */
static int standard_form(struct arena *a, const char *text, const char **out, struct err *e)
{
	struct str_map params = { 0 };
	struct slice rest = slice_str(text), one, k, v;

	str_map_set(a, &params, "protocol", "tcp");
	do {
		bool more = slice_cut(rest, ',', &one, &rest);

		if (!slice_cut(one, '=', &k, &v) || k.n == 0)
			return err_set(e, ERR_INVALID,
				"invalid publish opts format (should be name=value but got '%.*s')",
				(int)one.n, one.p);
		str_map_set(a, &params, arena_strndup(a, k.p, k.n), arena_strndup(a, v.p, v.n));
		if (!more)
			break;
	} while (true);
	*out = arena_printf(a, "%s:%s/%s",
		str_map_get(&params, "published") ? str_map_get(&params, "published") : "",
		str_map_get(&params, "target") ? str_map_get(&params, "target") : "",
		str_map_get(&params, "protocol"));
	return 0;
}

int spec_publish(struct arena *a, const char *text, struct str_list *exposed,
	struct port_map *bindings, struct err *e)
{
	if (strchr(text, '=') && standard_form(a, text, &text, e))
		return -1;
	return publish(a, text, exposed, bindings, e);
}

/* Why text is no range, in the words of Go's number parser. */
static const char *range_error(struct arena *a, struct slice s)
{
	struct err why;
	struct slice first, last;
	uint64_t ignored;

	if (s.n == 0)
		return "empty string specified for ports";
	slice_cut(s, '-', &first, &last);
	if (spec_uint(arena_strndup(a, first.p, first.n), 16, &ignored, &why) ||
		spec_uint(arena_strndup(a, last.p, last.n), 16, &ignored, &why))
		return arena_strdup(a, why.msg);
	return arena_printf(a, "invalid range specified for port: %.*s", (int)s.n, s.p);
}

int spec_expose(struct arena *a, const char *text, struct str_list *exposed, struct err *e)
{
	struct slice port, proto;
	struct range r;
	size_t before = exposed->n;

	if (strchr(text, ':'))
		return err_set(e, ERR_INVALID, "invalid port format for --expose: %s", text);
	split_proto(slice_str(text), &port, &proto);
	if (!parse_range(port, &r))
		return err_set(e, ERR_INVALID, "invalid range format for --expose: %s, error: %s",
			text, range_error(a, port));
	for (unsigned i = r.first; i <= r.last; i++)
		expose(a, exposed, before, arena_printf(a, "%u/%.*s", i, (int)proto.n, proto.p));
	return 0;
}

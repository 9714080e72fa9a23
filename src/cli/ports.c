/* SPDX-License-Identifier: Apache-2.0 */
/* Ports that keep their number outside fold to ranges; mapped ones stand singly at the end. */
#include "ports.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"

struct port {
	const char *ip, *type;
	uint16_t private_port, public_port;
};

struct group {
	const char *ip, *type;
	uint16_t first, last;
};

static int compare(const void *x, const void *y)
{
	const struct port *a = x, *b = y;
	int c;

	if (a->private_port != b->private_port)
		return a->private_port - b->private_port;
	c = strcmp(a->ip, b->ip);
	if (c)
		return c;
	if (a->public_port != b->public_port)
		return a->public_port - b->public_port;
	return strcmp(a->type, b->type);
}

void ports_join_host(struct buf *out, const char *ip, const char *port)
{
	buf_fmt(out, strchr(ip, ':') ? "[%s]:%s" : "%s:%s", ip, port);
}

static void add_group(struct arena *a, struct buf *out, const struct group *g)
{
	const char *range = g->first == g->last ? arena_printf(a, "%u", g->first)
						: arena_printf(a, "%u-%u", g->first, g->last);

	buf_str(out, out->len ? ", " : "");
	if (*g->ip) {
		ports_join_host(out, g->ip, range);
		buf_str(out, "->");
	}
	buf_fmt(out, "%s/%s", range, g->type);
}

static void add_mapping(struct arena *a, struct buf *out, const struct port *p)
{
	buf_str(out, out->len ? ", " : "");
	ports_join_host(out, p->ip, arena_printf(a, "%u", p->public_port));
	buf_fmt(out, "->%u/%s", p->private_port, p->type);
}

/* Takes p into the group of its address and protocol; a gap writes that group out. */
static void fold(
	struct arena *a, struct buf *out, struct group *groups, size_t *n, const struct port *p)
{
	size_t i = 0;

	while (i < *n && (!str_eq(groups[i].ip, p->ip) || !str_eq(groups[i].type, p->type)))
		i++;
	if (i < *n && p->private_port == groups[i].last + 1) {
		groups[i].last = p->private_port;
		return;
	}
	if (i < *n)
		add_group(a, out, &groups[i]);
	else
		(*n)++;
	groups[i] = (struct group){ p->ip, p->type, p->private_port, p->private_port };
}

const char *ports_display(struct arena *a, const struct json *ports)
{
	size_t n = json_len(ports), n_groups = 0;
	struct port *v = arena_array(a, n + 1, sizeof(*v));
	struct group *groups = arena_array(a, n + 1, sizeof(*groups));
	own_buf out = { 0 };

	buf_init(&out, 1 << 20);
	for (size_t i = 0; i < n; i++) {
		const struct json *p = json_at(ports, i);

		v[i].ip = json_str(json_get_ci(p, "IP"), "");
		v[i].type = json_str(json_get_ci(p, "Type"), "");
		v[i].private_port = (uint16_t)json_i64(json_get_ci(p, "PrivatePort"), 0);
		v[i].public_port = (uint16_t)json_i64(json_get_ci(p, "PublicPort"), 0);
	}
	qsort(v, n, sizeof(*v), compare);
	for (size_t i = 0; i < n; i++) {
		if (*v[i].ip == '\0' || v[i].public_port == v[i].private_port)
			fold(a, &out, groups, &n_groups, &v[i]);
	}
	for (size_t i = 0; i < n_groups; i++)
		add_group(a, &out, &groups[i]);
	for (size_t i = 0; i < n; i++) {
		if (*v[i].ip && v[i].public_port != v[i].private_port)
			add_mapping(a, &out, &v[i]);
	}
	return arena_strndup(a, out.data, out.len);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* top and port: small tables of one container. */
#include <stdlib.h>
#include <string.h>

#include "cmds.h"
#include "columns.h"
#include "http/uri.h"
#include "listing.h"
#include "ports.h"
#include "spec.h"

/* --- top --- */

static void add_row(struct buf *out, const struct json *cells)
{
	for (size_t i = 0; i < json_len(cells); i++)
		buf_fmt(out, "%s%s", i ? "\t" : "", json_str(json_at(cells, i), ""));
	buf_char(out, '\n');
}

static int run_top(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	static const struct columns layout = { .min_width = 20, .padding = 3 };
	own_buf target = { 0 }, text = { 0 }, ps = { 0 };
	own_json doc = NULL;
	const struct json *rows;

	buf_init(&target, 1 << 16);
	buf_init(&ps, 1 << 16);
	buf_init(&text, CLI_BODY_MAX);
	buf_str(&target, cli_path(c, "containers", args->v[0], "/top"));
	for (size_t i = 1; i < args->n; i++)
		buf_fmt(&ps, "%s%s", i > 1 ? " " : "", args->v[i]);
	if (ps.len > 0)
		http_add_param(&target, "ps_args", ps.data);
	if (cli_get_json(c, target.data, &doc, e))
		return -1;
	add_row(&text, json_get_ci(doc, "Titles"));
	rows = json_get_ci(doc, "Processes");
	for (size_t i = 0; i < json_len(rows); i++)
		add_row(&text, json_at(rows, i));
	columns_write(&c->out, &layout, text.data, text.len);
	return 0;
}

const struct command_impl top_impl = { .run = run_top, .order = OPT_STOP_AT_ARGUMENT };

/* --- port --- */

static int compare(const void *a, const void *b)
{
	return listing_natural_compare(*(const char *const *)a, *(const char *const *)b);
}

static void add_bindings(
	struct cli *c, struct str_list *lines, const char *from, const struct json *bindings)
{
	for (size_t i = 0; i < json_len(bindings); i++) {
		const struct json *b = json_at(bindings, i);
		own_buf line = { 0 };

		buf_init(&line, 4096);
		if (from)
			buf_fmt(&line, "%s -> ", from);
		ports_join_host(&line, json_str(json_get_ci(b, "HostIp"), ""),
			json_str(json_get_ci(b, "HostPort"), ""));
		str_list_add(c->arena, lines, line.data);
	}
}

static int one_port(struct cli *c, const struct str_list *args, const struct json *ports,
	struct str_list *lines, struct err *e)
{
	struct slice number, proto;
	const char *text;
	uint64_t ignored;
	struct err why;

	slice_cut(slice_str(args->v[1]), '/', &number, &proto);
	text = arena_strndup(c->arena, number.p, number.n);
	if (spec_uint(text, 16, &ignored, &why))
		return err_set(e, ERR_INVALID, "Error: invalid port (%s): %s", text, why.msg);
	if (proto.n == 0)
		proto = slice_str("tcp");
	add_bindings(c, lines, NULL,
		json_get(ports, arena_printf(c->arena, "%s/%.*s", text, (int)proto.n, proto.p)));
	if (lines->n == 0)
		return err_set(e, ERR_NOT_FOUND, "Error: No public port '%s' published for %s",
			args->v[1], args->v[0]);
	return 0;
}

static int run_port(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	own_json doc = NULL;
	const struct json *ports;
	struct str_list lines = { 0 };

	if (cli_get_json(c, cli_path(c, "containers", args->v[0], "/json"), &doc, e))
		return -1;
	ports = json_get_ci(json_get_ci(doc, "NetworkSettings"), "Ports");
	if (args->n > 1) {
		if (one_port(c, args, ports, &lines, e))
			return -1;
	} else {
		for (struct json_iter it = json_iter(ports); json_next(&it);)
			add_bindings(c, &lines, it.key, it.value);
	}
	if (lines.n > 0)
		qsort(lines.v, lines.n, sizeof(*lines.v), compare);
	for (size_t i = 0; i < lines.n; i++)
		buf_fmt(&c->out, "%s\n", lines.v[i]);
	return 0;
}

const struct command_impl port_impl = { .run = run_port };

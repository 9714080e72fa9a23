/* SPDX-License-Identifier: Apache-2.0 */
/* docker ps. */
#include "cmds.h"
#include "filter_opt.h"
#include "http/uri.h"
#include "listing.h"
#include "rows.h"
#include "tmpl.h"

struct ps_opts {
	struct filter_opts filter;
	bool all, no_trunc, latest, quiet, size, has_size;
	int64_t last;
	const char *format;
};

static const struct opt ps_opts[] = {
	OPT(BOOL, 'a', "all", NULL, struct ps_opts, all,
		"Show all containers (default shows just running)"),
	FILTER_OPT('f', "Filter output based on conditions provided"),
	OPT(STR, 0, "format", "string", struct ps_opts, format, LISTING_FORMAT_HELP),
	OPT(INT, 'n', "last", "int", struct ps_opts, last,
		"Show n last created containers (includes all states) (default -1)"),
	OPT(BOOL, 'l', "latest", NULL, struct ps_opts, latest,
		"Show the latest created container (includes all states)"),
	OPT(BOOL, 0, "no-trunc", NULL, struct ps_opts, no_trunc, "Don't truncate output"),
	OPT(BOOL, 'q', "quiet", NULL, struct ps_opts, quiet, "Only display container IDs"),
	OPT_CHANGED(BOOL, 's', "size", NULL, struct ps_opts, size, has_size,
		"Display total file sizes"),
	OPT_END,
};

static const struct ps_opts ps_defaults = { .last = -1 };

/* --- the command --- */

static const char *full_format(struct arena *a, const char *format, bool quiet, bool size)
{
	if (quiet)
		return str_eq(format, "raw") ? "container_id: {{.ID}}" : "{{.ID}}";
	if (*format == '\0' || str_eq(format, "table"))
		return arena_printf(a,
			"table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t"
			"{{.Ports}}\t{{.Names}}%s",
			size ? "\\t{{.Size}}" : "");
	if (str_eq(format, "raw"))
		return container_row_raw(a, size);
	return format;
}

/* Refuses a bad template before the daemon is asked; *size: it wants sizes. */
static int try_template(struct cli *c, const char *format, bool *size, struct err *e)
{
	struct container_row empty = { .size_used = size };
	struct tmpl *t;
	own_buf ignored = { 0 };

	*size = false;
	if (*format == '\0')
		return 0;
	t = tmpl_parse(c->arena, "", format, e);
	if (t == NULL)
		return err_in(e, "failed to parse template");
	buf_init(&ignored, CLI_BODY_MAX);
	if (tmpl_exec(t, go_object(&container_row_type, &empty), 0, &ignored, e))
		return err_in(e, "failed to execute template");
	return 0;
}

static const char *query(struct cli *c, const struct ps_opts *o, bool size)
{
	own_buf b = { 0 };
	int64_t limit = o->latest && o->last == -1 ? 1 : o->last;
	const char *filters = filter_opt_json(c->arena, &o->filter.filter);

	buf_init(&b, 1 << 24);
	buf_str(&b, "/containers/json");
	if (o->all)
		http_add_param(&b, "all", "1");
	if (filters)
		http_add_param(&b, "filters", filters);
	if (limit > 0)
		http_add_param(&b, "limit", arena_printf(c->arena, "%lld", (long long)limit));
	if (size)
		http_add_param(&b, "size", "1");
	return arena_strndup(c->arena, b.data, b.len);
}

static int run_ps(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct ps_opts *o = opts;
	const char *format = o->format ? o->format : "";
	own_json list = NULL;
	struct container_row *rows;
	void **v;
	struct listing_rows all = { .type = &container_row_type };
	bool size;

	if (*format == '\0')
		format = cli_config_str(c, "psFormat");
	else if (o->quiet)
		cli_warn(c,
			"WARNING: Ignoring custom format, because both --format and --quiet are "
			"set.");
	if (try_template(c, format, &size, e))
		return -1;
	size = o->size || (size && !o->quiet && !o->has_size);
	if (cli_get_json(c, query(c, o, size), &list, e))
		return -1;
	rows = arena_array(c->arena, json_len(list) + 1, sizeof(*rows));
	v = arena_array(c->arena, json_len(list) + 1, sizeof(*v));
	for (all.n = 0; all.n < json_len(list); all.n++) {
		rows[all.n] = (struct container_row){ json_at(list, all.n), !o->no_trunc, NULL };
		v[all.n] = &rows[all.n];
	}
	all.v = v;
	return listing_write(c, full_format(c->arena, format, o->quiet, size), &all, e);
}

const struct command_impl ps_impl = {
	.run = run_ps,
	.opts = ps_opts,
	.opts_size = sizeof(struct ps_opts),
	.defaults = &ps_defaults,
};

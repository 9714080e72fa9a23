/* SPDX-License-Identifier: Apache-2.0 */
/* network ls and rm. */
#include <stdlib.h>

#include "cmds.h"
#include "filter_opt.h"
#include "http/uri.h"
#include "listing.h"

/* --- a row --- */

struct row {
	const struct json *net;
	bool trunc;
};

static struct go_val text(void *self, const char *key)
{
	return go_str(json_str(json_get_ci(((const struct row *)self)->net, key), ""));
}

static struct go_val truth(void *self, const char *key)
{
	bool b = json_bool(json_get_ci(((const struct row *)self)->net, key), false);

	return go_str(b ? "true" : "false");
}

static struct go_val col_created_at(void *self, struct arena *a, const struct slice *arg)
{
	own_buf b = { 0 };

	buf_init(&b, 256);
	go_print_time(&b, text(self, "Created").s.p);
	return go_str(arena_strndup(a, b.data, b.len));
}

static struct go_val col_driver(void *self, struct arena *a, const struct slice *arg)
{
	return text(self, "Driver");
}

static struct go_val col_id(void *self, struct arena *a, const struct slice *arg)
{
	const char *id = text(self, "Id").s.p;

	return go_str(((const struct row *)self)->trunc ? listing_short_id(a, id) : id);
}

static struct go_val col_ipv4(void *self, struct arena *a, const struct slice *arg)
{
	return truth(self, "EnableIPv4");
}

static struct go_val col_ipv6(void *self, struct arena *a, const struct slice *arg)
{
	return truth(self, "EnableIPv6");
}

static struct go_val col_internal(void *self, struct arena *a, const struct slice *arg)
{
	return truth(self, "Internal");
}

static struct go_val col_label(void *self, struct arena *a, const struct slice *arg)
{
	const struct json *labels = json_get_ci(((const struct row *)self)->net, "Labels");

	return go_str(json_str(json_get(labels, arena_strndup(a, arg->p, arg->n)), ""));
}

static struct go_val col_labels(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(listing_labels(a, json_get_ci(((const struct row *)self)->net, "Labels")));
}

static struct go_val col_name(void *self, struct arena *a, const struct slice *arg)
{
	return text(self, "Name");
}

static struct go_val col_scope(void *self, struct arena *a, const struct slice *arg)
{
	return text(self, "Scope");
}

static const struct go_method row_methods[] = {
	{ "CreatedAt", "CREATED AT", col_created_at, false },
	{ "Driver", "DRIVER", col_driver, false },
	{ "ID", "NETWORK ID", col_id, false },
	{ "IPv4", "IPV4", col_ipv4, false },
	{ "IPv6", "IPV6", col_ipv6, false },
	{ "Internal", "INTERNAL", col_internal, false },
	{ "Label", NULL, col_label, true },
	{ "Labels", "LABELS", col_labels, false },
	{ "Name", "NAME", col_name, false },
	{ "Scope", "SCOPE", col_scope, false },
	{ 0 },
};
static const struct go_type row_type = { GO_OBJECT, "*network.networkContext", NULL, NULL,
	row_methods };

static int compare(const void *a, const void *b)
{
	const struct row *x = *(void *const *)a, *y = *(void *const *)b;

	return listing_natural_compare(json_str(json_get_ci(x->net, "Name"), ""),
		json_str(json_get_ci(y->net, "Name"), ""));
}

/* --- ls --- */

struct ls_opts {
	struct filter_opts filter;
	bool no_trunc, quiet;
	const char *format;
};

static const struct opt ls_opts[] = {
	FILTER_OPT('f', "Provide filter values (e.g. \"driver=bridge\")"),
	OPT(STR, 0, "format", "string", struct ls_opts, format, LISTING_FORMAT_HELP),
	OPT(BOOL, 0, "no-trunc", NULL, struct ls_opts, no_trunc, "Do not truncate the output"),
	OPT(BOOL, 'q', "quiet", NULL, struct ls_opts, quiet, "Only display network IDs"),
	OPT_END,
};

static const char *full_format(const char *format, bool quiet)
{
	if (str_eq(format, "table"))
		return quiet ? "{{.ID}}" : "table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}";
	if (str_eq(format, "raw"))
		return quiet ? "network_id: {{.ID}}"
			     : "network_id: {{.ID}}\\nname: {{.Name}}\\ndriver: {{.Driver}}\\n"
			       "scope: {{.Scope}}\\n";
	return format;
}

static int run_ls(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct ls_opts *o = opts;
	const char *filters = filter_opt_json(c->arena, (struct str_list *)&o->filter.filter);
	const char *format = o->format ? o->format : "";
	own_json doc = NULL;
	struct row *rows;
	void **v;
	struct listing_rows list = { .type = &row_type };
	own_buf target = { 0 };

	buf_init(&target, 1 << 24);
	buf_str(&target, "/networks");
	if (filters)
		http_add_param(&target, "filters", filters);
	if (cli_get_json(c, target.data, &doc, e))
		return -1;
	if (*format == '\0' && !o->quiet)
		format = cli_config_str(c, "networksFormat");
	if (*format == '\0')
		format = "table";
	rows = arena_array(c->arena, json_len(doc) + 1, sizeof(*rows));
	v = arena_array(c->arena, json_len(doc) + 1, sizeof(*v));
	for (list.n = 0; list.n < json_len(doc); list.n++) {
		rows[list.n] = (struct row){ json_at(doc, list.n), !o->no_trunc };
		v[list.n] = &rows[list.n];
	}
	qsort(v, list.n, sizeof(*v), compare);
	list.v = v;
	return listing_write(c, full_format(format, o->quiet), &list, e);
}

const struct command_impl network_ls_impl = {
	.run = run_ls,
	.opts = ls_opts,
	.opts_size = sizeof(struct ls_opts),
};

/* --- rm --- */

struct rm_opts {
	struct opts_common common;
	bool force;
};

static const struct opt rm_opts[] = {
	OPT(BOOL, 'f', "force", NULL, struct rm_opts, force,
		"Do not error if the network does not exist"),
	OPT_END,
};

static int run_rm(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct rm_opts *o = opts;
	struct client *client = cli_client(c, e);
	int failed = 0;

	if (client == NULL)
		return -1;
	for (size_t i = 0; i < args->n; i++) {
		struct err why;

		if (client_call(client, "DELETE", cli_path(c, "networks", args->v[i], ""), NULL,
			    NULL, &why) >= 0) {
			buf_fmt(&c->out, "%s\n", args->v[i]);
		} else if (!o->force || why.kind != ERR_NOT_FOUND) {
			cli_warn(c, "%s", why.msg);
			failed++;
		}
	}
	return failed ? err_set(e, ERR_INTERNAL, "exit status 1") : 0;
}

const struct command_impl network_rm_impl = {
	.run = run_rm,
	.opts = rm_opts,
	.opts_size = sizeof(struct rm_opts),
};

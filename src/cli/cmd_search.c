/* SPDX-License-Identifier: Apache-2.0 */
/* search: what a registry's index knows of a word. */
#include <string.h>

#include "cmds.h"
#include "filter_opt.h"
#include "http/uri.h"
#include "listing.h"
#include "registry_auth.h"

#define DESCRIPTION_WIDTH 45
#define ANSWER_MAX	  (16 << 20)

struct row {
	const struct json *hit;
	bool trunc;
	bool is_json;
};

static struct go_val col_description(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;
	char *text = arena_strdup(a, json_str(json_get_ci(r->hit, "description"), ""));

	for (char *p = text; *p; p++) {
		if (*p == '\n' || *p == '\r')
			*p = ' ';
	}
	return go_str(r->trunc ? listing_ellipsis(a, text, DESCRIPTION_WIDTH) : text);
}

static struct go_val col_official(void *self, struct arena *a, const struct slice *arg)
{
	const struct row *r = self;
	bool yes = json_bool(json_get_ci(r->hit, "is_official"), false);

	if (r->is_json)
		return go_str(yes ? "true" : "false");
	return go_str(yes ? "[OK]" : "");
}

static struct go_val col_name(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(json_str(json_get_ci(((const struct row *)self)->hit, "name"), ""));
}

static struct go_val col_stars(void *self, struct arena *a, const struct slice *arg)
{
	const struct json *n = json_get_ci(((const struct row *)self)->hit, "star_count");

	return go_str(arena_printf(a, "%lld", (long long)json_i64(n, 0)));
}

static const struct go_method row_methods[] = {
	{ "Description", "DESCRIPTION", col_description, false },
	{ "IsOfficial", "OFFICIAL", col_official, false },
	{ "Name", "NAME", col_name, false },
	{ "StarCount", "STARS", col_stars, false },
	{ 0 },
};
static const struct go_type row_type = { GO_OBJECT, "*registry.searchContext", NULL, NULL,
	row_methods };

/* --- search --- */

struct search_opts {
	struct filter_opts filter;
	const char *format;
	int64_t limit;
	bool no_trunc;
};

static const struct opt search_opts[] = {
	FILTER_OPT('f', "Filter output based on conditions provided"),
	OPT(STR, 0, "format", "string", struct search_opts, format,
		"Pretty-print search using a Go template"),
	OPT(INT, 0, "limit", "int", struct search_opts, limit, "Max number of search results"),
	OPT(BOOL, 0, "no-trunc", NULL, struct search_opts, no_trunc, "Don't truncate output"),
	OPT_END,
};

/* "host/name" names its registry where host looks like one. */
static const char *domain_of(struct arena *a, const char *term)
{
	const char *slash = strchr(term, '/');
	const char *host = slash ? arena_strndup(a, term, (size_t)(slash - term)) : "";

	if (strchr(host, '.') || strchr(host, ':') || str_eq(host, "localhost"))
		return host;
	return "docker.io";
}

static const char *target_of(struct cli *c, const struct search_opts *o, const char *term)
{
	const char *filters = filter_opt_json(c->arena, (struct str_list *)&o->filter.filter);
	own_buf target = { 0 };

	buf_init(&target, 1 << 24);
	buf_str(&target, "/images/search");
	if (filters)
		http_add_param(&target, "filters", filters);
	if (o->limit > 0)
		http_add_param(
			&target, "limit", arena_printf(c->arena, "%lld", (long long)o->limit));
	http_add_param(&target, "term", term);
	return arena_strndup(c->arena, target.data, target.len);
}

static int fetch(struct cli *c, const struct registry_call *call, struct json **out, struct err *e)
{
	struct client_stream *s = registry_call_open(c, call, e);
	own_buf text = { 0 };
	struct slice piece;
	int rc;

	if (s == NULL)
		return -1;
	buf_init(&text, ANSWER_MAX);
	while ((rc = client_stream_view(s, &piece, e)) > 0)
		buf_add(&text, piece.p, piece.n);
	client_stream_close(s);
	if (rc)
		return -1;
	*out = json_parse(text.data, text.len, e);
	return *out ? 0 : -1;
}

static int run_search(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct search_opts *o = opts;
	const char *format = str_empty(o->format) ? "table" : o->format;
	struct registry_call call = { .method = "GET", .verb = "search" };
	struct listing_rows list = { .type = &row_type };
	own_json hits = NULL;
	struct row *rows;
	void **v;

	for (size_t i = 0; i < o->filter.filter.n; i++) {
		if (!str_starts(o->filter.filter.v[i], "is-automated="))
			continue;
		cli_warn(c, "WARNING: the \"is-automated\" filter is deprecated, and searching for "
			    "\"is-automated=true\" will not yield any results in future.");
		break;
	}
	call.target = target_of(c, o, args->v[0]);
	call.domain = domain_of(c->arena, args->v[0]);
	if (fetch(c, &call, &hits, e))
		return -1;
	if (str_eq(format, "table"))
		format = "table {{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}";
	rows = arena_array(c->arena, json_len(hits) + 1, sizeof(*rows));
	v = arena_array(c->arena, json_len(hits) + 1, sizeof(*v));
	for (list.n = 0; list.n < json_len(hits); list.n++) {
		rows[list.n] = (struct row){ json_at(hits, list.n), !o->no_trunc,
			str_eq(format, "json") || strstr(format, "json .}}") };
		v[list.n] = &rows[list.n];
	}
	list.v = v;
	return listing_write(c, format, &list, e);
}

const struct command_impl search_impl = {
	.run = run_search,
	.opts = search_opts,
	.opts_size = sizeof(struct search_opts),
};

/* SPDX-License-Identifier: Apache-2.0 */
/* history: the steps an image was made in. */
#include <time.h>

#include "base/unit.h"
#include "cmds.h"
#include "listing.h"
#include "platform_opt.h"

#define CREATED_BY_WIDTH 45
#define YEAR_2000	 946684800

struct step {
	const struct json *doc;
	bool trunc, human;
};

static struct go_val step_comment(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(json_str(json_get_ci(((const struct step *)self)->doc, "Comment"), ""));
}

static struct go_val step_created_at(void *self, struct arena *a, const struct slice *arg)
{
	time_t t = json_i64(json_get_ci(((const struct step *)self)->doc, "Created"), 0);
	struct tm tm;
	char text[64], zone[16];

	localtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	if (tm.tm_gmtoff == 0)
		return go_str(arena_printf(a, "%sZ", text));
	return go_str(arena_printf(a, "%s%.3s:%s", text, zone, zone + 3));
}

static struct go_val step_created_by(void *self, struct arena *a, const struct slice *arg)
{
	const struct step *s = self;
	char *text = arena_strdup(a, json_str(json_get_ci(s->doc, "CreatedBy"), ""));

	for (char *c = text; *c; c++) {
		if (*c == '\t')
			*c = ' ';
	}
	return go_str(s->trunc ? listing_ellipsis(a, text, CREATED_BY_WIDTH) : text);
}

static struct go_val step_created_since(void *self, struct arena *a, const struct slice *arg)
{
	const struct step *s = self;
	int64_t created = json_i64(json_get_ci(s->doc, "Created"), 0);

	if (!s->human)
		return step_created_at(self, a, NULL);
	return go_str(created <= YEAR_2000 ? "N/A" : listing_ago(a, created));
}

static struct go_val step_id(void *self, struct arena *a, const struct slice *arg)
{
	const struct step *s = self;
	const char *id = json_str(json_get_ci(s->doc, "Id"), "");

	return go_str(s->trunc ? listing_short_id(a, id) : id);
}

static struct go_val step_size(void *self, struct arena *a, const struct slice *arg)
{
	const struct step *s = self;
	int64_t size = json_i64(json_get_ci(s->doc, "Size"), 0);
	char text[UNIT_TEXT];

	if (!s->human)
		return go_str(arena_printf(a, "%lld", (long long)size));
	unit_size(text, (double)size, 3);
	return go_str(arena_strdup(a, text));
}

static const struct go_method step_methods[] = {
	{ "Comment", "COMMENT", step_comment, false },
	{ "CreatedAt", "CREATED AT", step_created_at, false },
	{ "CreatedBy", "CREATED BY", step_created_by, false },
	{ "CreatedSince", "CREATED", step_created_since, false },
	{ "ID", "IMAGE", step_id, false },
	{ "Size", "SIZE", step_size, false },
	{ 0 },
};
static const struct go_type step_type = { GO_OBJECT, "*image.historyContext", NULL, NULL,
	step_methods };

struct history_opts {
	struct opts_common common;
	bool human, no_trunc, quiet;
	const char *format, *platform;
};

static const struct opt history_opts[] = {
	OPT(STR, 0, "format", "string", struct history_opts, format, LISTING_FORMAT_HELP),
	OPT(BOOL, 'H', "human", NULL, struct history_opts, human,
		"Print sizes and dates in human readable format (default true)"),
	OPT(BOOL, 0, "no-trunc", NULL, struct history_opts, no_trunc, "Don't truncate output"),
	OPT(STR, 0, "platform", "string", struct history_opts, platform,
		"Show history for the given platform. Formatted as \"os[/arch[/variant]]\" (e.g., "
		"\"linux/amd64\")"),
	OPT(BOOL, 'q', "quiet", NULL, struct history_opts, quiet, "Only show image IDs"),
	OPT_END,
};

static const struct history_opts history_defaults = { .human = true };

static int run_history(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct history_opts *o = opts;
	const char *format = str_empty(o->format) ? "table" : o->format;
	own_buf target = { 0 };
	own_json doc = NULL;
	struct step *steps;
	void **v;
	struct listing_rows list = { .type = &step_type };

	buf_init(&target, 1 << 16);
	buf_str(&target, cli_path(c, "images", args->v[0], "/history"));
	if (platform_opt_add(c->arena, &target, "platform", o->platform, e) ||
		cli_get_json(c, target.data, &doc, e))
		return -1;
	steps = arena_array(c->arena, json_len(doc) + 1, sizeof(*steps));
	v = arena_array(c->arena, json_len(doc) + 1, sizeof(*v));
	for (list.n = 0; list.n < json_len(doc); list.n++) {
		steps[list.n] = (struct step){ json_at(doc, list.n), !o->no_trunc, o->human };
		v[list.n] = &steps[list.n];
	}
	list.v = v;
	if (str_eq(format, "table") && o->quiet)
		format = "{{.ID}}";
	else if (str_eq(format, "table"))
		format = o->human ? "table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t"
				    "{{.Comment}}"
				  : "table {{.ID}}\t{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}\t"
				    "{{.Comment}}";
	return listing_write(c, format, &list, e);
}

const struct command_impl history_impl = {
	.run = run_history,
	.opts = history_opts,
	.opts_size = sizeof(struct history_opts),
	.defaults = &history_defaults,
};

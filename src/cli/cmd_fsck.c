/* SPDX-License-Identifier: Apache-2.0 */
/* system fsck, which docker does not have: checks the daemon's images, and with --repair mends them. */
#include "cmds.h"
#include "listing.h"

/* As fsck(8). */
enum { EXIT_MENDED = 1, EXIT_LEFT = 4, EXIT_FAILED = 8 };

static const char *text(void *self, const char *key)
{
	return json_str(json_get_ci(self, key), "");
}

static struct go_val col_kind(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(text(self, "Kind"));
}

static struct go_val col_object(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(text(self, "Object"));
}

static struct go_val col_problem(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(text(self, "Problem"));
}

/* What a repair does, or how it went. */
static struct go_val col_repair(void *self, struct arena *a, const struct slice *arg)
{
	const char *repair = text(self, "Repair"), *error = text(self, "Error");

	if (*error)
		return go_str(arena_printf(a, "not repaired: %s", error));
	if (!*repair)
		return go_str("cannot be repaired");
	return go_str(json_bool(json_get_ci(self, "Repaired"), false)
			      ? arena_printf(a, "repaired: %s", repair)
			      : repair);
}

static struct go_val col_repaired(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(json_bool(json_get_ci(self, "Repaired"), false) ? "true" : "false");
}

static const struct go_method row_methods[] = {
	{ "Kind", "KIND", col_kind, false },
	{ "Object", "OBJECT", col_object, false },
	{ "Problem", "PROBLEM", col_problem, false },
	{ "Repair", "REPAIR", col_repair, false },
	{ "Repaired", "REPAIRED", col_repaired, false },
	{ 0 },
};
static const struct go_type row_type = { GO_OBJECT, "*formatter.fsckContext", NULL, NULL,
	row_methods };

struct fsck_opts {
	struct opts_common common;
	bool repair;
	const char *format;
};

static const struct opt fsck_opts[] = {
	OPT(STR, 0, "format", "string", struct fsck_opts, format, LISTING_FORMAT_HELP),
	OPT(BOOL, 0, "repair", NULL, struct fsck_opts, repair, "Repair what is found"),
	OPT_END,
};

static int write_findings(
	struct cli *c, const struct json *findings, const char *format, struct err *e)
{
	struct listing_rows list = { .type = &row_type };
	void **v = arena_array(c->arena, json_len(findings) + 1, sizeof(*v));

	for (; list.n < json_len(findings); list.n++)
		v[list.n] = json_at(findings, list.n);
	list.v = v;
	if (str_empty(format) || str_eq(format, "table"))
		format = "table {{.Kind}}\t{{.Object}}\t{{.Problem}}\t{{.Repair}}";
	return listing_write(c, format, &list, e);
}

static int exit_code(const struct json *findings)
{
	for (size_t i = 0; i < json_len(findings); i++)
		if (!json_bool(json_get_ci(json_at(findings, i), "Repaired"), false))
			return EXIT_LEFT;
	return json_len(findings) ? EXIT_MENDED : 0;
}

static int run_fsck(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct fsck_opts *o = opts;
	struct client *client = cli_client(c, e);
	own_json answer = NULL;

	c->exit_code = EXIT_FAILED;
	if (!client || client_call_json(client, o->repair ? "POST" : "GET", "/tare/fsck", NULL,
			       &answer, e) < 0)
		return -1;
	const struct json *findings = json_get_ci(answer, "Findings");
	if (write_findings(c, findings, o->format, e))
		return -1;
	c->exit_code = exit_code(findings);
	return 0;
}

const struct command_impl fsck_impl = {
	.run = run_fsck,
	.opts = fsck_opts,
	.opts_size = sizeof(struct fsck_opts),
};

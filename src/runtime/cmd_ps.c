/* SPDX-License-Identifier: Apache-2.0 */
/* ps: the host's ps, reduced to the container's processes. */
#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "base/proc.h"
#include "base/slice.h"
#include "command.h"
#include "container.h"

#define OUTPUT_MAX (64 * 1024 * 1024)

struct ps_opts {
	const char *format;
	bool help;
};

static const struct opt options[] = {
	COMMAND_HELP(struct ps_opts),
	OPT(STR, 'f', "format", "format", struct ps_opts, format,
		"select one of: table or json (default \"table\")"),
	OPT_END,
};

static void print_json(const struct pid_list *pids)
{
	struct jsonw w;
	own_buf out = { 0 };

	buf_init(&out, OUTPUT_MAX);
	jsonw_init(&w, &out, NULL);
	if (pids->n == 0) {
		jsonw_null(&w);
	} else {
		jsonw_arr(&w);
		for (size_t i = 0; i < pids->n; i++)
			jsonw_i64(&w, pids->v[i]);
		jsonw_arr_end(&w);
	}
	puts(out.data);
}

/* Field n of a line whose fields are separated by blanks. */
static struct slice field_at(struct slice line, size_t n)
{
	struct slice field = { 0 };

	for (size_t i = 0; i <= n; i++) {
		line = slice_trim(line);
		if (!slice_cut(line, ' ', &field, &line) && i < n)
			return (struct slice){ 0 };
	}
	return field;
}

static int find_pid_column(struct slice head, size_t *out, struct err *e)
{
	for (size_t i = 0; field_at(head, i).n; i++)
		if (slice_eq(field_at(head, i), "PID")) {
			*out = i;
			return 0;
		}
	return err_set(e, ERR_INVALID, "couldn't find PID field in ps output");
}

static bool is_ours(const struct pid_list *pids, struct slice text)
{
	uint32_t pid;

	for (size_t i = 0; parse_u32(text, &pid) && i < pids->n; i++)
		if ((uint32_t)pids->v[i] == pid)
			return true;
	return false;
}

static int print_table(
	struct arena *a, const struct pid_list *pids, const struct str_list *args, struct err *e)
{
	const char **argv = arena_array(a, args->n + 3, sizeof(*argv));
	struct proc_spec spec = PROC_SPEC_INIT;
	struct slice rest, line;
	size_t column = 0;
	int status;
	own_buf out = { 0 };

	buf_init(&out, OUTPUT_MAX);
	argv[0] = "ps";
	argv[1] = "-ef";
	for (size_t i = 1; i < args->n; i++)
		argv[i] = args->v[i];
	spec.path = "ps";
	spec.argv = argv;
	if (proc_run(&spec, &out, &status, e))
		return -1;
	if (status)
		return err_set(e, ERR_INVALID, "ps failed: %.*s", (int)out.len, out.data);
	rest = (struct slice){ out.data, out.len };
	slice_cut(rest, '\n', &line, &rest);
	if (find_pid_column(line, &column, e))
		return -1;
	printf("%.*s\n", (int)line.n, line.p);
	while (rest.n) {
		slice_cut(rest, '\n', &line, &rest);
		if (is_ours(pids, field_at(line, column)))
			printf("%.*s\n", (int)line.n, line.p);
	}
	return 0;
}

static int run_ps(
	const struct command *self, struct runtime *rt, int argc, char **argv, struct err *e)
{
	struct ps_opts o = { .format = "table" };
	struct command_line line = { argc, argv, { 0 } };
	struct pid_list pids = { 0 };
	own_container c = { .dir = -1 };
	int rc = command_parse(self, rt, &line, &o, e);

	if (rc)
		return rc == COMMAND_HELPED ? 0 : rc;
	bool json = str_eq(o.format, "json");
	if (container_open(rt, line.rest.v[0], CONTAINER_NO_LOCK, &c, e))
		return -1;
	if (!json && !str_eq(o.format, "table"))
		return err_set(e, ERR_INVALID, "invalid format option");
	own_cgroup cg = container_cgroup(&c, e);
	if (!cg && e->kind != ERR_NOT_FOUND)
		return -1;
	if (cg && cgroup_pids(cg, rt->arena, &pids, e) && e->kind != ERR_NOT_FOUND)
		return -1;
	if (!json)
		return print_table(rt->arena, &pids, &line.rest, e);
	print_json(&pids);
	return 0;
}

const struct command command_ps = {
	.name = "ps",
	.summary = "ps displays the processes running inside a container",
	.args = "<container-id> [ps options]",
	.options = options,
	.help_offset = offsetof(struct ps_opts, help),
	.min_args = 1,
	.max_args = -1,
	.stops_at_argument = true,
	.error_prefix = "",
	.error_code = 1,
	.run = run_ps,
};

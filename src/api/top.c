/* SPDX-License-Identifier: Apache-2.0 */
/* top: the host's ps, with its table cut down to the container's processes (feature row M17). */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/proc.h"
#include "base/slice.h"
#include "engine/events.h"
#include "engine/inspect.h"
#include "routes.h"
#include "sys/cgroup.h"
#include "sys/scope.h"
#include "top.h"
#include "write.h"

#define PS_OUTPUT_MAX (16 * 1024 * 1024)
#define BLANKS	      " \t\n\f\r"

/* A renamed pid column ("-o pid=NAME") would hide from us which rows are whose. */
static int check_args(const char *args, struct err *e)
{
	regmatch_t m[3];
	const char *at = args;
	regex_t re;
	int rc = 0;

	if (regcomp(&re, "[[:space:]]+([^[:space:]]*)=[[:space:]]*(PID[^[:space:]]*)",
		    REG_EXTENDED))
		return err_set(e, ERR_INTERNAL, "regcomp");
	while (rc == 0 && regexec(&re, at, 3, m, 0) == 0) {
		int n_key = m[1].rm_eo - m[1].rm_so, n_value = m[2].rm_eo - m[2].rm_so;

		if (n_key != 3 || strncmp(at + m[1].rm_so, "pid", 3) != 0)
			rc = err_set(e, ERR_INTERNAL, "specifying \"%.*s=%.*s\" is not allowed",
				n_key, at + m[1].rm_so, n_value, at + m[2].rm_so);
		at += m[0].rm_eo;
	}
	regfree(&re);
	return rc;
}

/* Fields of one line; from the n_max-th on they are one, single blanks between. */
static struct str_list split_fields(struct arena *a, struct slice line, size_t n_max)
{
	struct str_list out = { 0 };
	const char *p = line.p, *end = line.p + line.n;

	while (p < end) {
		size_t n = 0;
		const char *field;

		while (p < end && strchr(BLANKS, *p))
			p++;
		field = p;
		while (p < end && !strchr(BLANKS, *p))
			p++, n++;
		if (n == 0)
			break;
		if (n_max && out.n == n_max)
			out.v[n_max - 1] =
				arena_printf(a, "%s %.*s", out.v[n_max - 1], (int)n, field);
		else
			str_list_add(a, &out, arena_strndup(a, field, n));
	}
	return out;
}

static bool has_pid(const struct pid_list *pids, int64_t pid)
{
	for (size_t i = 0; i < pids->n; i++)
		if (pids->v[i] == pid)
			return true;
	return false;
}

int top_parse(struct arena *a, const char *output, const struct pid_list *pids,
	struct top_table *out, struct err *e)
{
	struct slice rest = slice_str(output), line;
	size_t pid_at = 0;
	bool was_ours = false;

	*out = (struct top_table){ 0 };
	slice_cut(rest, '\n', &line, &rest);
	out->titles = split_fields(a, line, 0);
	while (pid_at < out->titles.n && strcmp(out->titles.v[pid_at], "PID") != 0)
		pid_at++;
	if (pid_at == out->titles.n)
		return err_set(e, ERR_INTERNAL, "Couldn't find PID field in ps output");
	while (rest.n > 0) {
		struct str_list row;
		int64_t pid;

		slice_cut(rest, '\n', &line, &rest);
		row = split_fields(a, line, out->titles.n);
		if (row.n <= pid_at)
			continue;
		/* With "m" a process is followed by its threads, which have no pid of their own. */
		if (strcmp(row.v[pid_at], "-") != 0) {
			if (!parse_i64(slice_str(row.v[pid_at]), &pid))
				return err_set(
					e, ERR_INTERNAL, "Unexpected pid '%s'", row.v[pid_at]);
			was_ours = has_pid(pids, pid);
		}
		if (!was_ours)
			continue;
		out->rows = arena_grow(a, out->rows, &out->n_rows, sizeof(*out->rows));
		out->rows[out->n_rows - 1] = row;
	}
	return 0;
}

/* ps with args and, unless NULL, -q and the pids behind them. */
static int run_ps(struct call *c, const char *args, const char *pids, struct buf *out, int *status,
	struct err *e)
{
	struct str_list argv = { 0 };
	struct proc_spec spec = PROC_SPEC_INIT;
	struct slice rest = slice_str(args), word;

	str_list_add(c->arena, &argv, "ps");
	while (rest.n > 0) {
		slice_cut(rest, ' ', &word, &rest);
		if (word.n)
			str_list_add(c->arena, &argv, arena_strndup(c->arena, word.p, word.n));
	}
	if (pids)
		str_list_add(c->arena, &argv, pids);
	str_list_add(c->arena, &argv, "");
	argv.v[argv.n - 1] = NULL;
	spec.path = "ps";
	spec.argv = argv.v;
	return proc_run(&spec, out, status, e);
}

static int list_pids(
	struct call *c, const struct engine_brief *ctr, struct pid_list *out, struct err *e)
{
	struct cgroup_host *host = cgroup_host_new(e);
	struct cgroup *cg = host ? scope_find(host, ctr->cgroup_path, e) : NULL;
	int rc = cg ? cgroup_pids(cg, c->arena, out, e) : -1;

	cgroup_free(cg);
	cgroup_host_free(host);
	return rc;
}

/* Some options of ps do not go together with -q: then all processes are listed and the table cut down. */
static int ask_ps(struct call *c, const char *args, const struct pid_list *pids, struct buf *out,
	struct err *e)
{
	struct slice first, rest;
	own_buf only = { 0 };
	int status;

	buf_init(&only, 1024 * 1024);
	for (size_t i = 0; i < pids->n; i++)
		buf_fmt(&only, "%s%d", i ? "," : "-q", (int)pids->v[i]);
	if (run_ps(c, args, only.data, out, &status, e))
		return err_in(e, "ps");
	if (status == 0)
		return 0;
	buf_clear(out);
	if (run_ps(c, args, NULL, out, &status, e))
		return err_in(e, "ps");
	if (status == 0)
		return 0;
	slice_cut(slice_str(out->data), '\n', &first, &rest);
	return err_set(e, ERR_INTERNAL, "ps: %.*s", (int)first.n, first.p);
}

static int reply(struct call *c, const struct top_table *t)
{
	struct jsonw w;
	own_buf body = { 0 };

	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	jsonw_obj(&w);
	jsonw_key(&w, "Processes");
	jsonw_arr(&w);
	for (size_t i = 0; i < t->n_rows; i++) {
		jsonw_arr(&w);
		for (size_t k = 0; k < t->rows[i].n; k++)
			jsonw_str(&w, t->rows[i].v[k]);
		jsonw_arr_end(&w);
	}
	jsonw_arr_end(&w);
	write_list(&w, "Titles", &t->titles);
	jsonw_obj_end(&w);
	return call_reply(c, 200, &body);
}

int container_top(struct call *c, struct err *e)
{
	const char *args = *call_param(c, "ps_args") ? call_param(c, "ps_args") : "-ef";
	struct engine_brief ctr;
	struct pid_list pids;
	struct top_table table;
	own_buf out = { 0 };

	buf_init(&out, PS_OUTPUT_MAX);
	if (check_args(args, e) ||
		engine_get_brief(c->api->config.engine, c->arena, c->id, &ctr, e))
		return -1;
	if (!ctr.running || ctr.pid == 0)
		return err_set(e, ERR_CONFLICT, "container %s is not running", ctr.id);
	if (ctr.restarting)
		return err_set(e, ERR_CONFLICT,
			"Container %s is restarting, wait until the container is running", ctr.id);
	if (list_pids(c, &ctr, &pids, e) || ask_ps(c, args, &pids, &out, e) ||
		top_parse(c->arena, out.data, &pids, &table, e))
		return -1;
	engine_publish_container(c->api->config.engine, ctr.id, "top");
	return reply(c, &table);
}

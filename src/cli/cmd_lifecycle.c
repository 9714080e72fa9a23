/* SPDX-License-Identifier: Apache-2.0 */
/* stop restart kill rm pause unpause rename wait: one call a container, its name printed. */
#include <string.h>

#include "cmds.h"
#include "each.h"
#include "http/uri.h"

/* --- targets --- */

static const char *target(
	struct cli *c, const char *id, const char *tail, const struct str_map *query)
{
	own_buf b = { 0 };

	buf_init(&b, 1 << 16);
	buf_str(&b, cli_path(c, "containers", id, tail));
	for (size_t i = 0; i < query->n; i++)
		http_add_param(&b, query->keys[i], query->v[i]);
	return arena_strndup(c->arena, b.data, b.len);
}

static struct each_call *calls_new(struct cli *c, const struct str_list *ids, const char *method,
	const char *tail, const struct str_map *query)
{
	struct each_call *calls = arena_array(c->arena, ids->n + 1, sizeof(*calls));

	for (size_t i = 0; i < ids->n; i++) {
		calls[i].name = ids->v[i];
		calls[i].method = method;
		calls[i].path = target(c, ids->v[i], tail, query);
	}
	return calls;
}

static int post_each(struct cli *c, const struct str_list *ids, const char *tail,
	const struct str_map *query, struct err *e)
{
	struct each_call *calls = calls_new(c, ids, "POST", tail, query);

	if (each_run(c, calls, ids->n, e))
		return -1;
	return each_report(c, calls, ids->n, e);
}

/* One after the other, the name of each printed at once. */
static int post_in_turn(struct cli *c, const struct str_list *ids, const char *tail,
	const struct str_map *query, struct err *e)
{
	struct cli_errors errors;

	cli_errors_init(&errors);
	for (size_t i = 0; i < ids->n; i++) {
		struct err why;

		if (cli_post(c, target(c, ids->v[i], tail, query), &why)) {
			cli_errors_add(&errors, why.msg);
			continue;
		}
		buf_fmt(&c->out, "%s\n", ids->v[i]);
		cli_flush(c);
	}
	return cli_errors_end(c, &errors, e);
}

/* --- stop, restart --- */

struct stop_opts {
	struct opts_common common;
	const char *signal;
	int64_t timeout;
	bool has_timeout, has_time;
};

static const struct opt stop_opts[] = {
	OPT(STR, 's', "signal", "string", struct stop_opts, signal,
		"Signal to send to the container"),
	OPT_CHANGED(INT, 't', "timeout", "int", struct stop_opts, timeout, has_timeout,
		"Seconds to wait before killing the container"),
	{ OPT_T_INT, 0, "time", "int", offsetof(struct stop_opts, timeout), "", true,
		offsetof(struct stop_opts, has_time), NULL },
	OPT_END,
};

static int stop_query(
	struct cli *c, const struct stop_opts *o, struct str_map *query, struct err *e)
{
	if (o->has_time)
		buf_str(&c->out, "Flag --time has been deprecated, use --timeout instead\n");
	if (o->has_time && o->has_timeout)
		return err_set(e, ERR_INVALID,
			"conflicting options: cannot specify both --timeout and --time");
	if (!str_empty(o->signal))
		str_map_set(c->arena, query, "signal", o->signal);
	if (o->has_time || o->has_timeout)
		str_map_set(c->arena, query, "t",
			arena_printf(c->arena, "%lld", (long long)o->timeout));
	return 0;
}

static int run_stop(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	struct str_map query = { 0 };

	return stop_query(c, opts, &query, e) ? -1 : post_each(c, args, "/stop", &query, e);
}

static int run_restart(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	struct str_map query = { 0 };

	return stop_query(c, opts, &query, e) ? -1 : post_in_turn(c, args, "/restart", &query, e);
}

const struct command_impl stop_impl = {
	.run = run_stop,
	.opts = stop_opts,
	.opts_size = sizeof(struct stop_opts),
};
const struct command_impl restart_impl = {
	.run = run_restart,
	.opts = stop_opts,
	.opts_size = sizeof(struct stop_opts),
};

/* --- kill, pause, unpause --- */

struct kill_opts {
	struct opts_common common;
	const char *signal;
};

static const struct opt kill_opts[] = {
	OPT(STR, 's', "signal", "string", struct kill_opts, signal,
		"Signal to send to the container"),
	OPT_END,
};

static int run_kill(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct kill_opts *o = opts;
	struct str_map query = { 0 };

	if (!str_empty(o->signal))
		str_map_set(c->arena, &query, "signal", o->signal);
	return post_each(c, args, "/kill", &query, e);
}

static int run_pause(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	return post_each(c, args, "/pause", &(struct str_map){ 0 }, e);
}

static int run_unpause(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	return post_each(c, args, "/unpause", &(struct str_map){ 0 }, e);
}

const struct command_impl kill_impl = {
	.run = run_kill,
	.opts = kill_opts,
	.opts_size = sizeof(struct kill_opts),
};
const struct command_impl pause_impl = { .run = run_pause };
const struct command_impl unpause_impl = { .run = run_unpause };

/* --- rm --- */

struct rm_opts {
	struct opts_common common;
	bool force, link, volumes;
};

static const struct opt rm_opts[] = {
	OPT(BOOL, 'f', "force", NULL, struct rm_opts, force,
		"Force the removal of a running container (uses SIGKILL)"),
	OPT(BOOL, 'l', "link", NULL, struct rm_opts, link, "Remove the specified link"),
	OPT(BOOL, 'v', "volumes", NULL, struct rm_opts, volumes,
		"Remove anonymous volumes associated with the container"),
	OPT_END,
};

/* Without slashes at both ends, as the daemon knows it. */
static const char *bare_name(struct cli *c, const char *name)
{
	size_t n;

	while (*name == '/')
		name++;
	n = strlen(name);
	while (n > 0 && name[n - 1] == '/')
		n--;
	return arena_strndup(c->arena, name, n);
}

static int run_rm(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct rm_opts *o = opts;
	struct str_map query = { 0 };
	struct each_call *calls = arena_array(c->arena, args->n + 1, sizeof(*calls));
	size_t n = 0;
	struct cli_errors errors;

	if (o->force)
		str_map_set(c->arena, &query, "force", "1");
	if (o->link)
		str_map_set(c->arena, &query, "link", "1");
	if (o->volumes)
		str_map_set(c->arena, &query, "v", "1");
	cli_errors_init(&errors);
	for (size_t i = 0; i < args->n; i++) {
		const char *name = bare_name(c, args->v[i]);

		if (*name == '\0') {
			cli_errors_add(&errors, "container name cannot be empty");
			continue;
		}
		calls[n].name = args->v[i];
		calls[n].method = "DELETE";
		calls[n++].path = target(c, name, "", &query);
	}
	if (n > 0 && each_run(c, calls, n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (calls[i].rc == 0)
			buf_fmt(&c->out, "%s\n", calls[i].name);
		else if (o->force && calls[i].e.kind == ERR_NOT_FOUND)
			cli_warn(c, "%s", calls[i].e.msg);
		else
			cli_errors_add(&errors, calls[i].e.msg);
	}
	return cli_errors_end(c, &errors, e);
}

const struct command_impl rm_impl = {
	.run = run_rm,
	.opts = rm_opts,
	.opts_size = sizeof(struct rm_opts),
};

/* --- rename --- */

static int run_rename(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	struct slice from = slice_trim(slice_str(args->v[0])),
		     to = slice_trim(slice_str(args->v[1]));
	const char *id = arena_strndup(c->arena, from.p, from.n);
	struct str_map query = { 0 };
	struct err why;

	if (from.n == 0 || to.n == 0)
		return err_set(e, ERR_INVALID, "Error: Neither old nor new names may be empty");
	str_map_set(c->arena, &query, "name", arena_strndup(c->arena, to.p, to.n));
	if (cli_post(c, target(c, id, "/rename", &query), &why) == 0)
		return 0;
	cli_warn(c, "%s", why.msg);
	return err_set(e, why.kind, "Error: failed to rename container named %s", id);
}

const struct command_impl rename_impl = { .run = run_rename };

/* --- wait --- */

static int run_wait(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	struct cli_errors errors;
	struct client *client = cli_client(c, e);

	if (client == NULL)
		return -1;
	cli_errors_init(&errors);
	for (size_t i = 0; i < args->n; i++) {
		own_json answer = NULL;
		struct err why;
		const char *path = cli_path(c, "containers", args->v[i], "/wait");

		if (client_call_json(client, "POST", path, NULL, &answer, &why) < 0) {
			cli_errors_add(&errors, why.msg);
			continue;
		}
		buf_fmt(&c->out, "%lld\n",
			(long long)json_i64(json_get_ci(answer, "StatusCode"), 0));
		cli_flush(c);
	}
	return cli_errors_end(c, &errors, e);
}

const struct command_impl wait_impl = { .run = run_wait };

/* SPDX-License-Identifier: Apache-2.0 */
/* exec: create, start over a hijacked connection, then ask for the exit code. */
#include <unistd.h>

#include "attach.h"
#include "base/jsonw.h"
#include "cmds.h"
#include "spec.h"

struct exec_opts {
	struct opts_common common;
	bool detach, interactive, privileged, tty;
	const char *detach_keys, *user, *workdir;
	struct str_list env, env_files;
};

static int set_env(struct opt_ctx *ctx, const char *value, struct err *e)
{
	struct exec_opts *o = ctx->into;
	const char *out;

	if (spec_env(ctx->arena, value, &out, e))
		return -1;
	str_list_add(ctx->arena, &o->env, out);
	return 0;
}

static const struct opt exec_opts[] = {
	OPT(BOOL, 'd', "detach", NULL, struct exec_opts, detach,
		"Detached mode: run command in the background"),
	OPT(STR, 0, "detach-keys", "string", struct exec_opts, detach_keys,
		"Override the key sequence for detaching a container"),
	OPT_FUNC('e', "env", "list", set_env, "Set environment variables"),
	OPT(LIST, 0, "env-file", "list", struct exec_opts, env_files,
		"Read in a file of environment variables"),
	OPT(BOOL, 'i', "interactive", NULL, struct exec_opts, interactive,
		"Keep STDIN open even if not attached"),
	OPT(BOOL, 0, "privileged", NULL, struct exec_opts, privileged,
		"Give extended privileges to the command"),
	OPT(BOOL, 't', "tty", NULL, struct exec_opts, tty, "Allocate a pseudo-TTY"),
	OPT(STR, 'u', "user", "string", struct exec_opts, user,
		"Username or UID (format: \"<name|uid>[:<group|gid>]\")"),
	OPT(STR, 'w', "workdir", "string", struct exec_opts, workdir,
		"Working directory inside the container"),
	OPT_END,
};

static void key_list(struct jsonw *w, const char *key, const struct str_list *l, size_t first)
{
	jsonw_key(w, key);
	if (l->v == NULL) {
		jsonw_null(w);
		return;
	}
	jsonw_arr(w);
	for (size_t i = first; i < l->n; i++)
		jsonw_str(w, l->v[i]);
	jsonw_arr_end(w);
}

static void key_console(struct jsonw *w, const struct exec_opts *o)
{
	uint32_t rows, columns;

	if (!o->tty)
		return;
	tty_size(&rows, &columns);
	jsonw_key(w, "ConsoleSize");
	jsonw_arr(w);
	jsonw_u64(w, rows);
	jsonw_u64(w, columns);
	jsonw_arr_end(w);
}

static const char *create_body(struct cli *c, const struct exec_opts *o, const struct str_list *env,
	const struct str_list *args)
{
	struct jsonw w;
	own_buf b = { 0 };

	buf_init(&b, CLI_BODY_MAX);
	jsonw_init(&w, &b, NULL);
	jsonw_obj(&w);
	jsonw_kstr(&w, "User", o->user);
	jsonw_kbool(&w, "Privileged", o->privileged);
	jsonw_kbool(&w, "Tty", o->tty);
	key_console(&w, o);
	jsonw_kbool(&w, "AttachStdin", !o->detach && o->interactive);
	jsonw_kbool(&w, "AttachStderr", !o->detach);
	jsonw_kbool(&w, "AttachStdout", !o->detach);
	jsonw_kbool(&w, "Detach", o->detach);
	jsonw_kstr(&w, "DetachKeys", attach_keys(c, o->detach_keys));
	key_list(&w, "Env", env, 0);
	jsonw_kstr(&w, "WorkingDir", o->workdir);
	key_list(&w, "Cmd", args, 1);
	jsonw_obj_end(&w);
	return arena_strndup(c->arena, b.data, b.len);
}

static const char *start_body(struct cli *c, const struct exec_opts *o)
{
	struct jsonw w;
	own_buf b = { 0 };

	buf_init(&b, 4096);
	jsonw_init(&w, &b, NULL);
	jsonw_obj(&w);
	jsonw_kbool(&w, "Detach", o->detach);
	jsonw_kbool(&w, "Tty", o->tty);
	key_console(&w, o);
	jsonw_obj_end(&w);
	return arena_strndup(c->arena, b.data, b.len);
}

static int create(struct cli *c, const struct exec_opts *o, const struct str_list *args,
	const char **id, struct err *e)
{
	struct str_list env = { 0 };
	own_json answer = NULL;

	for (size_t i = 0; i < o->env_files.n; i++) {
		if (spec_env_file(c->arena, o->env_files.v[i], true, &env, e))
			return -1;
	}
	for (size_t i = 0; i < o->env.n; i++)
		str_list_add(c->arena, &env, o->env.v[i]);
	if (cli_client(c, e) == NULL)
		return -1;
	if (!o->detach && tty_check_input(o->interactive, o->tty, &(struct err){ 0 })) {
		/* that there is no such container comes first */
		if (client_call(c->client, "GET", cli_path(c, "containers", args->v[0], "/json"),
			    NULL, NULL, e) < 0)
			return -1;
		return tty_check_input(o->interactive, o->tty, e);
	}
	if (client_call_json(c->client, "POST", cli_path(c, "containers", args->v[0], "/exec"),
		    create_body(c, o, &env, args), &answer, e) < 0)
		return -1;
	*id = arena_strdup(c->arena, json_str(json_get_ci(answer, "Id"), ""));
	if (**id == '\0')
		return err_set(e, ERR_INTERNAL, "exec ID empty");
	return 0;
}

static int attached(struct cli *c, const struct exec_opts *o, const char *id, struct err *e)
{
	struct client_hijack io = { .fd = -1 };
	own_session s = { .c = c,
		.io = &io,
		.has_tty = o->tty,
		.attach_stdin = o->interactive,
		.attach_stdout = true,
		.attach_stderr = true,
		.detach_keys = attach_keys(c, o->detach_keys),
		.signals = -1 };
	enum session_end end;
	own_json answer = NULL;

	if (o->tty && isatty(STDIN_FILENO))
		s.resize_path = cli_path(c, "exec", id, "/resize");
	if (o->tty) {
		s.signals = session_block_signals(e);
		if (s.signals < 0)
			return -1;
	}
	if (client_hijack(c->client, cli_path(c, "exec", id, "/start"), start_body(c, o), &io, e))
		return -1;
	session_resize(&s);
	if (session_run(&s, &end, e))
		return -1;
	if (end == SESSION_DETACHED)
		return err_set(e, ERR_CANCELLED, "read escape sequence");
	if (end == SESSION_KILLED) {
		c->exit_code = 128 + s.kill_signal;
		return 0;
	}
	if (cli_get_json(c, cli_path(c, "exec", id, "/json"), &answer, e))
		return -1;
	c->exit_code = (int)json_i64(json_get_ci(answer, "ExitCode"), 0);
	return 0;
}

static int run_exec(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct exec_opts *o = opts;
	const char *id;

	if (create(c, o, args, &id, e))
		return -1;
	if (!o->detach)
		return attached(c, o, id, e);
	return client_call(c->client, "POST", cli_path(c, "exec", id, "/start"), start_body(c, o),
		       NULL, e) < 0
		       ? -1
		       : 0;
}

const struct command_impl exec_impl = {
	.run = run_exec,
	.opts = exec_opts,
	.opts_size = sizeof(struct exec_opts),
	.order = OPT_STOP_AT_ARGUMENT,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* start and attach: to containers that exist already. */
#include <unistd.h>

#include "attach.h"
#include "cmds.h"

/* What attach and start -a need to know of a container. */
struct target {
	const char *id;
	const char *name; /* as given */
	bool has_tty, open_stdin, auto_remove;
	bool running, paused, restarting;
};

static int look_at(struct cli *c, const char *name, struct target *out, struct err *e)
{
	own_json doc = NULL;
	const struct json *config, *state;

	if (cli_get_json(c, cli_path(c, "containers", name, "/json"), &doc, e))
		return -1;
	config = json_get_ci(doc, "Config");
	state = json_get_ci(doc, "State");
	out->name = name;
	out->id = arena_strdup(c->arena, json_str(json_get_ci(doc, "Id"), name));
	out->has_tty = json_bool(json_get_ci(config, "Tty"), false);
	out->open_stdin = json_bool(json_get_ci(config, "OpenStdin"), false);
	out->auto_remove =
		json_bool(json_get_ci(json_get_ci(doc, "HostConfig"), "AutoRemove"), false);
	out->running = json_bool(json_get_ci(state, "Running"), false);
	out->paused = json_bool(json_get_ci(state, "Paused"), false);
	out->restarting = json_bool(json_get_ci(state, "Restarting"), false);
	return 0;
}

static void session_of(
	struct session *s, struct cli *c, const struct target *t, const char *id, const char *keys)
{
	s->c = c;
	s->has_tty = t->has_tty;
	s->attach_stdout = s->attach_stderr = true;
	s->detach_keys = attach_keys(c, keys);
	if (t->has_tty && isatty(STDOUT_FILENO))
		s->resize_path = cli_path(c, "containers", id, "/resize");
}

/* --- start --- */

struct start_opts {
	struct opts_common common;
	bool attach, interactive;
	const char *detach_keys;
};

static const struct opt start_opts[] = {
	OPT(BOOL, 'a', "attach", NULL, struct start_opts, attach,
		"Attach STDOUT/STDERR and forward signals"),
	OPT(STR, 0, "detach-keys", "string", struct start_opts, detach_keys,
		"Override the key sequence for detaching a container"),
	OPT(BOOL, 'i', "interactive", NULL, struct start_opts, interactive,
		"Attach container's STDIN"),
	OPT_END,
};

static int start_each(struct cli *c, const struct str_list *ids, struct err *e)
{
	own_buf failed = { 0 };

	buf_init(&failed, 1 << 20);
	for (size_t i = 0; i < ids->n; i++) {
		struct err why;

		if (cli_post(c, cli_path(c, "containers", ids->v[i], "/start"), &why) == 0) {
			buf_fmt(&c->out, "%s\n", ids->v[i]);
			continue;
		}
		cli_warn(c, "%s", why.msg);
		buf_fmt(&failed, "%s%s", failed.len ? ", " : "", ids->v[i]);
	}
	if (failed.len == 0)
		return 0;
	return err_set(e, ERR_INTERNAL, "Error: failed to start containers: %s", failed.data);
}

static int start_session(struct session *s, const struct target *t, struct err *e)
{
	struct cli *c = s->c;
	enum session_end end;

	s->signals = session_block_signals(e);
	if (s->signals < 0 || attach_open(s, t->id, e) ||
		attach_open_wait(s, t->id, t->auto_remove ? "removed" : "next-exit", e))
		return -1;
	if (cli_post(c, cli_path(c, "containers", t->id, "/start"), e)) {
		if (t->auto_remove)
			(void)session_exit_code(c, s->wait);
		return -1;
	}
	session_resize(s);
	if (session_run(s, &end, e))
		return -1;
	if (end == SESSION_DETACHED)
		return 0;
	c->exit_code = end == SESSION_KILLED ? 128 + s->kill_signal : session_exit_code(c, s->wait);
	return 0;
}

static int run_start(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct start_opts *o = opts;
	struct client_hijack io = { .fd = -1 };
	own_session s = { .io = &io, .signals = -1 };
	struct target t;

	if (!o->attach && !o->interactive)
		return start_each(c, args, e);
	if (args->n > 1)
		return err_set(
			e, ERR_INVALID, "you cannot start and attach multiple containers at once");
	if (look_at(c, args->v[0], &t, e))
		return -1;
	session_of(&s, c, &t, t.id, o->detach_keys);
	s.attach_stdin = o->interactive && t.open_stdin;
	if (!t.has_tty)
		s.kill_path = cli_path(c, "containers", t.id, "/kill");
	return start_session(&s, &t, e);
}

const struct command_impl start_impl = {
	.run = run_start,
	.opts = start_opts,
	.opts_size = sizeof(struct start_opts),
};

/* --- attach --- */

struct attach_opts {
	struct opts_common common;
	bool no_stdin, sig_proxy;
	const char *detach_keys;
};

static const struct opt attach_opts[] = {
	OPT(STR, 0, "detach-keys", "string", struct attach_opts, detach_keys,
		"Override the key sequence for detaching a container"),
	OPT(BOOL, 0, "no-stdin", NULL, struct attach_opts, no_stdin, "Do not attach STDIN"),
	OPT(BOOL, 0, "sig-proxy", NULL, struct attach_opts, sig_proxy,
		"Proxy all received signals to the process (default true)"),
	OPT_END,
};

static const struct attach_opts attach_defaults = { .sig_proxy = true };

static int look_at_running(struct cli *c, const char *name, struct target *t, struct err *e)
{
	if (look_at(c, name, t, e))
		return -1;
	if (!t->running)
		return err_set(
			e, ERR_INVALID, "You cannot attach to a stopped container, start it first");
	if (t->paused)
		return err_set(e, ERR_INVALID,
			"You cannot attach to a paused container, unpause it first");
	if (t->restarting)
		return err_set(e, ERR_INVALID,
			"You cannot attach to a restarting container, wait until it is running");
	return 0;
}

/* Ended: with the container's exit code. */
static int attach_status(struct session *s, struct err *e)
{
	own_json answer = NULL;
	const struct json *error;

	if (client_stream_json(s->wait, &answer, e) < 0)
		return -1;
	error = json_get_ci(answer, "Error");
	if (json_type(error) == JSON_OBJ)
		return err_set(e, ERR_INTERNAL, "%s", json_str(json_get_ci(error, "Message"), ""));
	s->c->exit_code = (int)json_i64(json_get_ci(answer, "StatusCode"), 0);
	return 0;
}

static int attach_session(struct session *s, const struct target *t, struct err *e)
{
	enum session_end end;
	struct target again;

	s->signals = session_block_signals(e);
	if (s->signals < 0 || attach_open_wait(s, t->name, "", e) || attach_open(s, t->name, e))
		return -1;
	/* it may have stopped meanwhile: then nothing would ever come */
	if (look_at_running(s->c, t->name, &again, e))
		return -1;
	session_resize_twice(s);
	if (session_run(s, &end, e))
		return -1;
	if (end == SESSION_DETACHED)
		return err_set(e, ERR_CANCELLED, "read escape sequence");
	if (end == SESSION_KILLED) {
		s->c->exit_code = 128 + s->kill_signal;
		return 0;
	}
	return attach_status(s, e);
}

static int run_attach(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct attach_opts *o = opts;
	struct client_hijack io = { .fd = -1 };
	own_session s = { .io = &io, .signals = -1 };
	struct target t;

	if (look_at_running(c, args->v[0], &t, e) || tty_check_input(!o->no_stdin, t.has_tty, e))
		return -1;
	session_of(&s, c, &t, t.name, o->detach_keys);
	s.attach_stdin = !o->no_stdin && t.open_stdin;
	if (o->sig_proxy && !t.has_tty)
		s.kill_path = cli_path(c, "containers", t.name, "/kill");
	return attach_session(&s, &t, e);
}

const struct command_impl attach_impl = {
	.run = run_attach,
	.opts = attach_opts,
	.opts_size = sizeof(struct attach_opts),
	.defaults = &attach_defaults,
};

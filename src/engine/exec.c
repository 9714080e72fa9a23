/* SPDX-License-Identifier: Apache-2.0 */
/* Exec: a process.json and a monitor of its own. */
#include "engine/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "attach_int.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "bundle.h"
#include "engine_int.h"
#include "env_list.h"
#include "exec_int.h"
#include "image/root.h"
#include "model/copy.h"
#include "spec.h"
#include "start.h"
#include "user.h"
#include "watch.h"

#define PROCESS_MAX	  (2 * 1024 * 1024)
#define UNKNOWN_EXIT_CODE 255
#define START_WAIT_MS	  120000

/* "sh -c ls", as it stands in event names. */
static const char *command_text(struct arena *a, const struct exec_config *c)
{
	const char *text = c->cmd.v[0];

	for (size_t i = 1; i < c->cmd.n; i++)
		text = arena_printf(a, "%s %s", text, c->cmd.v[i]);
	return text;
}

static void publish(struct engine *eng, struct ctr_exec *x, const char *verb)
{
	own_arena a = arena_new();

	ctr_event_with(eng, x->c, arena_printf(a, "%s: %s", verb, command_text(a, &x->config)),
		"execID", x->id);
}

static int allowed(struct container *c, const char *name, struct err *e)
{
	own_lock guard = lock_take(&c->lock);

	return ctr_allow(c, CTR_EXEC, name, e);
}

int engine_exec_create(struct engine *eng, const char *name, const struct exec_config *c,
	char out_id[ID_HEX + 1], struct err *e)
{
	unsigned char keys[MONITOR_KEYS_MAX];
	size_t n_keys;
	own_ctr ctr = registry_find(eng->registry, name, e);

	if (!ctr)
		return -1;
	if (!c->cmd.n || !*c->cmd.v[0])
		return err_set(e, ERR_INVALID, "No exec command specified");
	if (attach_parse_keys(c->detach_keys, keys, &n_keys, e) || allowed(ctr, name, e))
		return -1;
	for (size_t i = 0; i < c->env.n; i++)
		if (!*c->env.v[i] || *c->env.v[i] == '=')
			return err_set(
				e, ERR_INVALID, "invalid environment variable: %s", c->env.v[i]);
	own_exec x = exec_table_add(eng->execs, ctr, c, clock_now_ns());
	memcpy(out_id, x->id, sizeof(x->id));
	publish(eng, x, "exec_create");
	return 0;
}

int engine_exec_check(struct engine *eng, const char *id, struct engine_stdio *out, struct err *e)
{
	own_exec x = exec_table_find(eng->execs, id, e);

	if (!x)
		return -1;
	struct exec_now now = exec_table_now(eng->execs, x);
	if (now.state == EXEC_EXITED)
		return err_set(e, ERR_CONFLICT, "Error: Exec command %s has already run", id);
	if (now.state != EXEC_CREATED)
		return err_set(e, ERR_CONFLICT, "Error: Exec command %s is already running", id);
	memcpy(out->id, x->id, sizeof(out->id));
	out->tty = x->config.tty;
	return allowed(x->c, x->c->id, e);
}

/* ---- process.json ---- */

static int compose(struct engine *eng, struct arena *a, const struct ctr_exec *x,
	const char *console_size, struct oci_process *p, struct err *e)
{
	const struct exec_config *config = &x->config;
	const struct container *c = x->c;
	const char *rootfs;
	struct user_files files;
	struct ctr_rights rights;
	uint32_t height, width;

	*p = (struct oci_process){ .terminal = config->tty, .args = config->cmd };
	if (image_root_mount(eng->images, a, c->id, &rootfs, e))
		return -1;
	own_fd root = open(rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_sys(e, "open %s", rootfs);
	const char *user = str_empty(config->user) ? c->config.user : config->user;
	bool privileged = config->privileged || c->host.privileged;
	if (user_read_files(a, root, &files, e) ||
		user_lookup(a, &files, user, &c->host.group_add, &p->user, e) ||
		ctr_rights(eng, a, c, privileged, &rights, e))
		return -1;
	if (config->tty && host_config_console_size(console_size, &height, &width) &&
		(height || width)) {
		p->console_size = ARENA_NEW(a, struct oci_console_size);
		*p->console_size = (struct oci_console_size){ height, width };
	}
	spec_process_env(a, c, config->tty, &p->env);
	env_override(a, &p->env, &config->env);
	p->cwd = !str_empty(config->working_dir)     ? config->working_dir
		 : !str_empty(c->config.working_dir) ? c->config.working_dir
						     : "/";
	p->capabilities = spec_caps(a, rights.caps, p->user.uid);
	p->no_new_privileges = rights.no_new_privileges;
	p->apparmor_profile = rights.apparmor;
	spec_rlimits(a, c, &p->rlimits);
	p->oom_score_adj = ARENA_NEW(a, int64_t);
	*p->oom_score_adj = c->host.oom_score_adj;
	return 0;
}

static int write_process(
	struct engine *eng, struct ctr_exec *x, const char *console_size, struct err *e)
{
	own_arena a = arena_new();
	struct oci_process p;
	own_buf text = { 0 };

	buf_init(&text, PROCESS_MAX);
	if (compose(eng, a, x, console_size, &p, e))
		return -1;
	oci_process_write(&p, &text);
	if (!buf_ok(&text))
		return err_set(
			e, ERR_INVALID, "the command would be larger than %d bytes", PROCESS_MAX);
	if (fault_point("exec.process", e) || fs_mkdir_p(AT_FDCWD, x->dir, 0700, e))
		return -1;
	own_fd dir = open(x->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(e, "open %s", x->dir);
	return fs_replace(dir, MONITOR_PROCESS, text.data, text.len, 0600, FS_NO_SYNC, e);
}

/* ---- start ---- */

static int spawn(struct engine *eng, struct ctr_exec *x, struct monitor **out, struct err *e)
{
	struct monitor_spec spec = {
		.program = eng->monitor,
		.id = x->c->id,
		.exec_id = x->id,
		.dir = x->dir,
		.runtime = eng->runtime,
		.runtime_root = eng->runtime_root,
		.tty = x->config.tty,
		.open_stdin = x->config.attach_stdin,
		.stdin_once = true,
	};

	return monitor_spawn(&spec, out, e);
}

/* The exec's own settings say which streams there are to join; a client may ask for more. */
static struct engine_client joined(const struct ctr_exec *x, const struct engine_client *client)
{
	struct engine_client c = *client;

	c.is_stdin = c.is_stdin && x->config.attach_stdin;
	c.is_stdout = c.is_stdout && x->config.attach_stdout;
	c.is_stderr = c.is_stderr && x->config.attach_stderr;
	if (!c.is_stdin)
		c.n_early = 0;
	return c;
}

static int attach_first(struct monitor *m, const struct ctr_exec *x,
	const struct engine_client *client, struct err *e)
{
	unsigned char keys[MONITOR_KEYS_MAX];
	struct engine_client c = joined(x, client);
	struct monitor_attach at = { .fd = c.fd,
		.flags = attach_flags(&c, x->config.tty),
		.keys = keys,
		.early = c.early,
		.n_early = c.n_early };
	const char *text =
		str_empty(client->detach_keys) ? x->config.detach_keys : client->detach_keys;

	return attach_parse_keys(text, keys, &at.n_keys, e) || monitor_attach(m, &at, e) ? -1 : 0;
}

static int refused(struct err *e)
{
	struct err runtime = *e;

	return err_set(e, ERR_INTERNAL, "OCI runtime exec failed: %s%s: unknown",
		str_starts(runtime.msg, "exec failed: ") ? "" : "exec failed: ", runtime.msg);
}

/* Spawns, attaches, starts. The monitor's connection is *out's owner's. */
static int launch(struct engine *eng, struct ctr_exec *x, const struct engine_client *client,
	struct monitor **out, struct err *e)
{
	struct monitor_state st;
	struct monitor *m;

	if (spawn(eng, x, &m, e))
		return -1;
	if (client && attach_first(m, x, client, e)) {
		monitor_close(m);
		return -1;
	}
	if (monitor_start(m, START_WAIT_MS, &st, e)) {
		monitor_close(m);
		return refused(e);
	}
	*out = m;
	if (st.phase == MONITOR_EXITED) {
		exec_exited(eng, x, &st);
		monitor_close(take(*out));
	} else {
		exec_table_running(eng->execs, x, st.pid);
	}
	return 0;
}

static void remove_exec_dir(const struct ctr_exec *x)
{
	struct err e;

	if (fs_remove_tree(AT_FDCWD, x->dir, &e))
		log_warn("ctr %s: %s, ignoring", x->c->id, e.msg);
}

int engine_exec_start(struct engine *eng, const char *id, const struct exec_start *s,
	struct engine_client *client, struct err *e)
{
	const char *size = s ? s->console_size : NULL;
	struct monitor *m = NULL;
	own_exec x = exec_table_find(eng->execs, id, e);

	if (!x || allowed(x->c, x->c->id, e) || exec_table_take(eng->execs, x, e))
		return -1;
	publish(eng, x, "exec_start");
	if (write_process(eng, x, size ? size : x->config.console_size, e) ||
		launch(eng, x, client, &m, e)) {
		bool by_runtime = strstr(e->msg, "OCI runtime") != NULL;
		int code = by_runtime ? start_exit_code(e, x->config.cmd.v[0], 126) : 126;

		exec_table_ended(eng->execs, x, code, clock_now_ns());
		remove_exec_dir(x);
		return -1;
	}
	if (m)
		watch_exec(eng->watcher, x, m);
	if (client)
		close(take_fd(&client->fd));
	return 0;
}

void exec_exited(struct engine *eng, struct ctr_exec *x, const struct monitor_state *st)
{
	own_arena a = arena_new();
	int64_t code = st ? st->exit_code : UNKNOWN_EXIT_CODE;
	struct str_map extra = { 0 };

	if (!exec_table_ended(eng->execs, x, code, clock_now_ns()))
		return;
	remove_exec_dir(x);
	str_map_set(a, &extra, "execID", x->id);
	str_map_set(a, &extra, "exitCode", arena_printf(a, "%" PRId64, code));
	ctr_event(eng, x->c, "exec_die", &extra);
}

void execs_forget(struct engine *eng, const struct container *c)
{
	exec_table_forget(eng->execs, c);
}

int engine_exec_kill(struct engine *eng, const char *id, int sig, struct err *e)
{
	struct monitor *m;
	own_exec x = exec_table_find(eng->execs, id, e);
	int rc;

	if (!x)
		return -1;
	if (exec_table_now(eng->execs, x).state == EXEC_EXITED || monitor_connect(x->dir, &m, e))
		return 0;
	rc = monitor_signal(m, sig, e);
	monitor_close(m);
	return rc;
}

/* ---- looking at it ---- */

int engine_exec_resize(
	struct engine *eng, const char *id, uint16_t rows, uint16_t columns, struct err *e)
{
	own_exec x = exec_table_find(eng->execs, id, e);

	if (!x)
		return -1;
	if (exec_table_now(eng->execs, x).state == EXEC_RUNNING &&
		resize_by_monitor(x->dir, rows, columns, e) == 0)
		return 0;
	if (exec_table_now(eng->execs, x).state == EXEC_RUNNING && e->kind != ERR_NOT_FOUND)
		return -1;
	return err_set(e, ERR_CONFLICT, "exec process %s is not running", id);
}

/*
 * Whoever attached sees the end of the output as soon as we hear of it, and asks for the exit code at once. The
 * monitor's exit file is there before that end.
 */
static void learn_end(struct engine *eng, struct ctr_exec *x)
{
	enum exec_state state = exec_table_now(eng->execs, x).state;
	struct monitor_state st;
	struct err e;

	if ((state == EXEC_STARTING || state == EXEC_RUNNING) &&
		monitor_read_exit(x->dir, &st, &e) == 0)
		exec_exited(eng, x, &st);
}

int engine_exec_inspect(struct engine *eng, struct arena *a, const char *id,
	struct exec_inspect *out, struct err *e)
{
	own_exec x = exec_table_find(eng->execs, id, e);

	if (!x)
		return -1;
	learn_end(eng, x);
	struct exec_now now = exec_table_now(eng->execs, x);
	const struct exec_config *c = &x->config;

	*out = (struct exec_inspect){
		.id = arena_strdup(a, x->id),
		.running = now.state == EXEC_RUNNING || now.state == EXEC_STARTING,
		.process = { .tty = c->tty,
			.entrypoint = arena_strdup(a, c->cmd.v[0]),
			.privileged = ARENA_NEW(a, bool),
			.user = arena_strdup(a, c->user) },
		.open_stdin = c->attach_stdin,
		.open_stderr = c->attach_stderr,
		.open_stdout = c->attach_stdout,
		.container_id = arena_strdup(a, x->c->id),
		.detach_keys = "",
		.pid = now.pid,
	};
	*out->process.privileged = c->privileged;
	str_list_copy(a, &(struct str_list){ c->cmd.v + 1, c->cmd.n - 1 }, &out->process.arguments);
	if (now.state == EXEC_EXITED) {
		out->exit_code = ARENA_NEW(a, int64_t);
		*out->exit_code = now.exit_code;
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The start of a container as a list of steps, each with its way back. */
#include "start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "base/steps.h"
#include "bundle.h"
#include "checks.h"
#include "engine/lifecycle.h"
#include "ctr_volumes.h"
#include "engine_int.h"
#include "exit.h"
#include "group.h"
#include "image/root.h"
#include "log_options.h"
#include "network.h"
#include "persist.h"
#include "remove.h"
#include "shm.h"
#include "watch.h"

#define EXIT_OTHER     128 /* dockerd: neither not found nor not executable */
#define CREATE_WAIT_MS 120000

struct start {
	struct engine *eng;
	struct container *c;
	struct arena *a;
	const char *rootfs;
	struct network_plugged net;
	struct monitor *monitor;
	struct monitor_state st;
	bool is_created; /* a process stands at its start line */
};

/* Create checked it; but a data root of Docker's may hold containers with more than this version can do. */
static int step_check(void *ctx, struct err *e)
{
	struct start *s = ctx;
	struct str_list warnings = { 0 };

	if (checks_host(s->a, &s->c->config, &s->c->host, &warnings, e))
		return -1;
	/* Of this daemon's driver, whatever that of the one that created it was. */
	if (group_check_parent(s->eng, s->c->host.cgroup_parent, e))
		return -1;
	group_name(s->eng, s->c);
	return 0;
}

static int step_root(void *ctx, struct err *e)
{
	struct start *s = ctx;

	return image_root_mount(s->eng->images, s->a, s->c->id, &s->rootfs, e);
}

static void undo_root(void *ctx)
{
	struct start *s = ctx;
	struct err e;

	if (image_root_unmount(s->eng->images, s->c->id, &e))
		log_warn("ctr %s: %s, ignoring", s->c->id, e.msg);
}

/* -v's missing host directories are made; what --mount names must be there. */
static int step_sources(void *ctx, struct err *e)
{
	struct start *s = ctx;

	for (size_t i = 0; i < s->c->mounts.n; i++) {
		const struct ctr_mount *m = &s->c->mounts.v[i];

		if (!str_eq(m->type, "bind") || access(m->source, F_OK) == 0)
			continue;
		if (!m->makes_source)
			return err_set(e, ERR_INVALID,
				"invalid mount config for type \"bind\": bind source path does not exist: %s",
				m->source);
		if (fs_mkdir_p(AT_FDCWD, m->source, 0755, e))
			return err_in(e, "error while creating mount source path '%s'", m->source);
	}
	return 0;
}

static int step_volumes(void *ctx, struct err *e)
{
	struct start *s = ctx;

	return ctr_volumes_mount(s->eng, s->c, e);
}

static void undo_volumes(void *ctx)
{
	struct start *s = ctx;

	ctr_volumes_unmount(s->eng, s->c);
}

static int step_shm(void *ctx, struct err *e)
{
	return shm_mount(((struct start *)ctx)->c, e);
}

static void undo_shm(void *ctx)
{
	shm_unmount(((struct start *)ctx)->c);
}

static int step_network(void *ctx, struct err *e)
{
	struct start *s = ctx;

	return network_plug(s->eng, s->c, &s->net, e);
}

static void undo_network(void *ctx)
{
	struct start *s = ctx;

	network_drop(s->eng, &s->net);
}

static int step_files(void *ctx, struct err *e)
{
	struct start *s = ctx;

	return network_write_files(s->eng, s->c, &s->net, e);
}

static int step_bundle(void *ctx, struct err *e)
{
	struct start *s = ctx;

	return bundle_write(s->eng, s->c, s->rootfs, &s->net, e);
}

static void undo_bundle(void *ctx)
{
	struct start *s = ctx;
	struct err e;

	if (fs_remove_tree(AT_FDCWD, s->c->run_dir, &e))
		log_warn("ctr %s: %s, ignoring", s->c->id, e.msg);
}

static int spawn(struct start *s, struct err *e)
{
	static const char *const systemd[] = { "--systemd-cgroup", NULL };
	struct container *c = s->c;
	struct log_options log;

	if (log_options_parse(s->a, &c->host.log_config, &c->config, &log, e))
		return -1;
	struct monitor_spec spec = {
		.program = s->eng->monitor,
		.id = c->id,
		.dir = c->run_dir,
		.runtime = s->eng->runtime,
		.runtime_root = s->eng->runtime_root,
		.runtime_args = s->eng->systemd_cgroup ? systemd : NULL,
		.tty = c->config.tty,
		.open_stdin = c->config.open_stdin,
		.stdin_once = c->config.stdin_once,
		.log_path = log.keeps_file ? c->log_path : NULL,
		.log_max_bytes = log.max_bytes,
		.log_max_files = log.max_files,
		.log_attrs = log.attrs,
	};
	return monitor_spawn(&spec, &s->monitor, e);
}

static int step_monitor(void *ctx, struct err *e)
{
	struct start *s = ctx;

	if (spawn(s, e))
		return -1;
	if (monitor_wait_created(s->monitor, CREATE_WAIT_MS, &s->st, e) == 0) {
		s->is_created = true;
		return 0;
	}
	monitor_close(take(s->monitor));
	struct err runtime = *e;
	return err_set(e, ERR_INTERNAL,
		"failed to create task for container: failed to create shim task: OCI runtime create "
		"failed: %s%s: unknown",
		str_starts(runtime.msg, "runc create failed: ") ? "" : "runc create failed: ",
		runtime.msg);
}

/* A process waits at the start line: it and all that belongs to it must go. */
static void undo_monitor(void *ctx)
{
	struct start *s = ctx;
	struct err e;
	own_cgroup cg = group_open(s->eng, s->c, &e);

	if (monitor_signal(s->monitor, SIGKILL, &e))
		log_debug("ctr %s: %s", s->c->id, e.msg);
	monitor_close(take(s->monitor));
	if (cg && (cgroup_kill(cg, SIGKILL, &e) || cgroup_remove(cg, 5000, &e)))
		log_warn("ctr %s: %s, ignoring", s->c->id, e.msg);
	own_fd root = open(s->eng->runtime_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root >= 0 && fs_remove_tree(root, s->c->id, &e))
		log_warn("ctr %s: %s, ignoring", s->c->id, e.msg);
}

/* Takes the list of parked clients off c. */
static void take_parked(struct container *c, struct list *out)
{
	own_lock guard = lock_take(&c->lock);

	list_init(out);
	list_for_each (&c->parked, p, struct ctr_parked, link) {
		list_remove(&p->link);
		list_append(out, &p->link);
	}
}

static void parked_free(struct ctr_parked *p)
{
	list_remove(&p->link);
	close(p->fd);
	free(p->early);
	free(p);
}

void ctr_drop_parked(struct container *c)
{
	struct list parked;

	take_parked(c, &parked);
	list_for_each (&parked, p, struct ctr_parked, link)
		parked_free(p);
}

/* A client that went away in between is no reason not to start. */
static int step_attach(void *ctx, struct err *e)
{
	struct start *s = ctx;
	struct list parked;

	take_parked(s->c, &parked);
	list_for_each (&parked, p, struct ctr_parked, link) {
		struct monitor_attach at = { .fd = p->fd,
			.flags = p->flags,
			.keys = p->keys,
			.n_keys = p->n_keys,
			.early = p->early,
			.n_early = p->n_early };

		if (monitor_attach(s->monitor, &at, e))
			log_warn("ctr %s: attach: %s, ignoring", s->c->id, e->msg);
		parked_free(p);
	}
	return 0;
}

static int step_run(void *ctx, struct err *e)
{
	struct start *s = ctx;

	if (monitor_start(s->monitor, CREATE_WAIT_MS, &s->st, e) == 0)
		return 0;
	struct err runtime = *e;
	return err_set(e, ERR_INTERNAL,
		"failed to start task: OCI runtime start failed: %s: unknown", runtime.msg);
}

static const struct step start_steps[] = {
	{ "check", step_check, NULL },
	{ "root", step_root, undo_root },
	{ "sources", step_sources, NULL },
	{ "volumes", step_volumes, undo_volumes },
	{ "shm", step_shm, undo_shm },
	{ "network", step_network, undo_network },
	{ "files", step_files, NULL },
	{ "bundle", step_bundle, undo_bundle },
	{ "monitor", step_monitor, undo_monitor },
	{ "attach", step_attach, NULL },
	{ "run", step_run, NULL },
	{ 0 },
};

int start_exit_code(struct err *e, const char *command, int other)
{
	static const struct {
		const char *text;
		int code;
		const char *hint;
	} rows[] = {
		{ "executable file not found", 127, "" },
		{ "No such file or directory", 127, "" },
		{ "no such file or directory", 127, "" },
		{ "permission denied", 126, "" },
		{ "Permission denied", 126, "" },
		{ "is a directory", 126, "" },
		{ "Is a directory", 126, "" },
		{ "not a directory", 126,
			": Are you trying to mount a directory onto a file (or vice-versa)? Check if the "
			"specified host path exists and is the expected type" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool about_command = rows[i].code == 126 || strstr(e->msg, command);

		if (!about_command || !strstr(e->msg, rows[i].text))
			continue;
		struct err before = *e;
		err_set(e, ERR_INVALID, "%s%s", before.msg, rows[i].hint);
		return rows[i].code;
	}
	return other;
}

/* The state of a container that could not be started: as it was, with error and exit code. */
static void mark_failed(struct container *c, const struct err *e, int exit_code)
{
	own_lock guard = lock_take(&c->lock);

	ctr_set_error(c, e->msg);
	c->life.exit_code = exit_code;
	if (c->life.state == CTR_RESTARTING)
		c->life.state = CTR_EXITED;
}

static uint32_t mark_running(struct container *c, const struct monitor_state *st)
{
	struct ctr_life *l = &c->life;
	own_lock guard = lock_take(&c->lock);

	ctr_set_error(c, NULL);
	l->state = CTR_RUNNING;
	l->pid = st->pid;
	l->exit_code = 0;
	l->oom_killed = false;
	l->started_ns = st->started_ns ? st->started_ns : clock_now_ns();
	l->was_started = true;
	l->was_stopped_by_hand = l->exit_on_next = false;
	return ++l->run;
}

static int fail(struct engine *eng, struct container *c, struct err *e)
{
	bool by_runtime = strstr(e->msg, "OCI runtime") != NULL;
	int code = by_runtime ? start_exit_code(e, c->path, EXIT_OTHER) : EXIT_OTHER;
	struct err ignored;

	mark_failed(c, e, code);
	ctr_drop_parked(c);
	log_info("ctr %s: start failed: %s", c->id, e->msg);
	if (c->host.auto_remove && ctr_remove(eng, c, true, &ignored))
		log_warn("ctr %s: remove: %s, ignoring", c->id, ignored.msg);
	else if (!c->host.auto_remove)
		persist_state(c);
	return -1;
}

int ctr_start(struct engine *eng, struct container *c, struct err *e)
{
	own_arena a = arena_new();
	struct start s = { .eng = eng, .c = c, .a = a };

	if (steps_run("start", start_steps, &s, e))
		return fail(eng, c, e);
	network_commit(eng, c, &s.net);
	uint32_t run = mark_running(c, &s.st);
	ctr_event(eng, c, "start", NULL);
	log_info("ctr %s: started, pid %d", c->id, (int)s.st.pid);
	if (s.st.phase == MONITOR_EXITED) {
		watch_exited(eng->watcher, c, run, &s.st);
		monitor_close(s.monitor);
	} else {
		watch_container(eng->watcher, c, run, s.monitor);
		health_begin(eng, c, run);
	}
	if (!c->host.auto_remove || s.st.phase != MONITOR_EXITED)
		persist_state(c);
	return 0;
}

int engine_start(struct engine *eng, const char *name, struct err *e)
{
	own_ctr c = registry_find(eng->registry, name, e);

	if (!c)
		return -1;
	own_lock verb = lock_take(&c->verb);
	pthread_mutex_lock(&c->lock);
	int refused = ctr_allow(c, CTR_START, name, e);
	if (!refused)
		c->life.restart_count = c->life.backoff_ms = 0;
	pthread_mutex_unlock(&c->lock);
	return refused ? -1 : ctr_start(eng, c, e);
}

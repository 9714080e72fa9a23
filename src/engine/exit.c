/* SPDX-License-Identifier: Apache-2.0 */
/* A container's end, seen from the daemon. How it is noticed is watch.c. */
#include "exit.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/thread.h"
#include "ctr_volumes.h"
#include "engine_int.h"
#include "group.h"
#include "image/root.h"
#include "network.h"
#include "persist.h"
#include "remove.h"
#include "restart_policy.h"
#include "shm.h"
#include "start.h"
#include "wait_int.h"
#include "watch.h"

#define UNKNOWN_EXIT_CODE 255
#define CGROUP_REMOVE_MS  5000

static void remove_below(const char *parent, const char *name)
{
	struct err e;
	own_fd dir = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir >= 0 && fs_remove_tree(dir, name, &e))
		log_warn("engine: remove %s/%s: %s, ignoring", parent, name, e.msg);
}

struct unmount {
	struct engine *eng;
	struct container *c;
};

static void unmount(void *arg)
{
	const struct unmount *u = arg;
	struct err e;

	if (image_root_unmount(u->eng->images, u->c->id, &e))
		log_warn("ctr %s: %s, ignoring", u->c->id, e.msg);
	shm_unmount(u->c);
}

/*
 * cg may be NULL: the group is gone already. Unmounting mostly waits for the kernel's other processors
 * (3 ms), so it is done beside the rest.
 */
static void release(struct engine *eng, struct container *c, struct cgroup *cg)
{
	struct unmount u = { eng, c };
	pthread_t beside;
	struct err e;

	if (cg && cgroup_kill(cg, SIGKILL, &e))
		log_warn("ctr %s: %s, ignoring", c->id, e.msg);
	bool is_beside = thread_start(&beside, unmount, &u, &e) == 0;
	if (cg && cgroup_remove(cg, CGROUP_REMOVE_MS, &e))
		log_warn("ctr %s: %s, ignoring", c->id, e.msg);
	network_unplug(eng, c);
	remove_below(eng->runtime_root, c->id);
	own_arena a = arena_new();
	remove_below(arena_printf(a, "%s/c", eng->exec_root), c->id);
	if (is_beside)
		thread_join(beside);
	else
		unmount(&u);
}

void ctr_release(struct engine *eng, struct container *c)
{
	struct err e;
	own_cgroup cg = group_open(eng, c, &e);

	release(eng, c, cg);
	ctr_volumes_unmount(eng, c);
}

/* State, times and waiters. True: the restart policy wants it back after life.backoff_ms. */
static bool mark_exited(struct container *c, const struct monitor_state *st, bool oom)
{
	struct ctr_life *l = &c->life;
	own_lock guard = lock_take(&c->lock);

	l->pid = 0;
	l->exit_code = st ? st->exit_code : UNKNOWN_EXIT_CODE;
	l->finished_ns = st && st->finished_ns ? st->finished_ns : clock_now_ns();
	if (st && st->started_ns)
		l->started_ns = st->started_ns;
	l->oom_killed = oom;
	bool again = restart_after_exit(&c->host.restart_policy, l);
	l->state = again ? CTR_RESTARTING : CTR_EXITED;
	health_end(c);
	waits_exited(c);
	return again;
}

static void publish_die(struct engine *eng, struct container *c, bool oom)
{
	own_arena a = arena_new();
	struct ctr_life l = ctr_life(c);
	struct str_map extra = { 0 };

	if (oom)
		ctr_event(eng, c, "oom", NULL);
	str_map_set(a, &extra, "exitCode", arena_printf(a, "%" PRId64, l.exit_code));
	str_map_set(a, &extra, "execDuration",
		arena_printf(a, "%" PRId64, (l.finished_ns - l.started_ns) / 1000000000));
	ctr_event(eng, c, "die", &extra);
	log_info("ctr %s: exited, code %" PRId64 "%s", c->id, l.exit_code,
		oom ? ", out of memory" : "");
}

/* Whether run is the one going on: not ended yet, not replaced by a later start. */
static bool is_current(struct container *c, uint32_t run)
{
	struct ctr_life l = ctr_life(c);

	return l.run == run && (l.state == CTR_RUNNING || l.state == CTR_PAUSED);
}

/*
 * --rm: who waits hears of it when the container is forgotten and its addresses are free. Unmounting and deleting, which
 * mostly wait for the disk and for the kernel's other processors, come behind.
 */
static bool vanish(struct engine *eng, struct container *c, struct cgroup *cg)
{
	struct err e;

	network_unplug(eng, c);
	watch_begin_removal(eng->watcher);
	bool is_forgotten = ctr_forget(eng, c, &e) == 0;
	if (is_forgotten) {
		release(eng, c, cg);
		ctr_remove_remains(eng, c);
	} else {
		log_warn("ctr %s: %s, ignoring", c->id, e.msg);
	}
	watch_end_removal(eng->watcher);
	return is_forgotten;
}

void ctr_exited(
	struct engine *eng, struct container *c, uint32_t run, const struct monitor_state *st)
{
	struct err gone;
	own_lock verb = lock_take(&c->verb);

	if (!is_current(c, run))
		return;
	own_cgroup cg = group_open(eng, c, &gone);
	bool oom = cg && cgroup_oom_kills(cg) > 0;
	bool again = mark_exited(c, st, oom);
	publish_die(eng, c, oom);
	ctr_volumes_unmount(eng, c);
	if (c->host.auto_remove && vanish(eng, c, cg))
		return;
	release(eng, c, cg);
	if (c->host.auto_remove) {
		struct err e;

		if (ctr_remove(eng, c, true, &e))
			log_warn("ctr %s: remove: %s, ignoring", c->id, e.msg);
		return;
	}
	persist_state(c);
	if (again)
		watch_after(eng->watcher, c, run, ctr_life(c).backoff_ms, ctr_restart_due);
}

void ctr_restart_due(struct engine *eng, struct container *c, uint32_t run)
{
	own_lock verb = lock_take(&c->verb);
	struct ctr_life l = ctr_life(c);
	struct err e;

	if (l.state != CTR_RESTARTING || l.run != run)
		return;
	if (ctr_start(eng, c, &e) == 0)
		return;
	log_warn("ctr %s: restart failed: %s", c->id, e.msg);
	pthread_mutex_lock(&c->lock);
	bool again = restart_after_exit(&c->host.restart_policy, &c->life);
	c->life.state = again ? CTR_RESTARTING : CTR_EXITED;
	run = c->life.run;
	uint32_t delay_ms = c->life.backoff_ms;
	pthread_mutex_unlock(&c->lock);
	persist_state(c);
	if (again)
		watch_after(eng->watcher, c, run, delay_ms, ctr_restart_due);
}

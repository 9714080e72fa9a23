/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a new daemon finds: containers on disk, some still running under their monitors, some that ended or were
 * lost while nobody looked. The monitor wins over the exit file, the file over config.v2.json.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "ctr_volumes.h"
#include "engine_int.h"
#include "exec_int.h"
#include "exit.h"
#include "group.h"
#include "image/root.h"
#include "persist.h"
#include "remove.h"
#include "restart_policy.h"
#include "restore_commit.h"
#include "start.h"
#include "watch.h"

#define LOST_EXIT_CODE 255

/* Still alive: takes pid and times from the monitor and goes on watching. */
static void take_over(
	struct engine *eng, struct container *c, struct monitor *m, const struct monitor_state *st)
{
	ctr_volumes_hold(eng, c, true);
	own_cgroup cg = group_open(eng, c, &(struct err){ 0 });
	bool frozen = cg && cgroup_is_frozen(cg);

	pthread_mutex_lock(&c->lock);
	c->life.state = frozen ? CTR_PAUSED : CTR_RUNNING;
	c->life.pid = st->pid;
	if (st->started_ns)
		c->life.started_ns = st->started_ns;
	c->life.was_started = true;
	uint32_t run = ++c->life.run;
	pthread_mutex_unlock(&c->lock);
	log_info("ctr %s: still runs, pid %d", c->id, (int)st->pid);
	watch_container(eng->watcher, c, run, m);
	health_resume(eng, c, run);
	execs_restore(eng, c);
	commit_thaw_left(eng, c);
}

/* It ended while nobody looked: what an exit brings follows now. */
static void settle_ended(struct engine *eng, struct container *c, const struct monitor_state *st)
{
	pthread_mutex_lock(&c->lock);
	c->life.state = CTR_RUNNING;
	uint32_t run = ++c->life.run;
	pthread_mutex_unlock(&c->lock);
	log_info("ctr %s: ended while no daemon ran", c->id);
	ctr_exited(eng, c, run, st);
}

/* Stands at its start line, or its monitor is half dead: a start that a daemon's end cut short. */
static void undo_start(struct engine *eng, struct container *c, enum ctr_state before)
{
	own_lock verb = lock_take(&c->verb);

	pthread_mutex_lock(&c->lock);
	c->life.state = before;
	c->life.pid = 0;
	pthread_mutex_unlock(&c->lock);
	ctr_release(eng, c);
	persist_state(c);
}

/* The monitor answers: the container runs, has just ended, or was about to start. */
static void settle_by_monitor(struct engine *eng, struct container *c, struct monitor *m)
{
	struct monitor_state st;
	struct err e;
	enum ctr_state before = c->life.was_started ? CTR_EXITED : CTR_CREATED;

	if (monitor_get_state(m, &st, &e)) {
		log_warn("ctr %s: its monitor does not answer: %s, ignoring", c->id, e.msg);
		monitor_close(m);
		settle_ended(eng, c, NULL);
		return;
	}
	if (st.phase == MONITOR_RUNNING) {
		take_over(eng, c, m, &st);
		return;
	}
	if (st.phase == MONITOR_EXITED)
		settle_ended(eng, c, &st);
	else
		undo_start(eng, c, before);
	monitor_close(m);
}

static bool was_up(const struct container *c)
{
	return c->life.state == CTR_RUNNING || c->life.state == CTR_PAUSED;
}

/* No monitor: the exit file tells, or the machine went down. */
static void settle_without_monitor(struct engine *eng, struct container *c)
{
	struct monitor_state st;
	struct err e;
	bool has_exit = monitor_read_exit(c->run_dir, &st, &e) == 0;

	if (was_up(c)) {
		settle_ended(eng, c, has_exit ? &st : NULL);
		return;
	}
	if (fs_exists(AT_FDCWD, c->run_dir)) /* a start or an end that was cut short */
		undo_start(eng, c, c->life.state);
	if (c->life.state == CTR_RESTARTING) {
		c->life.state = CTR_EXITED;
		persist_state(c);
	}
}

static void settle(struct engine *eng, struct container *c)
{
	struct monitor *m;
	struct err e;

	if (c->life.state == CTR_REMOVING || c->life.state == CTR_DEAD) {
		own_lock verb = lock_take(&c->verb);

		if (ctr_remove(eng, c, c->host.auto_remove, &e))
			log_warn("ctr %s: %s, ignoring", c->id, e.msg);
		return;
	}
	if (c->n_endpoints && net_restore(eng->net, &c->sandbox, c->endpoints, c->n_endpoints, &e))
		log_warn("ctr %s: network: %s, ignoring", c->id, e.msg);
	if (monitor_connect(c->run_dir, &m, &e) == 0)
		settle_by_monitor(eng, c, m);
	else
		settle_without_monitor(eng, c);
}

/* config.v2.json is the last file a create writes: without it there never was a container. */
static bool remove_half_made(struct engine *eng, const char *id)
{
	own_arena a = arena_new();
	const char *dir = arena_printf(a, "%s/containers/%s", eng->data_root, id);
	struct err e;

	if (fs_exists(AT_FDCWD, arena_printf(a, "%s/config.v2.json", dir)))
		return false;
	log_info("ctr %s: removing what was left of its create", id);
	if (fs_remove_tree(AT_FDCWD, dir, &e))
		log_warn("ctr %s: %s, ignoring", id, e.msg);
	return true;
}

static void load_one(struct engine *eng, const char *id)
{
	struct err e;
	own_arena a = arena_new();

	if (remove_half_made(eng, id))
		return;
	own_ctr c = persist_load(eng->data_root, eng->exec_root, id, &e);
	if (!c) {
		log_error("ctr %s: cannot be read: %s", id, e.msg);
		return;
	}
	if (str_empty(c->cgroup_path))
		group_name(eng, c);
	if (!registry_reserve(eng->registry, a, c->name, c->id, &e)) {
		log_error("ctr %s: %s", id, e.msg);
		return;
	}
	c->was_found = true;
	registry_add(eng->registry, c);
	ctr_volumes_hold(eng, c, false);
}

static int load_all(struct engine *eng, struct err *e)
{
	own_arena a = arena_new();
	const char *path = arena_printf(a, "%s/containers", eng->data_root);
	own_dir dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return err_sys(e, "open %s", path);
	while ((entry = readdir(dir)))
		if (strlen(entry->d_name) == ID_HEX && id_is_hex(entry->d_name, ID_HEX))
			load_one(eng, entry->d_name);
	return 0;
}

/* Roots and run directories of containers nobody knows: a create or remove that was cut short. */
static void remove_orphans(struct engine *eng)
{
	own_arena a = arena_new();
	struct str_list ids = { 0 };
	struct err e;

	if (image_root_list(eng->images, a, &ids, &e))
		log_warn("engine: %s, ignoring", e.msg);
	for (size_t i = 0; i < ids.n; i++) {
		own_ctr known = registry_get(eng->registry, ids.v[i]);
		own_arena scratch = arena_new();

		if (known ||
			fs_exists(AT_FDCWD, arena_printf(scratch, "%s/containers/%s/config.v2.json",
						    eng->data_root, ids.v[i])))
			continue;
		log_info("ctr %s: removing what was left of it", ids.v[i]);
		if (image_root_remove(eng->images, ids.v[i], &e))
			log_warn("ctr %s: %s, ignoring", ids.v[i], e.msg);
	}
}

int engine_restore(struct engine *eng, struct err *e)
{
	own_arena a = arena_new();
	struct ctr_list all;

	if (load_all(eng, e))
		return -1;
	registry_all(eng->registry, a, &all);
	for (size_t i = 0; i < all.n; i++)
		settle(eng, all.v[i]);
	ctr_list_unref(&all);
	net_restore_done(eng->net);
	remove_orphans(eng);
	return 0;
}

static void restart_one(struct engine *eng, struct container *c)
{
	struct err e;
	own_lock verb = lock_take(&c->verb);
	struct ctr_life l = ctr_life(c);

	if (l.state != CTR_EXITED && l.state != CTR_CREATED)
		return;
	if (!restart_after_boot(&c->host.restart_policy, &l, l.exit_code == LOST_EXIT_CODE))
		return;
	if (ctr_start(eng, c, &e))
		log_warn("ctr %s: restart: %s, ignoring", c->id, e.msg);
}

/* A --rm container that is down was down with the machine. */
static bool remove_stale(struct engine *eng, struct container *c)
{
	struct err e;
	own_lock verb = lock_take(&c->verb);
	struct ctr_life l = ctr_life(c);

	if (!c->host.auto_remove || (l.state != CTR_EXITED && l.state != CTR_CREATED))
		return false;
	if (ctr_remove(eng, c, true, &e))
		log_warn("ctr %s: %s, ignoring", c->id, e.msg);
	return true;
}

void engine_restart_policies(struct engine *eng)
{
	own_arena a = arena_new();
	struct ctr_list all;

	registry_all(eng->registry, a, &all);
	/* Clients are served already: what they have made since is their affair. */
	for (size_t i = 0; i < all.n; i++)
		if (all.v[i]->was_found && !remove_stale(eng, all.v[i]))
			restart_one(eng, all.v[i]);
	ctr_list_unref(&all);
}

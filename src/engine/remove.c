/* SPDX-License-Identifier: Apache-2.0 */
/* Removal, and the pruning of stopped containers. */
#include "remove.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "base/unit.h"
#include "engine/events.h"
#include "engine/lifecycle.h"
#include "ctr_volumes.h"
#include "engine_int.h"
#include "exec_int.h"
#include "image/root.h"
#include "persist.h"
#include "shm.h"
#include "signal_ctr.h"
#include "start.h"
#include "until.h"
#include "wait_int.h"

#define STARTS_MAX 16 /* a container that others start again is killed so often for its removal */

static void set_state(struct container *c, enum ctr_state s)
{
	own_lock guard = lock_take(&c->lock);

	c->life.state = s;
}

static int remove_dir(const struct container *c, struct err *e)
{
	own_arena a = arena_new();
	const char *parent = arena_strndup(a, c->dir, strlen(c->dir) - ID_HEX);
	own_fd dir = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_sys(e, "open %s", parent);
	return fs_remove_tree(dir, c->id, e);
}

static int remove_root_and_dir(struct engine *eng, struct container *c, struct err *e)
{
	return fault_point("remove.root", e) || image_root_remove(eng->images, c->id, e) ||
			       fault_point("remove.dir", e) || remove_dir(c, e)
		       ? -1
		       : 0;
}

/* Out of all tables; tells who waits. */
static void forget(struct engine *eng, struct container *c)
{
	execs_forget(eng, c);
	registry_remove(eng->registry, c);
	pthread_mutex_lock(&c->lock);
	waits_removed(c);
	pthread_mutex_unlock(&c->lock);
	ctr_event(eng, c, "destroy", NULL);
	log_info("ctr %s: removed", c->id);
}

int ctr_remove(struct engine *eng, struct container *c, bool volumes, struct err *e)
{
	set_state(c, CTR_REMOVING);
	ctr_drop_parked(c);
	shm_unmount(c);
	if (remove_root_and_dir(eng, c, e)) {
		set_state(c, CTR_DEAD);
		persist_state(c);
		return err_in(e,
			"container %s: driver \"" IMAGE_DRIVER
			"\" failed to remove root filesystem",
			c->id);
	}
	ctr_volumes_drop(eng, c, volumes);
	forget(eng, c);
	return 0;
}

int ctr_forget(struct engine *eng, struct container *c, struct err *e)
{
	own_arena a = arena_new();

	if (fault_point("remove.forget", e))
		return -1;
	/* The last file written when it was created: without it there is no such container. */
	const char *config = arena_printf(a, "%s/config.v2.json", c->dir);
	if (unlink(config) && errno != ENOENT)
		return err_sys(e, "remove %s", config);
	set_state(c, CTR_REMOVING);
	ctr_drop_parked(c);
	ctr_volumes_drop(eng, c, true);
	forget(eng, c);
	return 0;
}

void ctr_remove_remains(struct engine *eng, struct container *c)
{
	struct err e;

	shm_unmount(c);
	if (remove_root_and_dir(eng, c, &e))
		log_warn("ctr %s: remove: %s, ignoring", c->id, e.msg);
}

static int allowed(struct container *c, bool force, const char *name, struct err *e)
{
	own_lock guard = lock_take(&c->lock);

	return ctr_allow(c, force ? CTR_FORCE_REMOVE : CTR_REMOVE, name, e);
}

/* Whether c is still entered; with --rm its own end may have removed it meanwhile. */
static bool is_known(struct engine *eng, struct container *c)
{
	own_ctr found = registry_get(eng->registry, c->id);

	return found == c;
}

/* 1: somebody has started it meanwhile. */
static int try_remove(struct engine *eng, struct container *c, const char *name,
	const struct engine_remove *r, struct err *e)
{
	if (allowed(c, r->force, name, e))
		return -1;
	if (ctr_state_runs(ctr_life(c).state) && ctr_kill_and_wait(eng, c, e))
		return err_in(e, "cannot remove container \"%s\": could not kill", name);
	own_lock verb = lock_take(&c->verb);
	if (!is_known(eng, c))
		return 0;
	if (allowed(c, r->force, name, e))
		return -1;
	return ctr_state_runs(ctr_life(c).state) ? 1 : ctr_remove(eng, c, r->volumes, e);
}

static int remove_one(struct engine *eng, struct container *c, const char *name,
	const struct engine_remove *r, struct err *e)
{
	int rc = 1;

	for (int tries = 0; tries < STARTS_MAX && rc > 0; tries++)
		rc = try_remove(eng, c, name, r, e);
	return rc <= 0 ? rc
		       : err_set(e, ERR_CONFLICT,
				 "cannot remove container \"%s\": container was started again meanwhile",
				 name);
}

int engine_remove(
	struct engine *eng, const char *name, const struct engine_remove *r, struct err *e)
{
	own_ctr c = registry_find(eng->registry, name, e);

	if (!c)
		return -1;
	if (r->link)
		return err_set(e, ERR_NOT_IMPLEMENTED,
			"links (rm --link) are not available in this version");
	return remove_one(eng, c, name, r, e);
}

/* ---- prune ---- */

static const char *const prune_filters[] = { "label", "label!", "until", NULL };

static bool has_none_of(const struct filters *f, const struct str_map *labels)
{
	const struct str_list *values = filters_get(f, "label!");

	for (size_t i = 0; values && i < values->n; i++) {
		struct filter one = { "label", { &values->v[i], 1 } };

		if (filters_match_labels(&(struct filters){ &one, 1 }, "label", labels))
			return false;
	}
	return true;
}

static bool is_prunable(struct container *c, const struct filters *f, int64_t until_ns)
{
	enum ctr_state s = ctr_life(c).state;

	return (s == CTR_CREATED || s == CTR_EXITED || s == CTR_DEAD) &&
	       (!until_ns || c->created_ns < until_ns) &&
	       filters_match_labels(f, "label", &c->config.labels) &&
	       has_none_of(f, &c->config.labels);
}

static void prune_one(
	struct engine *eng, struct arena *a, struct container *c, struct prune_response *out)
{
	int64_t rw = 0, image = 0;
	struct err e;

	if (image_root_size(eng->images, c->id, &rw, &image, &e))
		rw = 0;
	if (remove_one(eng, c, c->id, &(struct engine_remove){ 0 }, &e)) {
		log_warn("ctr %s: prune: %s, ignoring", c->id, e.msg);
		return;
	}
	str_list_add(a, &out->containers_deleted, c->id);
	out->space_reclaimed += (uint64_t)rw;
}

int engine_prune(struct engine *eng, struct arena *a, const struct filters *f,
	struct prune_response *out, struct err *e)
{
	int64_t until_ns = 0;
	const struct str_list *until = filters_get(f, "until");
	struct ctr_list all;

	*out = (struct prune_response){ 0 };
	if (filters_check(f, prune_filters, e))
		return -1;
	if (until && until->n > 1)
		return err_set(e, ERR_INVALID, "more than one until filter specified");
	if (until && until_parse(until->v[0], clock_now_ns(), &until_ns, e))
		return -1;
	registry_all(eng->registry, a, &all);
	for (size_t i = 0; i < all.n; i++)
		if (is_prunable(all.v[i], f, until_ns))
			prune_one(eng, a, all.v[i], out);
	ctr_list_unref(&all);

	struct str_map attrs = { 0 };
	str_map_set(a, &attrs, "reclaimed", arena_printf(a, "%" PRIu64, out->space_reclaimed));
	engine_publish(eng, "container", "prune", "", &attrs);
	return 0;
}

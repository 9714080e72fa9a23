/* SPDX-License-Identifier: Apache-2.0 */
/* Freezing and thawing. */
#include "base/cleanup.h"
#include "engine/lifecycle.h"
#include "engine_int.h"
#include "group.h"
#include "persist.h"
#include "signal_ctr.h"

static int freeze(struct engine *eng, struct container *c, bool on, struct err *e)
{
	own_cgroup cg = group_open(eng, c, e);

	if (!cg || cgroup_freeze(cg, on, e))
		return err_in(
			e, on ? "Cannot pause container %s" : "Cannot unpause container %s", c->id);
	return 0;
}

/* Moves between running and paused, unless the container ended meanwhile. */
static void mark(struct container *c, enum ctr_state from, enum ctr_state to)
{
	pthread_mutex_lock(&c->lock);
	if (c->life.state == from)
		c->life.state = to;
	pthread_mutex_unlock(&c->lock);
	persist_state(c);
}

int ctr_freeze(struct engine *eng, struct container *c, struct err *e)
{
	if (freeze(eng, c, true, e))
		return -1;
	mark(c, CTR_RUNNING, CTR_PAUSED);
	ctr_event(eng, c, "pause", NULL);
	return 0;
}

int ctr_thaw(struct engine *eng, struct container *c, struct err *e)
{
	if (freeze(eng, c, false, e))
		return -1;
	mark(c, CTR_PAUSED, CTR_RUNNING);
	ctr_event(eng, c, "unpause", NULL);
	return 0;
}

static int allowed(struct container *c, enum ctr_verb verb, const char *name, struct err *e)
{
	own_lock guard = lock_take(&c->lock);

	return ctr_allow(c, verb, name, e);
}

int engine_pause(struct engine *eng, const char *name, struct err *e)
{
	own_ctr c = registry_find(eng->registry, name, e);

	if (!c)
		return -1;
	own_lock verb = lock_take(&c->verb);
	return allowed(c, CTR_PAUSE, name, e) ? -1 : ctr_freeze(eng, c, e);
}

int engine_unpause(struct engine *eng, const char *name, struct err *e)
{
	own_ctr c = registry_find(eng->registry, name, e);

	if (!c)
		return -1;
	own_lock verb = lock_take(&c->verb);
	return allowed(c, CTR_UNPAUSE, name, e) ? -1 : ctr_thaw(eng, c, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Giving a container another name. */
#include "base/cleanup.h"
#include "base/slice.h"
#include "engine/lifecycle.h"
#include "engine_int.h"
#include "persist.h"

/* The new name is reserved for c: on disk first, then everywhere. */
static int take_name(struct engine *eng, struct container *c, const char *new_name, struct err *e)
{
	own_arena a = arena_new();
	const char *old = registry_rename(eng->registry, a, c, new_name);

	if (persist_state_checked(c, e) == 0) {
		ctr_event_with(eng, c, "rename", "oldName", arena_printf(a, "/%s", old));
		return 0;
	}
	struct err ignored;
	if (registry_reserve(eng->registry, a, old, c->id, &ignored))
		registry_rename(eng->registry, a, c, old);
	return -1;
}

int engine_rename(struct engine *eng, const char *name, const char *new_name, struct err *e)
{
	own_arena a = arena_new();
	const char *bare = new_name && *new_name == '/' ? new_name + 1 : new_name;

	if (str_empty(name) || str_empty(bare))
		return err_set(e, ERR_INVALID, "Neither old nor new names may be empty");
	own_ctr c = registry_find(eng->registry, name, e);
	if (!c)
		return -1;
	own_lock verb = lock_take(&c->verb);
	if (str_eq(ctr_name(c, a), bare))
		return err_set(e, ERR_INVALID,
			"Renaming a container with the same name as its current name");
	pthread_mutex_lock(&c->lock);
	int refused = ctr_allow(c, CTR_RENAME, name, e);
	pthread_mutex_unlock(&c->lock);
	if (refused)
		return -1;
	if (registry_check_name(bare, e) || !registry_reserve(eng->registry, a, bare, c->id, e))
		return err_in(e, "Error when allocating new name");
	return take_name(eng, c, bare, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See group.h. */
#include "group.h"

#include <string.h>

#include "base/slice.h"
#include "base/cleanup.h"
#include "sys/scope.h"

int group_check_parent(const struct engine *eng, const char *parent, struct err *e)
{
	if (str_empty(parent))
		return 0;
	if (strstr(parent, ".."))
		return err_set(e, ERR_INVALID, "invalid cgroup parent: %s", parent);
	if (!eng->systemd_cgroup || (str_ends(parent, ".slice") && !strchr(parent, '/')))
		return 0;
	return err_set(e, ERR_INVALID,
		"cgroup-parent for systemd cgroup should be a valid slice named as \"xxx.slice\"");
}

void group_name(const struct engine *eng, struct container *c)
{
	const char *parent =
		str_empty(c->host.cgroup_parent) ? eng->cgroup_parent : c->host.cgroup_parent;
	own_lock guard = lock_take(&c->lock);
	own_arena a = arena_new();
	const char *path = eng->systemd_cgroup ? arena_printf(a, "%s:docker:%s", parent, c->id)
					       : arena_printf(a, "%s%s/%s",
							 *parent == '/' ? "" : "/", parent, c->id);

	if (!str_eq(c->cgroup_path, path))
		c->cgroup_path = arena_strdup(c->arena, path);
}

struct cgroup *group_open(const struct engine *eng, const struct container *c, struct err *e)
{
	return scope_find(eng->cgroups, c->cgroup_path, e);
}

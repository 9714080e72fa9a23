/* SPDX-License-Identifier: Apache-2.0 */
/* See placement.h. What a unit is and has is sys/scope.h's. */
#include "placement.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/slice.h"
#include "program.h"
#include "sys/scope.h"

#define PLACED_SIZE 65536

/*
 * By now we run from a mount or file of our own that has no path (seal.h): only the name we were called by tells where
 * tare-scope is. NULL: it is looked for in the usual way.
 */
static const char *find_program(struct arena *a, const char *self)
{
	static const char *const places[] = { "", "/../libexec/tare" };
	struct err ignored;
	char real[PATH_MAX];
	const char *path = getenv("PATH");

	if (!strchr(self, '/'))
		self = program_find(a, self, path ? path : "", &ignored);
	if (!self || !realpath(self, real))
		return NULL;
	*strrchr(real, '/') = 0;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *file = arena_printf(a, "%s%s/tare-scope", real, places[i]);
		if (access(file, X_OK) == 0)
			return file;
	}
	return NULL;
}

static bool sees_own_group(const struct creation *c)
{
	const struct oci_mount_list *l = &c->bundle.spec.mounts;

	if (!(c->plan.fresh & CLONE_NEWCGROUP))
		return false;
	for (size_t i = 0; i < l->n; i++) {
		const struct oci_mount *m = &l->v[i];
		if ((str_eq(m->type, "cgroup") || str_eq(m->type, "cgroup2")) &&
			str_eq(m->destination, "/sys/fs/cgroup"))
			return !str_list_has(&m->options, "ro");
	}
	return false;
}

int placement_give(const struct creation *c, struct err *e)
{
	const struct oci_id_map_list *maps = &c->bundle.spec.linux.uid_mappings;
	uint32_t uid = c->bundle.spec.process->user.uid;

	if (!sees_own_group(c))
		return 0;
	for (size_t i = 0; i < maps->n; i++)
		if (uid >= maps->v[i].container_id &&
			uid - maps->v[i].container_id < maps->v[i].size)
			return cgroup_give(
				c->cgroup, maps->v[i].host_id + (uid - maps->v[i].container_id), e);
	/* Without maps ids are what they are; one that is not mapped is complained about elsewhere. */
	return maps->n || uid == 0 ? 0 : cgroup_give(c->cgroup, uid, e);
}

int placement_attach(const struct runtime *rt, struct cgroup *cg, pid_t pid, struct err *e)
{
	return scope_attach(cg, find_program(rt->arena, rt->argv[0]), pid, e);
}

/* The first stage was copied from us before there was a group to know of: it is told where it is by a page both see. */
static int tell_group(const struct creation *c, struct err *e)
{
	own_buf text = { 0 };

	buf_init(&text, PLACED_SIZE);
	cgroup_save(c->cgroup, &text);
	if (!buf_ok(&text))
		return err_set(e, ERR_INTERNAL, "the cgroup has too many paths");
	memcpy(c->placed, text.data, text.len + 1);
	return 0;
}

static int learn_group(void *arg, int line, struct err *e)
{
	struct creation *c = arg;

	(void)line;
	c->cgroup = cgroup_restore(c->placed, e);
	return c->cgroup ? 0 : -1;
}

static int place(void *arg, pid_t stage, struct err *e)
{
	struct creation *c = arg;
	struct oci_resources limits;

	creation_first_limits(c, &limits);
	c->cgroup = scope_start(c->host, c->scope, stage, &limits, e);
	if (!c->cgroup)
		return err_in(e, "unable to apply cgroup configuration");
	if (cgroup_apply(c->cgroup, &limits, e) || creation_set_devices(c, &limits.devices, e) ||
		placement_give(c, e))
		return err_in(e, "error setting cgroup config for procHooks process");
	return tell_group(c, e);
}

int placement_plan(struct creation *c, struct err *e)
{
	struct arena *a = c->rt->arena;
	struct scope *s = ARENA_NEW(a, struct scope);

	if (!scope_is_available())
		return err_set(e, ERR_UNAVAILABLE,
			"systemd cgroup flag passed, but systemd support for managing cgroups is not available");
	if (scope_parse(a, c->bundle.spec.linux.cgroups_path, c->id, creation_is_rootless(c), s, e))
		return -1;
	c->placed =
		mmap(NULL, PLACED_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c->placed == MAP_FAILED)
		return err_sys(e, "map memory");
	s->program = find_program(a, c->rt->argv[0]);
	s->annotations = &c->bundle.spec.annotations;
	c->scope = s;
	c->plan.place = place;
	c->plan.leave = learn_group;
	c->plan.arg = c;
	return 0;
}

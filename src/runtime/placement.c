/* SPDX-License-Identifier: Apache-2.0 */
/* See placement.h. What a unit is and has is sys/scope.h's. */
#include "placement.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/slice.h"
#include "program.h"
#include "sys/scope.h"

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

static int place(void *arg, pid_t stage, struct err *e)
{
	struct creation *c = arg;
	struct oci_resources limits = { 0 };

	if (c->bundle.spec.linux.resources)
		limits = *c->bundle.spec.linux.resources;
	creation_device_rules(c, &limits.devices);
	c->cgroup = scope_start(c->host, c->scope, stage, &limits, e);
	if (!c->cgroup)
		return err_in(e, "unable to apply cgroup configuration");
	if (cgroup_apply(c->cgroup, &limits, e) ||
		cgroup_set_devices(c->cgroup, &limits.devices, e))
		return err_in(e, "error setting cgroup config for procHooks process");
	return 0;
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
	s->program = find_program(a, c->rt->argv[0]);
	c->scope = s;
	c->plan.place = place;
	c->plan.arg = c;
	return 0;
}

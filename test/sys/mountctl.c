/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys/mounts.h as a command, for mount.bats: mountctl ROOT CGROUP own|host COMMAND… < SPEC. In a mount namespace of the caller's
 * making: mounts what the spec lists below ROOT, masks, pivots and executes the command there.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "oci/runtime_spec.h"
#include "sys/cgroup.h"
#include "sys/device.h"
#include "sys/mount_cgroup.h"
#include "sys/mounts.h"
#include "sys/ns.h"

/* With the user namespace of the process IDMAP_PID names. */
static int open_source(void *arg, const struct oci_mount *m, struct err *e)
{
	const char *pid = getenv("IDMAP_PID");
	own_fd ns = pid ? ns_open((pid_t)strtol(pid, NULL, 10), ns_find("user"), e) : -1;

	if (!pid)
		return err_set(e, ERR_INVALID, "IDMAP_PID is not set");
	return ns < 0 ? -1 : mount_source_open(m, NULL, ns, e);
}

static int mount_cgroups(int root, const struct oci_mount *m, char **argv, struct err *e)
{
	struct cgroup_host *h = cgroup_host_new(e);
	own_cgroup cg = h ? cgroup_open(h, argv[2], e) : NULL;
	int rc = cg ? mount_cgroup(root, m, h, cg, strcmp(argv[3], "own") == 0, e) : -1;

	cgroup_host_free(h);
	return rc;
}

static int make_root(int root, const struct oci_spec *s, char **argv, struct err *e)
{
	struct mount_env env = { .root = root, .source = open_source };

	for (size_t i = 0; i < s->mounts.n; i++) {
		const struct oci_mount *m = &s->mounts.v[i];
		bool is_cgroup = m->type && strcmp(m->type, "cgroup") == 0;
		if (is_cgroup ? mount_cgroups(root, m, argv, e) : mount_oci(&env, m, e))
			return -1;
	}
	for (size_t i = 0; i < device_n_defaults; i++)
		if (device_create(root, &device_defaults[i], false, e))
			return -1;
	for (size_t i = 0; i < s->mounts.n; i++)
		if (mount_oci_finish(&env, &s->mounts.v[i], e))
			return -1;
	if (mount_mask_paths(root, 0, &s->linux.masked_paths, e) ||
		mount_readonly_paths(root, 0, &s->linux.readonly_paths, e))
		return -1;
	return s->root.readonly ? mount_set_readonly(root, e) : 0;
}

static int run(int argc, char **argv, struct err *e)
{
	static char text[1 << 20];
	own_arena a = arena_new();
	struct oci_spec s;
	ssize_t n = io_read(0, text, sizeof(text), e);

	if (argc < 5)
		return err_set(e, ERR_INVALID, "usage: mountctl ROOT CGROUP own|host COMMAND…");
	if (n < 0 || oci_spec_parse(a, text, (size_t)n, &s, e))
		return -1;
	own_fd self = mount_clone_path(AT_FDCWD, argv[1], true, e);
	own_fd at = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (self < 0 || at < 0 || mount_attach(self, at, e))
		return -1;
	if (make_root(self, &s, argv, e) || mount_pivot(self, e))
		return -1;
	execvp(argv[4], argv + 4);
	return err_sys(e, "exec %s", argv[4]);
}

int main(int argc, char **argv)
{
	struct err e;

	if (run(argc, argv, &e) == 0)
		return 0;
	fprintf(stderr, "mountctl: %s\n", e.msg);
	return 1;
}

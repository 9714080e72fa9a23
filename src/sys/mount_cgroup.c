/* SPDX-License-Identifier: Apache-2.0 */
/* The container's /sys/fs/cgroup, laid out as hosts lay out theirs: one directory a hierarchy on v1, one tree on v2. */
#include "sys/mount_cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "sys/mounts.h"

struct view {
	const struct cgroup_host *host;
	const struct cgroup *cg;
	bool own_cgroupns;
};

/* The v2 tree as the host shows it, from there down. */
static int clone_v2(const char *path, const struct mount_opts *o, struct err *e)
{
	own_fd mnt = mount_clone_path(AT_FDCWD, path, true, e);

	if (mnt < 0 || mount_apply_opts(mnt, o, e))
		return -1;
	return take_fd(&mnt);
}

/*
 * Without a cgroup namespace of the container's own the host's mount is shown: a new one would give its options to the
 * whole machine's tree, which loses nsdelegate and memory_recursiveprot then.
 */
static int open_v2(const struct view *v, const struct mount_opts *o, struct err *e)
{
	const struct cgroup_mount *mounts;
	size_t n = cgroup_host_mounts(v->host, &mounts);

	for (size_t i = 0; i < n && !v->own_cgroupns; i++)
		if (mounts[i].v2)
			return clone_v2(mounts[i].mount_point, o, e);
	int mnt = mount_new("cgroup2", "cgroup", o, e);
	/* A user namespace that does not own the cgroup namespace may not mount it (as runc does). */
	const char *dir = cgroup_dir(v->cg, "");
	if (mnt < 0 && (e->sys == EPERM || e->sys == EBUSY))
		return clone_v2(dir ? dir : "/sys/fs/cgroup", o, e);
	return mnt;
}

static int mount_v2(int target, const struct mount_opts *o, const struct view *v, struct err *e)
{
	own_fd mnt = open_v2(v, o, e);

	return mnt < 0 ? -1 : mount_attach(mnt, target, e);
}

/* The hierarchy as the container may see it: from its own group down. */
static int open_hierarchy(struct arena *a, const struct cgroup_mount *h, const struct mount_opts *o,
	const struct cgroup *cg, bool own_cgroupns, struct err *e)
{
	struct mount_opts opts = *o;
	bool is_named = str_starts(h->controllers, "name=");

	if (own_cgroupns) {
		opts.data = is_named ? arena_printf(a, "none,%s", h->controllers) : h->controllers;
		return mount_new("cgroup", "cgroup", &opts, e);
	}
	struct slice first, rest;
	slice_cut(slice_str(h->controllers), ',', &first, &rest);
	const char *dir = cgroup_dir(cg, arena_strndup(a, first.p, first.n));
	if (!dir)
		return err_set(e, ERR_INTERNAL, "the container is in no %s cgroup", h->controllers);
	own_fd mnt = mount_clone_path(AT_FDCWD, dir, true, e);
	if (mnt < 0 || mount_apply_opts(mnt, &opts, e))
		return -1;
	return take_fd(&mnt);
}

/* cpu → cpu,cpuacct and the like, where hierarchies hold several controllers. */
static int link_controllers(
	struct arena *a, int top, const char *controllers, const char *name, struct err *e)
{
	struct slice rest = slice_str(controllers), one;

	if (!strchr(controllers, ','))
		return 0;
	for (bool more = true; more;) {
		more = slice_cut(rest, ',', &one, &rest);
		const char *link = arena_strndup(a, one.p, one.n);
		if (strcmp(link, name) != 0 && symlinkat(name, top, link) && errno != EEXIST)
			return err_sys(e, "link %s", link);
	}
	return 0;
}

static int add_hierarchy(
	struct arena *a, int top, const struct cgroup_mount *h, int mnt, struct err *e)
{
	const char *slash = strrchr(h->mount_point, '/'),
		   *name = slash ? slash + 1 : h->mount_point;

	if (mkdirat(top, name, 0755) && errno != EEXIST)
		return err_sys(e, "make %s", name);
	own_fd dir = openat(top, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return err_sys(e, "open %s", name);
	return mount_attach(mnt, dir, e) ? -1 : link_controllers(a, top, h->controllers, name, e);
}

static int mount_v1(int target, const struct mount_opts *o, const struct view *v, struct err *e)
{
	own_arena a = arena_new();
	struct mount_opts writable = *o;
	const struct cgroup_mount *mounts;
	size_t n = cgroup_host_mounts(v->host, &mounts);

	writable.attr_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	writable.data = "mode=755";
	own_fd top = mount_new("tmpfs", "tmpfs", &writable, e);
	if (top < 0 || mount_attach(top, target, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (mounts[i].v2)
			continue;
		own_fd mnt = open_hierarchy(a, &mounts[i], o, v->cg, v->own_cgroupns, e);
		if (mnt < 0 || add_hierarchy(a, top, &mounts[i], mnt, e))
			return err_in(e, "cgroup hierarchy %s", mounts[i].controllers);
	}
	return o->attr_set & MOUNT_ATTR_RDONLY ? mount_set_readonly(top, e) : 0;
}

int mount_cgroup(int root, const struct oci_mount *m, const struct cgroup_host *host,
	const struct cgroup *cg, bool own_cgroupns, struct err *e)
{
	own_arena a = arena_new();
	struct view v = { host, cg, own_cgroupns };
	struct mount_opts o;
	struct statfs fs;

	if (mount_parse_options(a, &m->options, &o, e))
		return -1;
	o.data = NULL; /* which controllers is decided by what the host has */
	own_fd target = mount_target_open(root, m->destination, MOUNT_TARGET_DIR, e);
	if (target >= 0 && (fstatfs(target, &fs) || fs.f_type == PROC_SUPER_MAGIC))
		return err_set(e, ERR_INVALID,
			"\"%s\" cannot be mounted because it is inside /proc", m->destination);
	int rc = target < 0				  ? -1
		 : cgroup_host_version(host) == CGROUP_V2 ? mount_v2(target, &o, &v, e)
							  : mount_v1(target, &o, &v, e);
	/* What is visible now belongs to the mount that went on top of the target. */
	if (rc == 0 && o.propagation) {
		own_fd top = mount_target_open(root, m->destination, MOUNT_TARGET_DIR, e);
		rc = top < 0 ? -1 : mount_set_propagation(top, o.propagation, e);
	}
	return rc ? err_in(e, "error mounting \"cgroup\" to rootfs at \"%s\"", m->destination) : 0;
}

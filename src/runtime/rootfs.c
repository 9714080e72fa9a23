/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every path below the root is resolved by the kernel with the root as "/" (sys/mounts.h), before as well as
 * after the container's image had its say in it, so no symlink in it leads out. Masks and read-only
 * paths come last, after the hooks that may still change the root.
 */
#include "rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/slice.h"
#include "sys/device.h"
#include "sys/mount_cgroup.h"
#include "sys/mounts.h"

static const struct propagation {
	const char *name;
	unsigned long flags;
} propagations[] = {
	{ "rprivate", MS_PRIVATE | MS_REC },
	{ "private", MS_PRIVATE },
	{ "rslave", MS_SLAVE | MS_REC },
	{ "slave", MS_SLAVE },
	{ "rshared", MS_SHARED | MS_REC },
	{ "shared", MS_SHARED },
	{ "runbindable", MS_UNBINDABLE | MS_REC },
	{ "unbindable", MS_UNBINDABLE },
};

static int find_propagation(const char *name, unsigned long *out, struct err *e)
{
	*out = 0;
	if (str_empty(name))
		return 0;
	for (size_t i = 0; i < sizeof(propagations) / sizeof(propagations[0]); i++) {
		if (strcmp(propagations[i].name, name))
			continue;
		*out = propagations[i].flags;
		return 0;
	}
	return err_set(e, ERR_INVALID, "rootfsPropagation=%s is not supported", name);
}

int rootfs_check(const struct oci_spec *s, bool no_pivot, struct err *e)
{
	unsigned long flags;

	if (find_propagation(s->linux.rootfs_propagation, &flags, e))
		return -1;
	if (no_pivot && flags & MS_PRIVATE)
		return err_set(e, ERR_INVALID,
			"rootfsPropagation of [r]private is not safe without pivot_root");
	return 0;
}

/* What we mount on a shared parent would appear on the host: makes the mount path lies on private. */
static int make_parent_private(const char *path, struct err *e)
{
	char at[PATH_MAX];

	snprintf(at, sizeof(at), "%s", path);
	for (;;) {
		/* EINVAL: not a mount point; the one above may be. */
		if (mount(NULL, at, NULL, MS_PRIVATE, NULL) == 0)
			return 0;
		if (errno != EINVAL || strcmp(at, "/") == 0)
			return err_sys(e, "make parent mount of %s private", path);
		char *slash = strrchr(at, '/');
		slash[slash == at] = 0;
	}
}

/* Cuts the tree off the host's as rootfsPropagation says (default: slave, so host umounts arrive). */
static int set_host_propagation(const struct rootfs *r, struct err *e)
{
	unsigned long flags;
	own_fd top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (top < 0)
		return err_sys(e, "open /");
	if (find_propagation(r->spec->linux.rootfs_propagation, &flags, e))
		return -1;
	/* Of an unbindable tree the root could not be cloned: the container's is made so in the end. */
	if (!flags || flags & MS_UNBINDABLE)
		flags = MS_SLAVE | MS_REC;
	if (mount_set_propagation(top, flags, e))
		return -1;
	return flags & MS_SHARED ? make_parent_private(r->path, e) : 0;
}

/* The root must be a mount of its own to be pivoted to. */
static int mount_root(struct rootfs *r, struct err *e)
{
	own_fd target = open(r->path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (target < 0)
		return err_sys(e, "open rootfs %s", r->path);
	own_fd root = mount_clone(target, true, e);
	if (root < 0 || mount_attach(root, target, e))
		return err_in(e, "mount rootfs %s", r->path);
	r->root = take_fd(&root);
	return 0;
}

/* A container without a group of its own (rootless) is shown what the host shows. */
static int mount_host_cgroups(const struct mount_env *env, const struct oci_mount *m, struct err *e)
{
	own_arena a = arena_new();
	struct mount_env own = *env;
	struct oci_mount host = *m;

	host.type = "bind";
	host.source = "/sys/fs/cgroup";
	host.options = (struct str_list){ 0 };
	for (size_t i = 0; i < m->options.n; i++)
		str_list_add(a, &host.options, m->options.v[i]);
	str_list_add(a, &host.options, "rbind");
	own.source = NULL; /* it is no mount of the spec */
	return mount_oci(&own, &host, e);
}

static struct mount_env mount_env(const struct rootfs *r)
{
	return (struct mount_env){
		.root = r->root,
		.label = r->spec->linux.mount_label,
		.base = r->bundle,
		.source = r->source,
		.arg = r->source_arg,
	};
}

static int await_cgroup(struct rootfs *r, struct err *e)
{
	int (*await)(void *arg, struct err *e) = r->await_cgroup;

	r->await_cgroup = NULL;
	return await ? await(r->arg, e) : 0;
}

static int mount_one(struct rootfs *r, const struct oci_mount *m, struct err *e)
{
	struct mount_env env = mount_env(r);

	if (fault_point("rootfs.mount", e))
		return -1;
	if (!str_eq(m->type, "cgroup") && !str_eq(m->type, "cgroup2"))
		return mount_oci(&env, m, e);
	if (await_cgroup(r, e))
		return -1;
	if (!r->cgroup)
		return mount_host_cgroups(&env, m, e);
	return mount_cgroup(r->root, m, r->host, r->cgroup, r->own_cgroup_ns, e);
}

/* With the host's /dev bound there is nothing to make; with a fresh one, the usual nodes. */
static bool has_host_dev(const struct oci_spec *s)
{
	for (size_t i = 0; i < s->mounts.n; i++) {
		const struct oci_mount *m = &s->mounts.v[i];
		if ((str_eq(m->destination, "/dev") || str_eq(m->destination, "/dev/")) &&
			(str_eq(m->type, "bind") || str_list_has(&m->options, "bind") ||
				str_list_has(&m->options, "rbind")))
			return true;
	}
	return false;
}

static bool spec_has_device(const struct oci_spec *s, const char *path)
{
	for (size_t i = 0; i < s->linux.devices.n; i++)
		if (str_eq(s->linux.devices.v[i].path, path))
			return true;
	return false;
}

static int make_devices(const struct rootfs *r, struct err *e)
{
	const struct oci_device_list *own = &r->spec->linux.devices;
	mode_t old = umask(0);
	int rc = 0;

	if (fault_point("rootfs.devices", e))
		return -1;
	for (size_t i = 0; i < device_n_defaults && !rc; i++)
		if (!spec_has_device(r->spec, device_defaults[i].path))
			rc = device_create(r->root, &device_defaults[i], r->in_user_ns, e);
	for (size_t i = 0; i < own->n && !rc; i++)
		rc = device_create(r->root, &own->v[i], r->in_user_ns, e);
	umask(old);
	if (rc)
		return err_in(e, "error creating device nodes");
	own_fd dev = fs_open_in(r->root, "/dev", O_PATH | O_DIRECTORY, 0, e);
	return dev < 0 ? -1 : device_create_links(dev, e);
}

int rootfs_mount(struct rootfs *r, struct err *e)
{
	r->root = -1;
	if (set_host_propagation(r, e) || fault_point("rootfs.root", e) || mount_root(r, e))
		return -1;
	for (size_t i = 0; i < r->spec->mounts.n; i++)
		if (mount_one(r, &r->spec->mounts.v[i], e))
			return -1;
	if (await_cgroup(r, e))
		return -1;
	return has_host_dev(r->spec) ? 0 : make_devices(r, e);
}

/* On a file of /dev, not behind a link: masks are not in place yet. */
static int bind_console(int dev, int slave, struct err *e)
{
	struct stat st;
	own_fd made =
		openat(dev, "console", O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (made < 0 && errno != EEXIST)
		return err_sys(e, "create /dev/console");
	own_fd target = openat(dev, "console", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0 || fstat(target, &st))
		return err_sys(e, "open /dev/console");
	if (S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode))
		return err_set(e, ERR_INVALID, "/dev/console is no file");
	own_fd console = mount_clone(slave, false, e);
	return console < 0 ? -1 : mount_attach(console, target, e);
}

int rootfs_console(
	const struct rootfs *r, const struct oci_console_size *size, struct pty *out, struct err *e)
{
	own_fd dev = fs_open_in(r->root, "/dev", O_PATH | O_DIRECTORY, 0, e);

	if (dev < 0 || fault_point("rootfs.console", e) || pty_open(dev, out, e))
		return -1;
	if ((size && pty_resize(out->master, (uint16_t)size->height, (uint16_t)size->width, e)) ||
		bind_console(dev, out->slave, e)) {
		pty_close(out);
		return -1;
	}
	return 0;
}

/* runc makes a missing working directory. What goes wrong here chdir will tell. */
static void make_cwd(const struct rootfs *r)
{
	struct err ignored;
	own_fd made = fs_mkdir_in(r->root, r->spec->process->cwd, 0755, &ignored);
	(void)made;
}

static unsigned find_pseudo_mounts(const struct oci_spec *s)
{
	unsigned has = 0;

	for (size_t i = 0; i < s->mounts.n; i++) {
		const struct oci_mount *m = &s->mounts.v[i];
		if (str_eq(m->type, "proc") && str_eq(m->destination, "/proc"))
			has |= MOUNT_HAS_PROC;
		else if (str_eq(m->type, "sysfs") && str_eq(m->destination, "/sys"))
			has |= MOUNT_HAS_SYSFS;
	}
	return has;
}

int rootfs_enter(struct rootfs *r, struct err *e)
{
	const struct oci_linux *l = &r->spec->linux;
	unsigned has = find_pseudo_mounts(r->spec);
	unsigned long flags;

	if (find_propagation(l->rootfs_propagation, &flags, e) || fault_point("rootfs.enter", e))
		return -1;
	make_cwd(r);
	struct mount_env env = mount_env(r);
	for (size_t i = 0; i < r->spec->mounts.n; i++)
		if (mount_oci_finish(&env, &r->spec->mounts.v[i], e))
			return -1;
	if (mount_mask_paths(r->root, has, &l->masked_paths, e) ||
		mount_readonly_paths(r->root, has, &l->readonly_paths, e))
		return -1;
	if (r->spec->root.readonly && mount_set_readonly(r->root, e))
		return -1;
	if (r->no_pivot ? mount_move_root(r->root, e) : mount_pivot(r->root, e))
		return -1;
	if (flags && mount_set_propagation(r->root, flags, e))
		return -1;
	close(take_fd(&r->root));
	return 0;
}

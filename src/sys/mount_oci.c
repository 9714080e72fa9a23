/* SPDX-License-Identifier: Apache-2.0 */
/* One mount of a spec from its line to its place. Who may mount where is decided by what fds say, not by paths. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/slice.h"
#include "sys/lsm.h"
#include "sys/mounts.h"

/* Files inside /proc that programs like lxcfs replace; nothing else there may be mounted over (as in runc). */
static const char *const proc_exceptions[] = { "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo",
	"/proc/stat", "/proc/swaps", "/proc/uptime", "/proc/loadavg", "/proc/slabinfo",
	"/proc/net/dev", "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled", NULL };

static bool is_on(int fd, long magic)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == magic;
}

int mount_target_open(int root, const char *path, enum mount_target kind, struct err *e)
{
	struct stat st;

	if (kind == MOUNT_TARGET_DIR)
		return fs_mkdir_in(root, path, 0755, e);
	own_fd fd = fs_create_in(root, path, 0644, e);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st))
		return err_sys(e, "look at %s", path);
	if (S_ISDIR(st.st_mode))
		return err_set(e, ERR_INVALID, "%s is a directory, not a file", path);
	return take_fd(&fd);
}

/* Without trailing or doubled slashes. */
static void clean_path(const char *path, char *out, size_t size)
{
	size_t n = 0;

	for (const char *p = path; *p && n + 1 < size; p++)
		if (*p != '/' || (p[1] && p[1] != '/'))
			out[n++] = *p;
	out[n] = 0;
}

static bool is_same(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* A target inside procfs must be one of the exceptions; /proc itself takes procfs only (CVE-2019-16884). */
static int check_proc(
	const struct mount_env *env, int target, int mnt, const struct oci_mount *m, struct err *e)
{
	char path[256];
	struct err none;

	if (is_on(mnt, PROC_SUPER_MAGIC))
		return 0;
	own_fd proc = fs_open_in(env->root, "/proc", O_PATH, 0, &none);
	if (proc >= 0 && is_same(proc, target))
		return err_set(e, ERR_INVALID,
			"\"%s\" cannot be mounted because it is not of type proc", m->destination);
	if (!is_on(target, PROC_SUPER_MAGIC))
		return 0;
	clean_path(m->destination, path, sizeof(path));
	for (const char *const *x = proc_exceptions; *x; x++)
		if (strcmp(*x, path) == 0)
			return 0;
	return err_set(e, ERR_INVALID, "\"%s\" cannot be mounted because it is inside /proc",
		m->destination);
}

/* proc and sysfs over a symlink would hide what is meant to be masked: only a plain directory will do. */
static int open_plain_dir(int root, const struct oci_mount *m, struct err *e)
{
	struct stat st;
	char path[PATH_MAX];

	/* A slash or "." at the end would have a link followed. */
	size_t n = (size_t)snprintf(path, sizeof(path), "%s", m->destination);
	while (n > 1 && n < sizeof(path) &&
		(path[n - 1] == '/' || (path[n - 1] == '.' && path[n - 2] == '/')))
		path[--n] = 0;
	own_fd fd = fs_open_in(root, path, O_PATH | O_NOFOLLOW, 0, e);
	if (fd < 0 && e->sys == ENOENT) {
		own_fd made = fs_mkdir_in(root, path, 0755, e);
		if (made < 0)
			return -1;
		fd = fs_open_in(root, path, O_PATH | O_NOFOLLOW, 0, e);
	}
	if (fd < 0)
		return -1;
	if (fstat(fd, &st))
		return err_sys(e, "look at %s", m->destination);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_INVALID,
			"filesystem \"%s\" must be mounted on ordinary directory", m->type);
	return take_fd(&fd);
}

static int open_target(int root, const struct oci_mount *m, enum mount_target kind, struct err *e)
{
	own_fd fd = str_eq(m->type, "proc") || str_eq(m->type, "sysfs")
			    ? open_plain_dir(root, m, e)
			    : mount_target_open(root, m->destination, kind, e);
	if (fd < 0)
		return -1;
	if (is_same(fd, root))
		return err_set(
			e, ERR_INVALID, "mounting over the container's root is not possible");
	return take_fd(&fd);
}

bool mount_is_idmapped(const struct oci_mount *m)
{
	return m->uid_mappings.n || str_list_has(&m->options, "idmap") ||
	       str_list_has(&m->options, "ridmap");
}

int mount_source_open(const struct oci_mount *m, const char *base, int userns, struct err *e)
{
	own_arena a = arena_new();
	struct mount_opts o;
	const char *path = m->source;

	if (mount_parse_options(a, &m->options, &o, e))
		return -1;
	/* o.data means nothing to a bind; the kernel, and so Debian's runc, lets it pass. */
	if (str_empty(path))
		return err_set(e, ERR_INVALID, "bind mount without a source");
	if (path[0] != '/' && base)
		path = arena_printf(a, "%s/%s", base, path);
	own_fd mnt = mount_clone_path(AT_FDCWD, path, o.recursive || str_eq(m->type, "rbind"), e);
	if (mnt < 0 || (userns >= 0 && mount_idmap(mnt, userns, o.ridmap, e)))
		return -1;
	return take_fd(&mnt);
}

static int open_source(const struct mount_env *env, const struct oci_mount *m, struct err *e)
{
	bool is_mapped = mount_is_idmapped(m);

	if (is_mapped && !env->source)
		return err_set(e, ERR_INVALID, "id-mapped mounts are not possible here");
	if (is_mapped)
		return env->source(env->arg, m, e);
	int mnt = mount_source_open(m, env->base, -1, e);
	/* Root of a user namespace need not get to where the host's root gets. */
	return mnt < 0 && e->sys == EACCES && env->source ? env->source(env->arg, m, e) : mnt;
}

static int mount_bind(const struct mount_env *env, const struct oci_mount *m,
	const struct mount_opts *o, struct err *e)
{
	struct stat st;

	own_fd mnt = open_source(env, m, e);
	if (mnt < 0)
		return -1;
	if (fstat(mnt, &st))
		return err_sys(e, "look at %s", m->source);
	own_fd target = open_target(
		env->root, m, S_ISDIR(st.st_mode) ? MOUNT_TARGET_DIR : MOUNT_TARGET_FILE, e);
	if (target < 0 || check_proc(env, target, mnt, m, e))
		return -1;
	if (mount_apply_opts(mnt, o, e) || mount_set_propagation(mnt, o->propagation, e))
		return -1;
	return mount_attach(mnt, target, e);
}

/* The filesystem's own options with what the spec leaves to the runtime: label, and a tmpfs's mode. */
static const char *full_data(struct arena *a, const struct mount_env *env,
	const struct oci_mount *m, const struct mount_opts *o, int target)
{
	const char *data = o->data ? o->data : "";
	struct stat st;

	/* A tmpfs takes over the mode of what it covers unless told otherwise (as runc has it). */
	if (str_eq(m->type, "tmpfs") && !strstr(data, "mode=") && fstat(target, &st) == 0)
		data = arena_printf(a, "%s%smode=%04o", data, *data ? "," : "", st.st_mode & 07777);
	if (!str_empty(env->label) && !str_eq(m->type, "proc") && !str_eq(m->type, "sysfs") &&
		lsm_has_selinux())
		data = arena_printf(a, "%s%scontext=\"%s\"", data, *data ? "," : "", env->label);
	return data;
}

/* What other mounts and devices go on: "ro" waits for mount_oci_finish. */
static bool is_closed_late(const struct oci_mount *m)
{
	char path[8];

	clean_path(m->destination, path, sizeof(path));
	return str_eq(m->type, "tmpfs") || strcmp(path, "/dev") == 0;
}

static int mount_fresh(const struct mount_env *env, const struct oci_mount *m,
	const struct mount_opts *o, struct err *e)
{
	own_arena a = arena_new();
	struct mount_opts made = *o;

	own_fd target = open_target(env->root, m, MOUNT_TARGET_DIR, e);
	if (target < 0)
		return -1;
	made.data = full_data(a, env, m, o, target);
	if (is_closed_late(m)) {
		made.attr_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
		made.rec_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	}
	own_fd mnt = mount_new(m->type, m->source, &made, e);
	if (mnt < 0 || check_proc(env, target, mnt, m, e))
		return -1;
	if (o->tmpcopyup) {
		own_fd from = fs_open_in(env->root, m->destination, O_RDONLY | O_DIRECTORY, 0, e);
		if (from < 0 || mount_copy_up(from, mnt, e))
			return -1;
	}
	/* It was born with its attributes. */
	return mount_set_propagation(mnt, o->propagation, e) || mount_attach(mnt, target, e) ? -1
											     : 0;
}

static int mount_again(const struct mount_env *env, const struct oci_mount *m,
	const struct mount_opts *o, struct err *e)
{
	own_fd target = fs_open_in(env->root, m->destination, O_PATH, 0, e);

	if (target < 0 || mount_apply_opts(target, o, e))
		return -1;
	return mount_set_propagation(target, o->propagation, e);
}

int mount_oci_finish(const struct mount_env *env, const struct oci_mount *m, struct err *e)
{
	own_arena a = arena_new();
	struct mount_opts o;

	if (!is_closed_late(m) ||
		(!str_list_has(&m->options, "ro") && !str_list_has(&m->options, "rro")))
		return 0;
	if (mount_parse_options(a, &m->options, &o, e))
		return -1;
	if (o.bind || o.remount || !((o.attr_set | o.rec_set) & MOUNT_ATTR_RDONLY))
		return 0;
	own_fd target = fs_open_in(env->root, m->destination, O_PATH, 0, e);
	if (target < 0 || mount_set_readonly(target, e))
		return err_in(e, "make \"%s\" read-only", m->destination);
	return 0;
}

int mount_oci(const struct mount_env *env, const struct oci_mount *m, struct err *e)
{
	own_arena a = arena_new();
	struct mount_opts o;
	int rc;

	if (fault_point("mount.oci", e) || mount_parse_options(a, &m->options, &o, e))
		return -1;
	if (str_eq(m->type, "rbind"))
		o.bind = o.recursive = true;
	if (o.remount)
		rc = mount_again(env, m, &o, e);
	else if (o.bind || str_eq(m->type, "bind"))
		rc = mount_bind(env, m, &o, e);
	else if (str_empty(m->type))
		rc = err_set(e, ERR_INVALID, "no filesystem type");
	else
		rc = mount_fresh(env, m, &o, e);
	if (rc)
		err_in(e, "error mounting \"%s\" to rootfs at \"%s\"",
			m->source ? m->source : m->type, m->destination);
	return rc;
}

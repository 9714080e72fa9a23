/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mount(2) for a container's root. Its options may take one page: about 70 layers by their short links with
 * a usual data root. For more, paths relative to overlay2/ are used, which needs a working directory there: a
 * thread with a filesystem context of its own has one (dockerd re-executes itself for that).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/slice.h"
#include "base/thread.h"
#include "overlay.h"

#define OPTIONS_MOST 4096

static bool is_mounted(struct image_store *s, const char *merged)
{
	struct statx st;

	return statx(s->overlay_fd, merged, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &st) == 0 &&
	       (st.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

/* Options with prefix ("/var/lib/tare/overlay2/" or "") in front of every path. False: too long. */
static bool write_options(
	char out[OPTIONS_MOST], const char *prefix, const char *id, const char *lower)
{
	struct slice rest = slice_str(lower), one;
	own_buf b = { 0 };

	buf_init(&b, OPTIONS_MOST - 1);
	buf_str(&b, "index=off,lowerdir=");
	for (bool first = true; rest.n; first = false) {
		slice_cut(rest, ':', &one, &rest);
		buf_fmt(&b, "%s%s%.*s", first ? "" : ":", prefix, (int)one.n, one.p);
	}
	buf_fmt(&b, ",upperdir=%s%s/diff,workdir=%s%s/work", prefix, id, prefix, id);
	memcpy(out, b.data, b.len + 1);
	return buf_ok(&b);
}

struct relative_mount {
	int overlay_fd;
	const char *merged;
	const char *options;
	int sys; /* errno or 0 */
};

static void mount_relative(void *arg)
{
	struct relative_mount *m = arg;

	m->sys = 0;
	if (unshare(CLONE_FS) || fchdir(m->overlay_fd) ||
		mount("overlay", m->merged, "overlay", 0, m->options))
		m->sys = errno;
}

static int mount_from_thread(
	struct image_store *s, const char *merged, const char *options, struct err *e)
{
	struct relative_mount m = { s->overlay_fd, merged, options, 0 };
	pthread_t thread;

	if (thread_start(&thread, mount_relative, &m, e))
		return -1;
	thread_join(thread);
	errno = m.sys;
	return m.sys ? -1 : 0;
}

/* A base layer alone cannot be an overlay's only layer: a container always has an init layer below. */
static int mount_merged(
	struct image_store *s, const char *id, const char *merged, const char *path, struct err *e)
{
	char options[OPTIONS_MOST], prefix[PATH_MAX];
	own_arena a = arena_new();
	const char *lower = overlay_lower_of(s, a, id, e);
	int rc;

	if (!lower)
		return -1;
	snprintf(prefix, sizeof(prefix), "%s/overlay2/", s->root);
	e->msg[0] = 0;
	/* A ':' or ',' in the data root would end a path early. */
	if (!strpbrk(prefix, ":,\\") && write_options(options, prefix, id, lower))
		rc = mount("overlay", path, "overlay", 0, options);
	else if (write_options(options, "", id, lower))
		rc = mount_from_thread(s, merged, options, e);
	else
		return err_set(e, ERR_INVALID, "cannot mount layer %s: mount options too long", id);
	if (rc && !e->msg[0])
		err_sys(e, "error creating overlay mount to %s", path);
	return rc;
}

int overlay_mount(
	struct image_store *s, struct arena *a, const char *id, const char **path, struct err *e)
{
	char merged[PATH_MAX];

	snprintf(merged, sizeof(merged), "%s/merged", id);
	*path = arena_printf(a, "%s/overlay2/%s", s->root, merged);
	if (mkdirat(s->overlay_fd, merged, 0700) && errno != EEXIST)
		return err_sys(e, "create %s", *path);
	if (is_mounted(s, merged))
		return 0;
	if (fault_point("root.mount", e) == 0 && mount_merged(s, id, merged, *path, e) == 0)
		return 0;
	unlinkat(s->overlay_fd, merged, AT_REMOVEDIR);
	return -1;
}

/* --- To be read only ------------------------------------------------------------------------------ */

struct tree_mount {
	const char *overlay; /* path of overlay2/ */
	const char *id;
	const char *options;
	int fd;	 /* the tree, or -1 */
	int sys; /* errno or 0 */
};

/*
 * In a mount namespace of its own, which ends with the thread: what is mounted there stays only as long as it is open.
 */
static void mount_tree(void *arg)
{
	struct tree_mount *m = arg;
	char target[PATH_MAX];

	m->sys = 0;
	snprintf(target, sizeof(target), "%s/work", m->id);
	if (unshare(CLONE_FS | CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		chdir(m->overlay) || mount("overlay", target, "overlay", MS_RDONLY, m->options) ||
		(m->fd = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		m->sys = errno;
}

static int open_mounted(struct image_store *s, const char *merged)
{
	own_fd fd = openat(s->overlay_fd, merged, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statx st;

	/* It may have been unmounted just before. */
	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_TYPE, &st) ||
		!(st.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return -1;
	return take_fd(&fd);
}

int overlay_open_tree(struct image_store *s, const char *id, struct err *e)
{
	char options[OPTIONS_MOST], path[PATH_MAX];
	own_arena a = arena_new();
	pthread_t thread;

	snprintf(path, sizeof(path), "%s/merged", id);
	int fd = open_mounted(s, path);
	if (fd >= 0)
		return fd;
	const char *lower = overlay_lower_of(s, a, id, e);
	if (!lower || fault_point("root.open_tree", e))
		return -1;
	if (snprintf(options, sizeof(options), "index=off,lowerdir=%s/diff:%s", id, lower) >=
			(int)sizeof(options) ||
		snprintf(path, sizeof(path), "%s/overlay2", s->root) >= (int)sizeof(path))
		return err_set(e, ERR_INVALID, "cannot mount layer %s: mount options too long", id);
	struct tree_mount m = { .overlay = path, .id = id, .options = options, .fd = -1 };
	if (thread_start(&thread, mount_tree, &m, e))
		return -1;
	thread_join(thread);
	errno = m.sys;
	return m.sys ? err_sys(e, "error creating overlay mount of %s", id) : m.fd;
}

int overlay_unmount(struct image_store *s, const char *id, struct err *e)
{
	char merged[PATH_MAX], path[PATH_MAX];

	snprintf(merged, sizeof(merged), "%s/merged", id);
	if (snprintf(path, sizeof(path), "%s/overlay2/%s", s->root, merged) >= (int)sizeof(path))
		return errno = ENAMETOOLONG, err_sys(e, "unmount %s", id);
	/* Lazily, as dockerd: something may still look at it. Asked first, since even a vain umount2 waits for RCU. */
	while (is_mounted(s, merged))
		if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW))
			return err_sys(e, "unmount %s", path);
	if (unlinkat(s->overlay_fd, merged, AT_REMOVEDIR) && errno != ENOENT)
		return err_sys(e, "remove %s", path);
	return 0;
}

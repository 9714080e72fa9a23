/* SPDX-License-Identifier: Apache-2.0 */
/* Masked and read-only paths, and changing to the new root: what closes a container's filesystem. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/slice.h"
#include "sys/mounts.h"

/*
 * The filesystems most paths to hide are in. They are looked up in those, not below the root: its directory may be renamed
 * by others, with what is mounted on it, and put back when the masks lie elsewhere.
 */
static const struct pseudo {
	unsigned flag;
	const char *path;
	long magic;
} pseudos[] = {
	{ MOUNT_HAS_PROC, "/proc", PROC_SUPER_MAGIC },
	{ MOUNT_HAS_SYSFS, "/sys", SYSFS_MAGIC },
};

#define PSEUDOS	   (sizeof(pseudos) / sizeof(pseudos[0]))
#define SWAPS_MOST 64

struct place {
	int root;
	unsigned has;
	int fds[PSEUDOS]; /* the roots of pseudos, opened at first need; -1 */
};

static void place_init(struct place *p, int root, unsigned has)
{
	*p = (struct place){ .root = root, .has = has };
	for (size_t i = 0; i < PSEUDOS; i++)
		p->fds[i] = -1;
}

static void place_done(struct place *p)
{
	for (size_t i = 0; i < PSEUDOS; i++)
		cleanup_fd(&p->fds[i]);
}

static bool is_root_of(int fd, const struct pseudo *k)
{
	struct statfs fs;
	struct stat st;

	/* Both number their root 1. */
	return fstatfs(fd, &fs) == 0 && fs.f_type == k->magic && fstat(fd, &st) == 0 &&
	       st.st_ino == 1;
}

static int open_pseudo(struct place *p, size_t i, struct err *e)
{
	for (int tries = 0; p->fds[i] < 0 && tries < SWAPS_MOST; tries++) {
		own_fd fd = fs_open_in(p->root, pseudos[i].path, O_PATH | O_NOFOLLOW, 0, e);
		if (fd >= 0 && is_root_of(fd, &pseudos[i]))
			p->fds[i] = take_fd(&fd);
		else
			sched_yield(); /* somebody swaps directories: it may be there the next time */
	}
	return p->fds[i] >= 0 ? p->fds[i]
			      : err_set(e, ERR_INVALID, "%s is not what was mounted there",
					pseudos[i].path);
}

static int place_open(struct place *p, const char *path, struct err *e)
{
	for (size_t i = 0; i < PSEUDOS; i++) {
		size_t n = strlen(pseudos[i].path);
		if (!(p->has & pseudos[i].flag) || !str_starts(path, pseudos[i].path) ||
			path[n] != '/')
			continue;
		int fd = open_pseudo(p, i, e);
		return fd < 0 ? -1 : fs_open_in(fd, path + n, O_PATH, 0, e);
	}
	return fs_open_in(p->root, path, O_PATH, 0, e);
}

/* What is laid over masked paths; made at first need. */
struct mask {
	struct place *place;
	int file; /* O_PATH of the container's /dev/null */
	int dir;  /* an empty read-only tmpfs, attached to the first directory */
};

static int mask_file(struct mask *k, struct err *e)
{
	struct stat st;

	if (k->file < 0)
		k->file = fs_open_in(k->place->root, "/dev/null", O_PATH, 0, e);
	if (k->file < 0)
		return -1;
	if (fstat(k->file, &st) || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return err_set(e, ERR_INVALID, "the container's /dev/null is not the null device");
	return mount_clone(k->file, false, e);
}

static int mask_dir(struct mask *k, struct err *e)
{
	static const struct mount_opts opts = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			    MOUNT_ATTR_NOEXEC,
		.data = "nr_inodes=1",
	};

	if (k->dir >= 0)
		return mount_clone(k->dir, false, e);
	/*
	 * The first directory gets the mount itself, the others clones of it: one left over, never attached,
	 * would be taken down at its close, and that waits for an RCU grace period.
	 */
	k->dir = mount_new("tmpfs", "tmpfs", &opts, e);
	return k->dir < 0 ? -1 : fcntl(k->dir, F_DUPFD_CLOEXEC, 0);
}

static int mask_path(struct mask *k, const char *path, struct err *e)
{
	struct stat st;
	own_fd target = place_open(k->place, path, e);

	if (target < 0)
		return e->sys == ENOENT || e->sys == ENOTDIR ? 0 : -1;
	if (fstat(target, &st))
		return err_sys(e, "look at %s", path);
	own_fd mnt = S_ISDIR(st.st_mode) ? mask_dir(k, e) : mask_file(k, e);
	return mnt < 0 ? -1 : mount_attach(mnt, target, e);
}

int mount_mask_paths(int root, unsigned has, const struct str_list *paths, struct err *e)
{
	struct place place;
	struct mask k = { .place = &place, .file = -1, .dir = -1 };
	int rc = 0;

	place_init(&place, root, has);

	for (size_t i = 0; i < paths->n && rc == 0; i++) {
		rc = mask_path(&k, paths->v[i], e);
		if (rc)
			err_in(e, "can't mask path \"%s\"", paths->v[i]);
	}
	cleanup_fd(&k.file);
	cleanup_fd(&k.dir);
	place_done(&place);
	return rc;
}

static int readonly_path(struct place *p, const char *path, struct err *e)
{
	own_fd target = place_open(p, path, e);

	if (target < 0)
		return e->sys == ENOENT || e->sys == ENOTDIR ? 0 : -1;
	own_fd mnt = mount_clone(target, true, e);
	if (mnt < 0 || mount_set_attr(mnt, MOUNT_ATTR_RDONLY, 0, true, e))
		return -1;
	return mount_attach(mnt, target, e);
}

int mount_readonly_paths(int root, unsigned has, const struct str_list *paths, struct err *e)
{
	struct place place;
	int rc = 0;

	place_init(&place, root, has);
	for (size_t i = 0; i < paths->n && rc == 0; i++) {
		rc = readonly_path(&place, paths->v[i], e);
		if (rc)
			err_in(e, "can't make \"%s\" read-only", paths->v[i]);
	}
	place_done(&place);
	return rc;
}

int mount_pivot(int root_fd, struct err *e)
{
	if (fault_point("mount.pivot", e))
		return -1;
	own_fd old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (old < 0 || fchdir(root_fd))
		return err_sys(e, "enter new root");
	/* Old root ends up stacked on top of the new one at "." (pivot_root(2), NOTES). */
	if (syscall(SYS_pivot_root, ".", "."))
		return err_sys(e, "pivot_root");
	/*
	 * So that taking it away does not reach the host. "." still means the new root here: mount(2) does
	 * not step onto what is stacked there, and would cut the container's shared mounts off.
	 */
	if (fchdir(old) || mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL))
		return err_sys(e, "make old root a slave");
	if (umount2(".", MNT_DETACH))
		return err_sys(e, "detach old root");
	return chdir("/") ? err_sys(e, "chdir /") : 0;
}

int mount_move_root(int root_fd, struct err *e)
{
	if (fault_point("mount.pivot", e))
		return -1;
	if (fchdir(root_fd))
		return err_sys(e, "enter new root");
	if (mount(".", "/", NULL, MS_MOVE, NULL))
		return err_sys(e, "move root");
	if (chroot("."))
		return err_sys(e, "chroot");
	return chdir("/") ? err_sys(e, "chdir /") : 0;
}

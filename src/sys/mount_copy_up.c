/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copying a directory's content: into the fresh filesystem of a tmpfs mount with "tmpcopyup", into a new volume, a
 * layer once more. Hard links within it stay such, as in dockerd's copies.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/map.h"
#include "sys/mounts.h"

#define DEPTH_MOST  256
#define XATTRS_MOST 65536

struct copy {
	int root; /* what is copied to */
	struct map *
		linked; /* "<device>:<inode>" of files with several names → the path of the first copied */
	struct arena *arena;
	int depth;
	size_t len;
	char path[PATH_MAX]; /* of the directory being copied, below root: "" or "a/b/" */
};

static int copy_dir(struct copy *c, int from, int to, struct err *e);

static int copy_xattrs(int from, int to, struct err *e)
{
	own_mem char *names = malloc(XATTRS_MOST), *value = malloc(XATTRS_MOST);
	ssize_t n = names && value ? flistxattr(from, names, XATTRS_MOST) : 0;

	for (char *name = names; name && n > 0 && name < names + n; name += strlen(name) + 1) {
		ssize_t len = fgetxattr(from, name, value, XATTRS_MOST);
		/* A tmpfs does not take every kind; labels are the mount's. */
		if (len >= 0 && fsetxattr(to, name, value, (size_t)len, 0) && errno != EOPNOTSUPP &&
			errno != EPERM)
			return err_sys(e, "copy attribute %s", name);
	}
	return 0;
}

/* Owner first: chown clears set-id bits. */
static int copy_meta(int from, int to, const struct stat *st, struct err *e)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (fchown(to, st->st_uid, st->st_gid) || fchmod(to, st->st_mode & 07777))
		return err_sys(e, "copy owner and mode");
	if (copy_xattrs(from, to, e))
		return -1;
	return futimens(to, times) ? err_sys(e, "copy times") : 0;
}

/* 1: it was linked to a name it already has here; 0: it is to be copied. */
static int link_again(
	struct copy *c, int to_dir, const char *name, const struct stat *st, struct err *e)
{
	char key[48];

	if (st->st_nlink < 2)
		return 0;
	snprintf(key, sizeof(key), "%llu:%llu", (unsigned long long)st->st_dev,
		(unsigned long long)st->st_ino);
	const char *first = map_get(c->linked, key);
	if (first)
		return linkat(c->root, first, to_dir, name, 0) ? err_sys(e, "link %s", name) : 1;
	map_set(c->linked, key, (void *)arena_printf(c->arena, "%s%s", c->path, name));
	return 0;
}

static int copy_regular(
	int from_dir, int to_dir, const char *name, const struct stat *st, struct err *e)
{
	/* What has become a fifo meanwhile shall not hold us up. */
	own_fd from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	own_fd to =
		openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	ssize_t n;

	if (from < 0 || to < 0)
		return err_sys(e, "copy %s", name);
	while ((n = sendfile(to, from, NULL, 1 << 30)) > 0)
		;
	if (n < 0)
		return err_sys(e, "copy %s", name);
	return copy_meta(from, to, st, e);
}

static int copy_link(
	int from_dir, int to_dir, const char *name, const struct stat *st, struct err *e)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };
	char target[PATH_MAX];
	ssize_t n = readlinkat(from_dir, name, target, sizeof(target) - 1);

	if (n < 0)
		return err_sys(e, "read link %s", name);
	target[n] = 0;
	if (symlinkat(target, to_dir, name) ||
		fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) ||
		utimensat(to_dir, name, times, AT_SYMLINK_NOFOLLOW))
		return err_sys(e, "copy link %s", name);
	return 0;
}

static int copy_node(int to_dir, const char *name, const struct stat *st, struct err *e)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (mknodat(to_dir, name, st->st_mode, st->st_rdev) ||
		fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) ||
		fchmodat(to_dir, name, st->st_mode & 07777, 0) ||
		utimensat(to_dir, name, times, AT_SYMLINK_NOFOLLOW))
		return err_sys(e, "copy node %s", name);
	return 0;
}

static int copy_subdir(struct copy *c, int from_dir, int to_dir, const char *name, struct err *e)
{
	size_t len = c->len, n = strlen(name);

	if (len + n + 2 > sizeof(c->path))
		return err_set(e, ERR_INVALID, "%s: file name too long", name);
	if (mkdirat(to_dir, name, 0700))
		return err_sys(e, "make %s", name);
	own_fd from = openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	own_fd to = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (from < 0 || to < 0)
		return err_sys(e, "open %s", name);
	memcpy(c->path + len, name, n);
	memcpy(c->path + len + n, "/", 2);
	c->len = len + n + 1;
	c->depth++;
	int rc = copy_dir(c, from, to, e);
	c->depth--;
	c->len = len;
	c->path[len] = 0;
	return rc ? err_in(e, "%s", name) : 0;
}

static int copy_entry(struct copy *c, int from, int to, const char *name, struct err *e)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys(e, "look at %s", name);
	if (S_ISDIR(st.st_mode))
		return copy_subdir(c, from, to, name, e);
	int linked = link_again(c, to, name, &st, e);
	if (linked)
		return linked < 0 ? -1 : 0;
	if (S_ISREG(st.st_mode))
		return copy_regular(from, to, name, &st, e);
	if (S_ISLNK(st.st_mode))
		return copy_link(from, to, name, &st, e);
	return S_ISSOCK(st.st_mode) ? 0 : copy_node(to, name, &st, e);
}

/* Entries first, the directory's own times last. */
static int copy_dir(struct copy *c, int from, int to, struct err *e)
{
	struct stat st;
	int again = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir dir = again >= 0 ? fdopendir(again) : NULL;

	if (!dir || fstat(from, &st))
		return err_sys(e, "read directory");
	if (c->depth > DEPTH_MOST)
		return err_set(e, ERR_INVALID, "directories are nested too deeply to copy");
	for (struct dirent *d; (d = readdir(dir));)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0 &&
			copy_entry(c, from, to, d->d_name, e))
			return -1;
	return copy_meta(from, to, &st, e);
}

int mount_copy_up(int from_fd, int to_fd, struct err *e)
{
	/* A mount fd is O_PATH-like for some calls: a plain directory fd of it is not. */
	own_fd to = openat(to_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_arena a = arena_new();

	if (to < 0)
		return err_sys(e, "open new filesystem");
	struct copy c = { .root = to, .linked = map_new(), .arena = a };
	int rc = copy_dir(&c, from_fd, to, e);
	map_free(c.linked);
	return rc ? err_in(e, "copy up") : 0;
}

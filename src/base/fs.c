/* SPDX-License-Identifier: Apache-2.0 */
/* Reading, replacing and resolving files. Removal of trees is in fs_remove.c. */
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "fault.h"
#include "id.h"
#include "io.h"

static int open_by(int dir, const char *path, struct open_how *how, struct err *e)
{
	long fd;

	/* EAGAIN: a rename raced with "..": the kernel asks to try again (openat2(2)). */
	for (int tries = 0; tries < 32; tries++) {
		fd = syscall(SYS_openat2, dir, path, how, sizeof(*how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	if (fd < 0)
		return err_sys(e, "open %s", path);
	return (int)fd;
}

int fs_open_in(int root, const char *path, int flags, mode_t mode, struct err *e)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.mode = flags & (O_CREAT | O_TMPFILE) ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	return open_by(root, path, &how, e);
}

int fs_open_below(int dir, const char *path, int flags, struct err *e)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};

	return open_by(dir, path, &how, e);
}

#define LINKS_MOST 10 /* each costs two paths of stack */

/* Opens the directory path lies in; *name is its last component, in head or path. */
static int open_parent(
	int root, const char *path, char head[PATH_MAX], const char **name, struct err *e)
{
	snprintf(head, PATH_MAX, "%s", path);
	char *slash = strrchr(head, '/');
	*name = slash ? slash + 1 : path;
	if (slash)
		*slash = 0;
	else
		*head = 0;
	return fs_open_in(root, *head ? head : "/", O_PATH | O_DIRECTORY, 0, e);
}

/* Where the link head/name leads, as a path below the same root; "" when it is no link. */
static void read_link(int parent, const char *head, const char *name, char out[PATH_MAX])
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(parent, name, target, sizeof(target) - 1);

	target[n < 0 ? 0 : n] = 0;
	int len = n <= 0	     ? PATH_MAX
		  : target[0] == '/' ? snprintf(out, PATH_MAX, "%s", target)
				     : snprintf(out, PATH_MAX, "%s/%s", head, target);
	if (len >= PATH_MAX)
		*out = 0;
}

/*
 * Opens, or makes and opens, one component of a path below root. Images are full of links to nowhere
 * (/var/run → /run): then it fails and next says where that one leads, else next is "".
 */
static int open_or_make(int root, const char *path, mode_t mode, char next[PATH_MAX], struct err *e)
{
	char head[PATH_MAX];
	const char *name;
	int fd = fs_open_in(root, path, O_PATH | O_DIRECTORY, 0, e);

	*next = 0;
	if (fd >= 0 || e->sys != ENOENT)
		return fd;
	own_fd parent = open_parent(root, path, head, &name, e);
	if (parent < 0)
		return -1;
	if (mkdirat(parent, name, mode)) {
		if (errno != EEXIST)
			return err_sys(e, "mkdir %s", path);
		read_link(parent, head, name, next);
	}
	fd = fs_open_in(root, path, O_PATH | O_DIRECTORY, 0, e);
	if (fd >= 0 || e->sys != ENOENT)
		*next = 0;
	return fd;
}

static int mkdir_in(int root, const char *path, mode_t mode, int links, struct err *e)
{
	char partial[PATH_MAX], next[PATH_MAX];
	size_t n = strlen(path);

	if (n >= sizeof(partial))
		return errno = ENAMETOOLONG, err_sys(e, "mkdir %.64s…", path);
	int fd = fs_open_in(root, path, O_PATH | O_DIRECTORY, 0, e);
	for (size_t i = 1; fd < 0 && e->sys == ENOENT && i <= n; i++) {
		if (i < n && path[i] != '/')
			continue;
		memcpy(partial, path, i);
		partial[i] = 0;
		own_fd made = open_or_make(root, partial, mode, next, e);
		if (made < 0 && *next) {
			if (links == 0)
				return errno = ELOOP, err_sys(e, "mkdir %s", path);
			made = mkdir_in(root, next, mode, links - 1, e);
		}
		if (made < 0)
			return -1;
		if (i == n)
			return take_fd(&made);
		e->sys = ENOENT;
	}
	return fd;
}

int fs_mkdir_in(int root, const char *path, mode_t mode, struct err *e)
{
	return mkdir_in(root, path, mode, LINKS_MOST, e);
}

int fs_create_in(int root, const char *path, mode_t mode, struct err *e)
{
	char next[PATH_MAX], head[PATH_MAX];
	const char *name;

	if (snprintf(next, sizeof(next), "%s", path) >= (int)sizeof(next))
		return errno = ENAMETOOLONG, err_sys(e, "create %.64s…", path);
	for (int links = LINKS_MOST; links; links--) {
		int fd = fs_open_in(root, next, O_PATH, 0, e);
		if (fd >= 0 || e->sys != ENOENT)
			return fd;
		own_fd parent = open_parent(root, next, head, &name, e);
		if (parent < 0 && e->sys == ENOENT)
			parent = fs_mkdir_in(root, head, 0755, e);
		if (parent < 0)
			return -1;
		own_fd made = openat(
			parent, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
		if (made >= 0 || errno != EEXIST)
			return made < 0 ? err_sys(e, "create %s", path)
					: fs_open_in(root, next, O_PATH, 0, e);
		char link[PATH_MAX];
		read_link(parent, head, name, link);
		if (!*link)
			return err_sys(e, "create %s", path);
		memcpy(next, link, sizeof(next));
	}
	return errno = ELOOP, err_sys(e, "create %s", path);
}

int fs_mkdir_p(int dir, const char *path, mode_t mode, struct err *e)
{
	char partial[PATH_MAX];
	size_t n = strlen(path);

	if (n >= sizeof(partial))
		return errno = ENAMETOOLONG, err_sys(e, "mkdir %.64s…", path);
	if (mkdirat(dir, path, mode) == 0 || errno == EEXIST)
		return 0;
	for (size_t i = 1; i <= n; i++) {
		if (i < n && path[i] != '/')
			continue;
		memcpy(partial, path, i);
		partial[i] = 0;
		if (mkdirat(dir, partial, mode) && errno != EEXIST)
			return err_sys(e, "mkdir %s", partial);
	}
	return 0;
}

int fs_read(int dir, const char *name, size_t max, struct buf *b, struct err *e)
{
	own_fd fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err_sys(e, "open %s", name);
		if (e->sys == ENOENT)
			e->kind = ERR_NOT_FOUND;
		return -1;
	}
	struct stat st;
	size_t size = fstat(fd, &st) == 0 && st.st_size > 0 ? (size_t)st.st_size : 0;
	size_t chunk = size ? size + 1 : 4096;
	if (chunk > 4096 && chunk > max + 1)
		return err_set(e, ERR_INVALID, "read %s: larger than %zu bytes", name, max);
	for (size_t total = 0;;) {
		char *at = buf_reserve(b, chunk);
		if (!at && chunk > 1) {
			b->failed = false; /* close to the maximum: by ever less up to it */
			chunk /= 2;
			continue;
		}
		if (!at)
			return err_set(e, ERR_INVALID, "read %s: larger than %zu bytes", name, max);
		ssize_t n = io_read_some(fd, at, chunk, e);
		if (n < 0)
			return err_in(e, "%s", name);
		if (n == 0)
			return 0;
		buf_grew(b, (size_t)n);
		total += (size_t)n;
		if (total > max)
			return err_set(e, ERR_INVALID, "read %s: larger than %zu bytes", name, max);
		/* Of a file that tells its size that was all. */
		if (size && total == size && (size_t)n < chunk)
			return 0;
		if (chunk > 4096)
			chunk = 4096;
	}
}

char *fs_read_str(struct arena *a, int dir, const char *name, size_t max, struct err *e)
{
	own_buf b = { 0 };

	buf_init(&b, max + 1);
	if (fs_read(dir, name, max, &b, e))
		return NULL;
	if (b.len && b.data[b.len - 1] == '\n')
		b.len--;
	return arena_strndup(a, b.data, b.len);
}

static int write_synced(int fd, const void *data, size_t n, enum fs_sync sync, struct err *e)
{
	if (io_write(fd, data, n, e))
		return -1;
	if (sync == FS_NO_SYNC)
		return 0;
	if (fault_point("fsync", e))
		return -1;
	return fsync(fd) ? err_sys(e, "fsync") : 0;
}

int fs_replace(int dir, const char *name, const void *data, size_t n, mode_t mode,
	enum fs_sync sync, struct err *e)
{
	char tmp[NAME_MAX + 1], random[9];

	id_hex(random, 8);
	const char *base = strrchr(name, '/');
	int head = base ? (int)(base - name + 1) : 0;
	snprintf(tmp, sizeof(tmp), "%.*s.tmp-%s", head, name, random);
	if (fault_point("replace", e))
		return -1;
	own_fd fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return err_sys(e, "create %s", name);
	if (fchmod(fd, mode))
		err_sys(e, "chmod %s", name);
	else if (write_synced(fd, data, n, sync, e) == 0) {
		if (renameat(dir, tmp, dir, name) == 0)
			return 0;
		err_sys(e, "rename to %s", name);
	}
	unlinkat(dir, tmp, 0);
	return err_in(e, "replace %s", name);
}

int fs_write_kernel(int dir, const char *name, const char *data, struct err *e)
{
	own_fd fd = openat(dir, name, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "open %s", name);
	size_t n = strlen(data);
	ssize_t done;
	do
		done = write(fd, data, n);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		return err_sys(e, "write %s to %s", data, name);
	return 0;
}

bool fs_exists(int dir, const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

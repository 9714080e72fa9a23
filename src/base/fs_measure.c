/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The size of a tree that may be anybody's: as deep as its maker liked, and changing meanwhile. So there is no recursion and
 * one directory open at a time; the way back up is "..", and it ends the walk when that leads elsewhere than it came from.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "cleanup.h"
#include "fs.h"
#include "map.h"

/* A directory on the way down. */
struct level {
	struct level *above;
	struct arena *arena; /* holds this struct and its names */
	dev_t dev;
	ino_t ino;
	struct str_list below; /* directories in it */
	size_t next;	       /* of below */
};

struct measure {
	struct level *at;
	int fd;		  /* of that level */
	struct map *seen; /* inodes with several names */
	int64_t bytes;
};

static bool is_dots(const char *s)
{
	return s[0] == '.' && (!s[1] || (s[1] == '.' && !s[2]));
}

static void add(struct measure *m, const struct dirent *ent)
{
	char inode[64];
	struct stat st;

	if (fstatat(m->fd, ent->d_name, &st, AT_SYMLINK_NOFOLLOW))
		return;
	if (S_ISDIR(st.st_mode)) {
		str_list_add(m->at->arena, &m->at->below, ent->d_name);
		return;
	}
	if (st.st_nlink > 1) {
		snprintf(inode, sizeof(inode), "%ju:%ju", (uintmax_t)st.st_dev,
			(uintmax_t)st.st_ino);
		if (map_set(m->seen, inode, m))
			return;
	}
	m->bytes += st.st_size;
}

/* Goes into the directory fd, which it takes over, and counts what is in it. */
static int enter(struct measure *m, int fd, struct err *e)
{
	struct arena *a = arena_new();
	struct level *l = arena_alloc(a, sizeof(*l));
	struct stat st;

	*l = (struct level){ .above = m->at, .arena = a };
	m->at = l;
	if (m->fd >= 0)
		close(m->fd);
	m->fd = fd;
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	own_dir d = copy < 0 ? NULL : fdopendir(copy);
	if (!d || fstat(fd, &st))
		return err_sys(e, "list directory");
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	for (struct dirent *ent; (ent = readdir(d));)
		if (!is_dots(ent->d_name))
			add(m, ent);
	return 0;
}

/* Back to the level above: false at the top, and when the directory was moved meanwhile. */
static bool leave(struct measure *m)
{
	struct level *l = m->at;
	struct stat st;
	int up = -1;
	bool is_right = false;

	m->at = l->above;
	arena_free(l->arena);
	if (m->at) {
		up = openat(m->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		is_right = up >= 0 && fstat(up, &st) == 0 && st.st_dev == m->at->dev &&
			   st.st_ino == m->at->ino;
	}
	close(m->fd);
	m->fd = up;
	return is_right;
}

static int walk(struct measure *m, struct err *e)
{
	for (;;) {
		struct level *l = m->at;
		int fd;

		if (l->next == l->below.n) {
			if (!leave(m))
				return 0;
			continue;
		}
		fd = openat(m->fd, l->below.v[l->next++],
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
			return err_sys(e, "open directory");
		if (fd >= 0 && enter(m, fd, e))
			return -1;
	}
}

int fs_measure(int dir, const char *name, int64_t *bytes, struct err *e)
{
	struct measure m = { .fd = -1, .seen = map_new() };
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int rc = fd < 0 ? err_sys(e, "open %s", name) : enter(&m, fd, e) || walk(&m, e) ? -1 : 0;

	*bytes = m.bytes;
	while (m.at) {
		struct level *above = m.at->above;

		arena_free(m.at->arena);
		m.at = above;
	}
	if (m.fd >= 0)
		close(m.fd);
	map_free(m.seen);
	return rc;
}

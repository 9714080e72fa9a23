/* SPDX-License-Identifier: Apache-2.0 */
/* A handful of open directories, the least recently used replaced first. */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"

#define SLOTS 8

struct slot {
	char *path; /* NULL: free */
	int fd;
	bool gives_group;
	uint64_t used;
};

struct place_table {
	int root;
	uint64_t clock;
	struct slot slots[SLOTS];
};

int place_clean(const char *name, char out[PATH_MAX], struct err *e)
{
	size_t n = 0;

	for (const char *p = name; *p;) {
		size_t len = strcspn(p, "/");
		if (len == 2 && p[0] == '.' && p[1] == '.') {
			if (n == 0)
				return err_set(
					e, ERR_INVALID, "\"%.256s\" is outside of \"/\"", name);
			while (n && out[n - 1] != '/')
				n--;
			n -= n > 0;
		} else if (len && !(len == 1 && p[0] == '.')) {
			if (n + 1 + len >= PATH_MAX)
				return err_set(e, ERR_INVALID, "%.64s…: file name too long", name);
			if (n)
				out[n++] = '/';
			memcpy(out + n, p, len);
			n += len;
		}
		p += len;
		p += *p == '/';
	}
	out[n] = 0;
	return 0;
}

struct place_table *place_table_new(int root)
{
	struct place_table *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	t->root = root;
	return t;
}

static void slot_clear(struct slot *s)
{
	if (!s->path)
		return;
	free(s->path);
	s->path = NULL;
	close(s->fd);
}

void place_forget(struct place_table *t)
{
	for (int i = 0; i < SLOTS; i++)
		slot_clear(&t->slots[i]);
}

void place_table_free(struct place_table *t)
{
	if (!t)
		return;
	place_forget(t);
	free(t);
}

static struct slot *oldest(struct place_table *t)
{
	struct slot *s = &t->slots[0];

	for (int i = 0; i < SLOTS; i++) {
		if (!t->slots[i].path)
			return &t->slots[i];
		if (t->slots[i].used < s->used)
			s = &t->slots[i];
	}
	return s;
}

static struct slot *find_slot(struct place_table *t, const char *dir, size_t n)
{
	for (int i = 0; i < SLOTS; i++) {
		struct slot *s = &t->slots[i];
		if (s->path && strncmp(s->path, dir, n) == 0 && !s->path[n])
			return s;
	}
	return NULL;
}

/* A link that leads nowhere stays missing. */
static int make_dir(int root, int above, const char *name, const char *path, struct err *e)
{
	struct stat st;

	if (mkdirat(above, name, 0755))
		return errno == EEXIST ? -1 : err_sys(e, "mkdir %s", path);
	if (fstat(above, &st) ||
		((st.st_mode & S_ISGID) && fchownat(above, name, 0, 0, AT_SYMLINK_NOFOLLOW)))
		return err_sys(e, "make %s", path);
	return fs_open_in(root, path, O_PATH | O_DIRECTORY, 0, e);
}

/*
 * Makes directory path and those on the way, but nothing behind a link that leads nowhere. They belong to root, also where one
 * above has the set-group-id bit, which they get, too (as dockerd).
 */
static int make_dirs(int root, char *path, struct err *e)
{
	own_fd above = fs_open_in(root, ".", O_PATH | O_DIRECTORY, 0, e);

	for (char *name = path, *end = path; above >= 0; name = ++end) {
		end += strcspn(end, "/");
		char rest = *end;
		*end = 0;
		own_fd fd = fs_open_in(root, path, O_PATH | O_DIRECTORY, 0, e);
		if (fd < 0 && e->sys == ENOENT)
			fd = make_dir(root, above, name, path, e);
		*end = rest;
		if (fd < 0 || !rest)
			return take_fd(&fd);
		int old = above;
		above = take_fd(&fd);
		close(old);
	}
	return -1;
}

/* Opens directory dir[0..n) below the root, making it where it is missing. */
static struct slot *open_slot(struct place_table *t, const char *dir, size_t n, struct err *e)
{
	own_mem char *path = strndup(dir, n);

	if (!path)
		abort();
	own_fd fd = fs_open_in(t->root, n ? path : ".", O_PATH | O_DIRECTORY, 0, e);
	if (fd < 0 && e->sys == ENOENT)
		fd = make_dirs(t->root, path, e);
	if (fd < 0) {
		if (e->sys == ENOTDIR || e->sys == ELOOP || e->sys == ENAMETOOLONG ||
			e->sys == ENOENT)
			e->kind = ERR_INVALID;
		return NULL;
	}
	struct stat st;
	if (fstat(fd, &st)) {
		err_sys(e, "stat %s", path);
		return NULL;
	}
	struct slot *s = oldest(t);
	slot_clear(s);
	s->path = take(path);
	s->fd = take_fd(&fd);
	s->gives_group = st.st_mode & S_ISGID;
	return s;
}

int place_find(struct place_table *t, const char *path, struct place *out, struct err *e)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;
	struct slot *s = find_slot(t, path, n);

	if (!s && !(s = open_slot(t, path, n, e)))
		return -1;
	s->used = ++t->clock;
	*out = (struct place){ s->fd, slash ? slash + 1 : path, s->gives_group };
	return 0;
}

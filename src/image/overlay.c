/* SPDX-License-Identifier: Apache-2.0 */
/* Making, moving and describing layer directories. Mounting is in overlay_mount.c. */
#include "overlay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/io.h"
#include "base/map.h"
#include "base/slice.h"
#include "discard.h"

#define LOWER_MOST (OVERLAY_LAYERS_MOST * (LINK_SIZE + 2))

static int put_file(int dir, const char *name, const char *text, struct err *e)
{
	own_fd fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return err_sys(e, "create %s", name);
	return io_write(fd, text, strlen(text), e) ? err_in(e, "%s", name) : 0;
}

/* Everything in dir but diff/; the link is made last, when nothing more can fail but itself. */
static int furnish(struct image_store *s, int dir, const char *id, const char *lower,
	const char *link, struct err *e)
{
	char target[PATH_MAX], path[LINK_SIZE + 2];

	if (put_file(dir, "link", link, e))
		return -1;
	if (*lower && (put_file(dir, "lower", lower, e) || mkdirat(dir, "work", 0700)))
		return e->msg[0] ? -1 : err_sys(e, "create work");
	snprintf(path, sizeof(path), "l/%s", link);
	snprintf(target, sizeof(target), "../%s/diff", id);
	if (symlinkat(target, s->overlay_fd, path))
		return err_sys(e, "create %s", path);
	return 0;
}

int overlay_create(struct image_store *s, const char *id, const char *lower, char link[LINK_SIZE],
	struct err *e)
{
	struct err ignored;

	id_base32(link);
	if (mkdirat(s->overlay_fd, id, 0710))
		return err_sys(e, "create layer directory %s", id);
	own_fd dir = openat(s->overlay_fd, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	e->msg[0] = 0;
	if (dir >= 0 && mkdirat(dir, "diff", 0755) == 0 && furnish(s, dir, id, lower, link, e) == 0)
		return 0;
	if (!e->msg[0])
		err_sys(e, "create layer directory %s", id);
	fs_remove_tree(s->overlay_fd, id, &ignored);
	return -1;
}

int overlay_adopt(struct image_store *s, int dir, const char *name, const char *id,
	const char *lower, struct err *e)
{
	char link[LINK_SIZE];

	id_base32(link);
	if (fault_point("image.layer_move", e))
		return -1;
	own_fd fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open %s", name);
	e->msg[0] = 0;
	if (furnish(s, fd, id, lower, link, e))
		return -1;
	if (renameat(dir, name, s->overlay_fd, id) == 0)
		return 0;
	err_sys(e, "move layer to %s", id);
	char path[LINK_SIZE + 2];
	snprintf(path, sizeof(path), "l/%s", link);
	unlinkat(s->overlay_fd, path, 0);
	return -1;
}

/* The link of id; NULL when its file is missing or holds anything but a name. */
static const char *read_link(struct image_store *s, struct arena *a, const char *id, struct err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/link", id);
	const char *link = fs_read_str(a, s->overlay_fd, path, NAME_MAX, e);
	if (link && (!*link || *link == '.' || strchr(link, '/'))) {
		err_set(e, ERR_INTERNAL, "layer %s: malformed link", id);
		return NULL;
	}
	return link;
}

int overlay_discard(struct image_store *s, const char *id, struct err *e)
{
	own_arena a = arena_new();
	char path[NAME_MAX + 3];
	struct err none;

	const char *link = read_link(s, a, id, &none);
	if (fault_point("image.tree_remove", e) || discard_tree(s->discard, s->overlay_fd, id, e))
		return -1;
	if (link) {
		snprintf(path, sizeof(path), "l/%s", link);
		unlinkat(s->overlay_fd, path, 0);
	}
	return 0;
}

void overlay_drop_links(struct image_store *s)
{
	int fd = openat(s->overlay_fd, "l", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir d = fd < 0 ? NULL : fdopendir(fd);
	struct stat st;

	if (!d)
		return;
	for (struct dirent *ent; (ent = readdir(d));)
		if (fstatat(fd, ent->d_name, &st, 0) && errno == ENOENT)
			unlinkat(fd, ent->d_name, 0);
}

int overlay_mark_parent(struct image_store *s, const char *id, struct err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/committed", id);
	own_fd fd = openat(s->overlay_fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 ? err_sys(e, "create %s", path) : 0;
}

const char *overlay_lower_of(struct image_store *s, struct arena *a, const char *id, struct err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/lower", id);
	const char *lower = fs_read_str(a, s->overlay_fd, path, LOWER_MOST, e);
	return lower || e->kind != ERR_NOT_FOUND ? lower : "";
}

const char *overlay_lower_above(
	struct image_store *s, struct arena *a, const char *id, struct err *e)
{
	const char *link = read_link(s, a, id, e);
	const char *lower = link ? overlay_lower_of(s, a, id, e) : NULL;
	int depth = 1;

	if (!lower)
		return NULL;
	for (const char *p = lower; *p; p++)
		depth += *p == ':';
	if (*lower && depth + 1 > OVERLAY_LAYERS_MOST) {
		err_set(e, ERR_INVALID, "max depth exceeded");
		return NULL;
	}
	return arena_printf(a, "l/%s%s%s", link, *lower ? ":" : "", lower);
}

/* "l/X:l/Y" as the directories the links stand for. */
static const char *lower_paths(struct image_store *s, struct arena *a, const char *lower)
{
	struct slice rest = slice_str(lower), one;
	own_buf b = { 0 };

	buf_init(&b, OVERLAY_LAYERS_MOST * (size_t)PATH_MAX);
	while (rest.n) {
		char link[NAME_MAX + 3], target[PATH_MAX];
		slice_cut(rest, ':', &one, &rest);
		snprintf(link, sizeof(link), "%.*s", (int)one.n, one.p);
		ssize_t n = readlinkat(s->overlay_fd, link, target, sizeof(target));
		if (b.len)
			buf_char(&b, ':');
		if (n > 3 && memcmp(target, "../", 3) == 0)
			buf_fmt(&b, "%s/overlay2/%.*s", s->root, (int)n - 3, target + 3);
		else
			buf_fmt(&b, "%s/overlay2/%s", s->root, link);
	}
	return arena_strdup(a, b.data);
}

int overlay_graph(
	struct image_store *s, struct arena *a, const char *id, struct str_map *out, struct err *e)
{
	static const char *const dirs[][2] = { { "MergedDir", "merged" }, { "UpperDir", "diff" },
		{ "WorkDir", "work" } };
	const char *lower = overlay_lower_of(s, a, id, e);

	if (!lower)
		return -1;
	if (*lower)
		str_map_set(a, out, "LowerDir", lower_paths(s, a, lower));
	for (int i = 0; i < 3; i++)
		str_map_set(a, out, dirs[i][0],
			arena_printf(a, "%s/overlay2/%s/%s", s->root, id, dirs[i][1]));
	return 0;
}

/* --- Size ---------------------------------------------------------------------------------------- */

int overlay_size(struct image_store *s, const char *id, int64_t *bytes, struct err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/diff", id);
	return fs_measure(s->overlay_fd, path, bytes, e);
}

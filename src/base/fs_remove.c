/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rm -r that stays where it was sent: every directory is opened without following links and a mount
 * below the tree is refused, so a forgotten bind mount never loses its files.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs.h"

/* Deeper than this a directory is first moved to the top of the tree: no stack grows with what others made. */
#define DEPTH_MOST 64
#define MOVED_SIZE 32

struct removal {
	int top; /* the tree's own directory */
	dev_t dev;
	unsigned n_moved;
	bool has_moved; /* since the top was listed last: there is more in it */
};

static int remove_below(struct removal *r, int parent, const char *name, int depth, struct err *e);

static bool is_dots(const char *s)
{
	return s[0] == '.' && (!s[1] || (s[1] == '.' && !s[2]));
}

static int move_up(struct removal *r, int parent, const char *name, struct err *e)
{
	char moved[MOVED_SIZE];

	/* In the place of an empty directory of that name is as well. */
	do {
		snprintf(moved, sizeof(moved), ".tare-deep-%u", r->n_moved++);
		if (renameat(parent, name, r->top, moved) == 0) {
			r->has_moved = true;
			return 0;
		}
	} while (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR);
	return err_sys(e, "move %s", name);
}

static int remove_entry(
	struct removal *r, int dir, const struct dirent *ent, int depth, struct err *e)
{
	if (ent->d_type != DT_DIR) {
		if (unlinkat(dir, ent->d_name, 0) == 0 || errno == ENOENT)
			return 0;
		if (errno != EISDIR)
			return err_sys(e, "remove %s", ent->d_name);
	}
	if (depth >= DEPTH_MOST)
		return move_up(r, dir, ent->d_name, e);
	return remove_below(r, dir, ent->d_name, depth + 1, e);
}

static int remove_content(struct removal *r, int fd, int depth, struct err *e)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	own_dir d = copy < 0 ? NULL : fdopendir(copy);

	if (!d)
		return err_sys(e, "list directory");
	rewinddir(d);
	for (struct dirent *ent; (ent = readdir(d));)
		if (!is_dots(ent->d_name) && remove_entry(r, fd, ent, depth, e))
			return -1;
	return 0;
}

static int remove_below(struct removal *r, int parent, const char *name, int depth, struct err *e)
{
	own_fd fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st))
		return err_sys(e, "open %s", name);
	if (st.st_dev != r->dev)
		return err_set(e, ERR_CONFLICT, "remove %s: something is mounted there", name);
	if (remove_content(r, fd, depth, e))
		return err_in(e, "%s", name);
	if (unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT)
		return err_sys(e, "remove %s", name);
	return 0;
}

static int remove_tree(int dir, const char *name, dev_t dev, struct err *e)
{
	own_fd top = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct removal r = { .top = top, .dev = dev };

	if (top < 0)
		return errno == ENOENT ? 0 : err_sys(e, "open %s", name);
	do {
		r.has_moved = false;
		if (remove_content(&r, top, 1, e))
			return err_in(e, "%s", name);
	} while (r.has_moved);
	if (unlinkat(dir, name, AT_REMOVEDIR) && errno != ENOENT)
		return err_sys(e, "remove %s", name);
	return 0;
}

int fs_remove_tree(int dir, const char *name, struct err *e)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : err_sys(e, "remove %s", name);
	if (!S_ISDIR(st.st_mode))
		return unlinkat(dir, name, 0) && errno != ENOENT ? err_sys(e, "remove %s", name)
								 : 0;
	return remove_tree(dir, name, st.st_dev, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rm -r that stays where it was sent: every directory is opened without following links and a mount
 * below the tree is refused, so a forgotten bind mount never loses its files.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs.h"

#define DEPTH_MOST 4096

static int remove_below(int parent, const char *name, dev_t dev, int depth, struct err *e);

static bool is_dots(const char *s)
{
	return s[0] == '.' && (!s[1] || (s[1] == '.' && !s[2]));
}

static int remove_entry(int dir, const struct dirent *ent, dev_t dev, int depth, struct err *e)
{
	if (ent->d_type != DT_DIR) {
		if (unlinkat(dir, ent->d_name, 0) == 0 || errno == ENOENT)
			return 0;
		if (errno != EISDIR)
			return err_sys(e, "remove %s", ent->d_name);
	}
	return remove_below(dir, ent->d_name, dev, depth + 1, e);
}

static int remove_content(int fd, dev_t dev, int depth, struct err *e)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	own_dir d = copy < 0 ? NULL : fdopendir(copy);

	if (!d)
		return err_sys(e, "list directory");
	for (struct dirent *ent; (ent = readdir(d));)
		if (!is_dots(ent->d_name) && remove_entry(fd, ent, dev, depth, e))
			return -1;
	return 0;
}

static int remove_below(int parent, const char *name, dev_t dev, int depth, struct err *e)
{
	own_fd fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st))
		return err_sys(e, "open %s", name);
	if (st.st_dev != dev)
		return err_set(e, ERR_CONFLICT, "remove %s: something is mounted there", name);
	if (depth > DEPTH_MOST)
		return err_set(e, ERR_INVALID, "remove %s: nested too deeply", name);
	if (remove_content(fd, dev, depth, e))
		return err_in(e, "%s", name);
	if (unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT)
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
	return remove_below(dir, name, st.st_dev, 0, e);
}

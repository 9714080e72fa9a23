/* SPDX-License-Identifier: Apache-2.0 */
/* What an image has where a volume will be becomes the volume's first content; and how much is in a volume. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "sys/mounts.h"
#include "volume/volume.h"

/* True when nothing but "." and ".." is in the directory. */
static bool is_empty(int dir)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
	int n = 0;

	if (!d) {
		if (copy >= 0)
			close(copy);
		return false;
	}
	for (struct dirent *entry; n < 3 && (entry = readdir(d));)
		n++;
	closedir(d);
	return n < 3;
}

bool volume_wants_filling(const char *data_path)
{
	own_fd dir = open(data_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return dir >= 0 && is_empty(dir);
}

int volume_fill(const char *data_path, int root, const char *path, struct err *e)
{
	struct stat st;
	own_fd from = fs_open_in(root, path, O_RDONLY | O_DIRECTORY, 0, e);

	if (from < 0 && e->sys == ENOENT)
		return 0;
	if (from < 0 && e->sys == ENOTDIR)
		return err_set(e, ERR_INVALID,
			"cannot mount volume over existing file, file exists %s", path);
	if (from < 0)
		return -1;
	own_fd to = open(data_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to < 0)
		return err_sys(e, "open volume %s", data_path);
	if (!is_empty(to))
		return 0;
	if (mount_copy_up(from, to, e))
		return err_in(e, "fill volume %s", data_path);
	if (fstat(from, &st) || fchown(to, st.st_uid, st.st_gid) || fchmod(to, st.st_mode & 07777))
		return err_sys(e, "give volume %s its owner", data_path);
	return 0;
}

int volume_measure(const char *mountpoint, int64_t *bytes, struct err *e)
{
	return fs_measure(AT_FDCWD, mountpoint, bytes, e);
}

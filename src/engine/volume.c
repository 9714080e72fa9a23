/* SPDX-License-Identifier: Apache-2.0 */
/* Making, filling and removing anonymous volumes. */
#include "volume.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/id.h"
#include "sys/mounts.h"

bool volume_is_anonymous(const char *name)
{
	return strlen(name) == ID_HEX && id_is_hex(name, ID_HEX);
}

int volume_create(
	const char *data_root, struct arena *a, const char **name, const char **path, struct err *e)
{
	char id[ID_HEX + 1];

	id_hex64(id);
	*name = arena_strdup(a, id);
	*path = arena_printf(a, "%s/volumes/%s/_data", data_root, id);
	if (fault_point("volume.create", e) ||
		fs_mkdir_p(AT_FDCWD, arena_printf(a, "%s/volumes", data_root), 0701, e) ||
		fs_mkdir_p(AT_FDCWD, arena_printf(a, "%s/volumes/%s", data_root, id), 0701, e) ||
		fs_mkdir_p(AT_FDCWD, *path, 0755, e))
		return err_in(e, "create volume %s", id);
	return 0;
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
	if (mount_copy_up(from, to, e))
		return err_in(e, "fill volume %s", data_path);
	if (fstat(from, &st) || fchown(to, st.st_uid, st.st_gid) || fchmod(to, st.st_mode & 07777))
		return err_sys(e, "give volume %s its owner", data_path);
	return 0;
}

int volume_remove(const char *data_root, const char *name, struct err *e)
{
	own_arena a = arena_new();
	own_fd dir =
		open(arena_printf(a, "%s/volumes", data_root), O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0 && errno == ENOENT)
		return 0;
	if (dir < 0)
		return err_sys(e, "open volumes below %s", data_root);
	return fs_remove_tree(dir, name, e);
}

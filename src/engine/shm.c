/* SPDX-License-Identifier: Apache-2.0 */
/* Mounting the shared-memory tmpfs on the host's side. */
#include "shm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "sys/mounts.h"

const char *shm_path(struct arena *a, const struct container *c)
{
	if (!str_eq(c->host.ipc_mode, "shareable"))
		return NULL;
	return arena_printf(a, "%s/mounts/shm", c->dir);
}

static bool is_mounted(int fd)
{
	struct statfs st;

	return fstatfs(fd, &st) == 0 && st.f_type == TMPFS_MAGIC;
}

int shm_mount(const struct container *c, struct err *e)
{
	own_arena a = arena_new();
	const char *path = shm_path(a, c);

	if (!path)
		return 0;
	if (fault_point("shm.mount", e) || fs_mkdir_p(AT_FDCWD, path, 0700, e))
		return -1;
	own_fd target = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (target < 0)
		return err_sys(e, "open %s", path);
	if (is_mounted(target))
		return 0;
	struct mount_opts opts = { .attr_set =
					   MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
		.data = arena_printf(a, "mode=1777,size=%lld", (long long)c->host.shm_size) };
	own_fd fs = mount_new("tmpfs", "shm", &opts, e);
	return fs < 0 ? -1 : mount_attach(fs, target, e);
}

void shm_unmount(const struct container *c)
{
	own_arena a = arena_new();
	const char *path = shm_path(a, c);

	if (path && umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) && errno != EINVAL &&
		errno != ENOENT)
		log_warn("ctr %s: unmount %s: errno %d, ignoring", c->id, path, errno);
}

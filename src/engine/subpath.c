/* SPDX-License-Identifier: Apache-2.0 */
#include "subpath.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "sys/mounts.h"

static const char *subpath_of(const struct container *c, size_t at)
{
	const struct mount_volume_options *o = c->mounts.v[at].spec.volume;

	return o && !str_empty(o->subpath) ? o->subpath : NULL;
}

const char *subpath_source(struct arena *a, const struct container *c, size_t at)
{
	return subpath_of(c, at) ? arena_printf(a, "%s/mounts/volume-%zu", c->dir, at)
				 : c->mounts.v[at].source;
}

/* A place of the part's own kind to mount it on. */
static int make_target(const char *path, bool is_dir, struct err *e)
{
	own_fd file = -1;

	if (is_dir)
		return fs_mkdir_p(AT_FDCWD, path, 0700, e);
	file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
	return file < 0 ? err_sys(e, "make %s", path) : 0;
}

static int attach(
	struct arena *a, const struct container *c, int part, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(part, &st))
		return err_sys(e, "stat");
	if (fs_mkdir_p(AT_FDCWD, arena_printf(a, "%s/mounts", c->dir), 0700, e) ||
		make_target(path, S_ISDIR(st.st_mode), e))
		return -1;
	own_fd target = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return err_sys(e, "open %s", path);
	own_fd mount = mount_clone(part, true, e);
	return mount < 0 ? -1 : mount_attach(mount, target, e);
}

int subpath_mount(const struct container *c, size_t at, struct err *e)
{
	own_arena a = arena_new();
	const char *subpath = subpath_of(c, at);

	if (!subpath)
		return 0;
	own_fd volume = open(c->mounts.v[at].source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (volume < 0)
		return err_sys(e, "open volume %s", c->mounts.v[at].source);
	own_fd part = fs_open_in(volume, subpath, O_PATH, 0, e);
	if (part < 0)
		return err_set(e, ERR_INVALID, "cannot access path %s/%s: %s",
			c->mounts.v[at].source, subpath, err_text(e->sys));
	subpath_unmount(c, at);
	return fault_point("subpath.mount", e) || attach(a, c, part, subpath_source(a, c, at), e)
		       ? -1
		       : 0;
}

void subpath_unmount(const struct container *c, size_t at)
{
	own_arena a = arena_new();
	const char *path = subpath_source(a, c, at);

	if (!subpath_of(c, at))
		return;
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) && errno != EINVAL && errno != ENOENT)
		log_warn("ctr %s: unmount %s: %m, ignoring", c->id, path);
	if (rmdir(path) && errno == ENOTDIR)
		unlink(path);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What `docker info` says of the storage driver. */
#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/slice.h"
#include "store_int.h"

#define XFS_MAGIC  0x58465342
#define ZFS_MAGIC  0x2fc12fc1
#define F2FS_MAGIC 0xf2f52010

/* Docker's names (graphdriver.FsNames). */
static const struct fs_name {
	long magic;
	const char *name;
} fs_names[] = {
	{ EXT4_SUPER_MAGIC, "extfs" },
	{ XFS_MAGIC, "xfs" },
	{ BTRFS_SUPER_MAGIC, "btrfs" },
	{ TMPFS_MAGIC, "tmpfs" },
	{ OVERLAYFS_SUPER_MAGIC, "overlayfs" },
	{ ZFS_MAGIC, "zfs" },
	{ F2FS_MAGIC, "f2fs" },
	{ NFS_SUPER_MAGIC, "nfs" },
	{ ECRYPTFS_SUPER_MAGIC, "ecryptfs" },
	{ RAMFS_MAGIC, "ramfs" },
};

static const char *backing_name(int fd)
{
	struct statfs st;

	if (fstatfs(fd, &st))
		return "<unknown>";
	for (size_t i = 0; i < sizeof(fs_names) / sizeof(fs_names[0]); i++)
		if ((unsigned long)st.f_type == (unsigned long)fs_names[i].magic)
			return fs_names[i].name;
	return "<unknown>";
}

/* Whether readdir tells types: "l" is there, for one. */
static bool has_d_type(int overlay_fd)
{
	int fd = openat(overlay_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir d = fd < 0 ? NULL : fdopendir(fd);

	for (struct dirent *ent; d && (ent = readdir(d));)
		if (strcmp(ent->d_name, "l") == 0)
			return ent->d_type != DT_UNKNOWN;
	return false;
}

static bool has_parameter(const char *name)
{
	own_arena a = arena_new();
	const char *path = arena_printf(a, "/sys/module/overlay/parameters/%s", name);
	struct err none;
	const char *value = fs_read_str(a, AT_FDCWD, path, 16, &none);

	return value && (*value == 'Y' || *value == '1');
}

/* In a user namespace overlay keeps its attributes in user.*. */
static bool is_in_user_namespace(void)
{
	own_arena a = arena_new();
	struct err none;
	const char *map = fs_read_str(a, AT_FDCWD, "/proc/self/uid_map", 4096, &none);
	struct slice rest = slice_str(map ? map : ""), count;

	slice_rcut(slice_trim(rest), ' ', &rest, &count);
	return map && !slice_eq(count, "4294967295");
}

static const char *yes_no(bool b)
{
	return b ? "true" : "false";
}

static void measure(struct image_store *s, struct arena *a, struct str_map *out)
{
	bool has_metacopy = has_parameter("metacopy");
	/* With redirects or metadata-only copies a diff directory is no layer's content any more. */
	bool has_native_diff = !has_metacopy && !has_parameter("redirect_dir");

	str_map_set(a, out, "Backing Filesystem", backing_name(s->overlay_fd));
	str_map_set(a, out, "Supports d_type", yes_no(has_d_type(s->overlay_fd)));
	str_map_set(a, out, "Using metacopy", yes_no(has_metacopy));
	str_map_set(a, out, "Native Overlay Diff", yes_no(has_native_diff));
	str_map_set(a, out, "userxattr", yes_no(is_in_user_namespace()));
}

int image_driver_status(struct image_store *s, struct arena *a, struct str_map *out, struct err *e)
{
	own_lock guard = lock_take(&s->lock);

	if (!s->driver_arena) {
		s->driver_arena = arena_new();
		measure(s, s->driver_arena, &s->driver_status);
	}
	for (size_t i = 0; i < s->driver_status.n; i++)
		str_map_set(a, out, s->driver_status.keys[i], s->driver_status.v[i]);
	return 0;
}

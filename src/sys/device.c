/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of the devices every container has, and making nodes below a root. */
#include "sys/device.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/slice.h"
#include "sys/mounts.h"

/* The spec's structs hold pointers to numbers that nobody changes. */
#define MODE(variable) ((uint32_t *)&(variable))

static const uint32_t mode_0666 = 0666, root_id = 0;

#define NODE(p, ma, mi)                                                                  \
	{                                                                                \
		.type = "c", .path = (p), .major = (ma), .minor = (mi),                  \
		.file_mode = MODE(mode_0666), .uid = MODE(root_id), .gid = MODE(root_id) \
	}

const struct oci_device device_defaults[] = {
	NODE("/dev/null", 1, 3),
	NODE("/dev/random", 1, 8),
	NODE("/dev/full", 1, 7),
	NODE("/dev/tty", 5, 0),
	NODE("/dev/zero", 1, 5),
	NODE("/dev/urandom", 1, 9),
};
const size_t device_n_defaults = sizeof(device_defaults) / sizeof(device_defaults[0]);

static const int64_t numbers[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 }, pts_major = 136;

#define N(n) ((int64_t *)&numbers[n])
#define RULE(t, ma, mi, acc)                                                              \
	{                                                                                 \
		.allow = true, .type = (t), .major = (ma), .minor = (mi), .access = (acc) \
	}

const struct oci_device_rule device_default_rules[] = {
	RULE("c", NULL, NULL, "m"), /* mknod of anything is harmless: using it is what counts */
	RULE("b", NULL, NULL, "m"),
	RULE("c", N(1), N(3), "rwm"), /* null, random, full, tty, zero, urandom */
	RULE("c", N(1), N(8), "rwm"), RULE("c", N(1), N(7), "rwm"), RULE("c", N(5), N(0), "rwm"),
	RULE("c", N(1), N(5), "rwm"), RULE("c", N(1), N(9), "rwm"),
	RULE("c", (int64_t *)&pts_major, NULL, "rwm"), RULE("c", N(5), N(2), "rwm"), /* ptmx */
};
const size_t device_n_default_rules =
	sizeof(device_default_rules) / sizeof(device_default_rules[0]);

const struct device_link device_links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
	{ "ptmx", "pts/ptmx" },
	{ "core", "/proc/kcore" },
	{ NULL, NULL },
};

/* What a directory of devices is not searched for (as runc does). */
static const char *const skipped[] = { "pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev",
	"console", NULL };

static bool is_skipped(const char *name)
{
	for (const char *const *s = skipped; *s; s++)
		if (strcmp(*s, name) == 0)
			return true;
	return false;
}

static const char *type_of(mode_t mode)
{
	return S_ISCHR(mode) ? "c" : S_ISBLK(mode) ? "b" : S_ISFIFO(mode) ? "p" : NULL;
}

static uint32_t *number(struct arena *a, uint32_t v)
{
	uint32_t *cell = ARENA_NEW(a, uint32_t);

	*cell = v;
	return cell;
}

static void fill(struct arena *a, const char *path, const struct stat *st, struct oci_device *out)
{
	*out = (struct oci_device){
		.type = type_of(st->st_mode),
		.path = arena_strdup(a, path),
		.major = major(st->st_rdev),
		.minor = minor(st->st_rdev),
		.file_mode = number(a, st->st_mode & 07777),
		.uid = number(a, st->st_uid),
		.gid = number(a, st->st_gid),
	};
}

int device_lookup(struct arena *a, const char *path, struct oci_device *out, struct err *e)
{
	struct stat st;

	if (stat(path, &st)) {
		err_sys(e, "look at device %s", path);
		if (e->sys == ENOENT)
			e->kind = ERR_NOT_FOUND;
		return -1;
	}
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return err_set(e, ERR_INVALID, "%s: not a device node", path);
	fill(a, path, &st, out);
	return 0;
}

static int lookup_below(
	struct arena *a, int parent, const char *path, struct oci_device_list *out, struct err *e)
{
	own_dir dir = fdopendir(parent);

	if (!dir)
		return err_sys(e, "read %s", path);
	for (struct dirent *d; (d = readdir(dir));) {
		struct stat st;
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, "..") || is_skipped(d->d_name) ||
			fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		const char *child = arena_printf(a, "%s/%s", path, d->d_name);
		if (S_ISDIR(st.st_mode)) {
			int fd = openat(dirfd(dir), d->d_name,
				O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			if (fd < 0 || lookup_below(a, fd, child, out, e))
				return fd < 0 ? err_sys(e, "open %s", child) : -1;
		} else if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
			out->v = arena_grow(a, out->v, &out->n, sizeof(*out->v));
			fill(a, child, &st, &out->v[out->n - 1]);
		}
	}
	return 0;
}

int device_lookup_dir(struct arena *a, const char *path, struct oci_device_list *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_sys(e, "open %s", path) : lookup_below(a, fd, path, out, e);
}

static int bind_host_node(int root, const struct oci_device *d, struct err *e)
{
	own_fd mnt = mount_clone_path(AT_FDCWD, d->path, false, e);
	if (mnt < 0)
		return -1;
	own_fd target = mount_target_open(root, d->path, MOUNT_TARGET_FILE, e);
	return target < 0 ? -1 : mount_attach(mnt, target, e);
}

static mode_t type_bits(const char *type)
{
	return *type == 'b' ? S_IFBLK : *type == 'p' ? S_IFIFO : S_IFCHR;
}

/*
 * Owner and mode, by descriptor: by name they might reach what others put there meanwhile. Access control lists of the
 * directory may have changed the mode given to mknod.
 */
static int give_node(
	int node, const struct stat *st, mode_t mode, const struct oci_device *d, struct err *e)
{
	uid_t uid = d->uid ? *d->uid : 0;
	gid_t gid = d->gid ? *d->gid : 0;
	char path[32];

	if ((st->st_uid != uid || st->st_gid != gid) && fchownat(node, "", uid, gid, AT_EMPTY_PATH))
		return err_sys(e, "set owner of device %s", d->path);
	/* An O_PATH descriptor takes no fchmod; its magic link leads to itself, whatever has its name. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", node);
	if ((st->st_mode & 07777) != mode && chmod(path, mode))
		return err_sys(e, "set mode of device %s", d->path);
	return 0;
}

static int make_node(int dir, const char *name, const struct oci_device *d, struct err *e)
{
	mode_t mode = d->file_mode ? (mode_t)*d->file_mode & 07777 : 0666;
	mode_t type = type_bits(d->type);
	dev_t dev = type == S_IFIFO ? 0 : makedev((unsigned)d->major, (unsigned)d->minor);
	struct stat st;

	if (mknodat(dir, name, type | mode, dev) && errno != EEXIST)
		return err_sys(e, "make device %s", d->path);
	own_fd node = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (node < 0 || fstat(node, &st))
		return err_sys(e, "open device %s", d->path);
	if ((st.st_mode & S_IFMT) != type || st.st_rdev != dev)
		return err_set(e, ERR_CONFLICT, "make device %s: something else is there", d->path);
	return give_node(node, &st, mode, d, e);
}

int device_create(int root, const struct oci_device *d, bool bind, struct err *e)
{
	struct slice parent, name;

	/* A fifo is no device: everybody may make one. */
	if (bind && !str_eq(d->type, "p"))
		return bind_host_node(root, d, e);
	if (str_empty(d->type) || !slice_rcut(slice_str(d->path), '/', &parent, &name) || !name.n)
		return err_set(
			e, ERR_INVALID, "invalid device path \"%s\"", d->path ? d->path : "");
	own_mem char *dir_path = strndup(parent.p, parent.n);
	if (!dir_path)
		abort();
	own_fd dir = parent.n ? fs_mkdir_in(root, dir_path, 0755, e)
			      : fs_open_in(root, "/", O_PATH | O_DIRECTORY, 0, e);
	if (dir < 0)
		return -1;
	if (make_node(dir, name.p, d, e) == 0)
		return 0;
	return e->sys == EPERM ? bind_host_node(root, d, e) : -1;
}

int device_create_links(int dev_fd, struct err *e)
{
	for (const struct device_link *l = device_links; l->name; l++) {
		if (strcmp(l->name, "core") == 0 && access(l->target, F_OK))
			continue;
		if (symlinkat(l->target, dev_fd, l->name) && errno != EEXIST)
			return err_sys(e, "link /dev/%s", l->name);
	}
	return 0;
}

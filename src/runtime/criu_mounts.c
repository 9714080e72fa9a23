/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which mounts of a container CRIU shall take as given. What lies on the container's own filesystems (tmpfs, proc,
 * devpts, read-only binds of itself) CRIU dumps and makes again.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/slice.h"
#include "criu_request.h"
#include "sys/device.h"
#include "sys/mounts.h"

struct adding {
	struct criu_request *r;
	enum criu_side side;
	const struct oci_spec *spec;
	int root;
	const struct cgroup_host *host;
	const struct cgroup *cg;
};

/* Where the destination really is: links on the way lead elsewhere. What cannot be found stays as it is written. */
static const char *resolve(const struct adding *add, const char *destination)
{
	char link[32], top[PATH_MAX], path[PATH_MAX];
	struct arena *a = add->r->arena;
	struct err ignored;
	size_t length = strlen(destination);

	while (length > 1 && destination[length - 1] == '/')
		length--;
	const char *plain = arena_strndup(a, destination, length);
	own_fd fd = fs_open_in(add->root, destination, O_PATH, 0, &ignored);
	if (fd < 0)
		return plain;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", add->root);
	ssize_t top_n = readlink(link, top, sizeof(top) - 1);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path) - 1);
	if (top_n <= 0 || n <= 0)
		return plain;
	top[top_n] = path[n] = 0;
	if (top_n == 1)
		return arena_strdup(a, path);
	return str_starts(path, top) && path[top_n] == '/' ? arena_strdup(a, path + top_n) : plain;
}

static void add_mount(const struct adding *add, const char *destination, const char *source)
{
	const char *key = resolve(add, destination);

	if (source && source[0] != '/')
		source = arena_printf(add->r->arena, "%s/%s", add->r->base, source);
	criu_put_ext_mount(add->r, key, add->side == CRIU_SIDE_DUMP || !source ? key : source);
}

/* mount_cgroup.h lays them out by the names of the host's directories. */
static void add_hierarchies(const struct adding *add, const char *destination)
{
	struct arena *a = add->r->arena;
	const struct cgroup_mount *mounts;
	size_t n = cgroup_host_mounts(add->host, &mounts);

	for (size_t i = 0; i < n; i++) {
		struct slice first, rest;
		slice_cut(slice_str(mounts[i].controllers), ',', &first, &rest);
		const char *dir = cgroup_dir(add->cg, arena_strndup(a, first.p, first.n));
		const char *slash = strrchr(mounts[i].mount_point, '/');
		if (mounts[i].v2 || !dir || !slash)
			continue;
		const char *key = arena_printf(a, "%s%s", resolve(add, destination), slash);
		criu_put_ext_mount(add->r, key, add->side == CRIU_SIDE_DUMP ? key : dir);
	}
}

static int add_spec_mounts(const struct adding *add, struct err *e)
{
	bool own_cgroups = cgroup_host_version(add->host) == CGROUP_V2 ||
			   oci_spec_has_ns(add->spec, "cgroup", NULL);

	for (size_t i = 0; i < add->spec->mounts.n; i++) {
		const struct oci_mount *m = &add->spec->mounts.v[i];
		struct mount_opts o;
		if (mount_parse_options(add->r->arena, &m->options, &o, e))
			return -1;
		if (str_eq(m->type, "cgroup") && !own_cgroups && add->cg)
			add_hierarchies(add, m->destination);
		else if (o.bind || str_eq(m->type, "bind"))
			add_mount(add, m->destination, m->source);
	}
	return 0;
}

/* On the way back one word for all: what /dev/null stood over. */
static void add_masked(const struct adding *add)
{
	const struct str_list *paths = &add->spec->linux.masked_paths;
	struct err ignored;
	struct stat st;

	if (add->side == CRIU_SIDE_RESTORE && paths->n)
		criu_put_ext_mount(add->r, "/dev/null", "/dev/null");
	if (add->side == CRIU_SIDE_RESTORE)
		return;
	for (size_t i = 0; i < paths->n; i++) {
		own_fd fd = fs_open_in(add->root, paths->v[i], O_PATH, 0, &ignored);
		if (fd >= 0 && fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
			criu_put_ext_mount(add->r, paths->v[i], "/dev/null");
	}
}

/* In a user namespace devices are bind mounts of the host's. */
static void add_devices(const struct adding *add)
{
	const struct oci_device_list *own = &add->spec->linux.devices;

	for (size_t i = 0; i < device_n_defaults; i++)
		add_mount(add, device_defaults[i].path, device_defaults[i].path);
	for (size_t i = 0; i < own->n; i++)
		add_mount(add, own->v[i].path, own->v[i].path);
}

int criu_put_mounts(struct criu_request *r, enum criu_side side, const struct oci_spec *spec,
	int root, const struct cgroup_host *host, const struct cgroup *cg, struct err *e)
{
	struct adding add = { r, side, spec, root, host, cg };

	if (add_spec_mounts(&add, e))
		return -1;
	add_masked(&add);
	add_devices(&add);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the hierarchies: mountinfo says where they are, /proc/self/cgroup where in them we stand. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "sys/cgroup_int.h"

bool cgroup_list_has(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = list; p && *p;) {
		size_t len = strcspn(p, ", \n");
		if (len == n && memcmp(p, name, n) == 0)
			return true;
		p += len + (p[len] ? 1 : 0);
	}
	return false;
}

/* \040 and kin, as the kernel writes them in mountinfo (proc(5)). */
static char *unescape(struct arena *a, struct slice s)
{
	char *out = arena_strndup(a, s.p, s.n), *to = out;

	for (const char *p = out; *p; p++) {
		if (p[0] == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] && p[3]) {
			*to++ = (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0'));
			p += 3;
		} else {
			*to++ = *p;
		}
	}
	*to = 0;
	return out;
}

/* The n-th (from 0) blank-separated word of line. */
static struct slice word(struct slice line, int n)
{
	struct slice head = { 0 };

	while (n-- >= 0)
		slice_cut(line, ' ', &head, &line);
	return head;
}

/* The controllers (or name=) among a v1 superblock's options, which also hold "rw" and others. */
static const char *v1_controllers(struct arena *a, struct slice options)
{
	static const char *const others[] = { "rw", "ro", "noprefix", "clone_children",
		"cpuset_v2_mode", "xattr", "favordynmods", "none", "seclabel", NULL };
	struct slice one;
	own_buf list = { 0 };

	buf_init(&list, 4096);
	for (bool more = true; more;) {
		bool is_other = false;
		more = slice_cut(options, ',', &one, &options);
		for (const char *const *o = others; *o; o++)
			is_other |= slice_eq(one, *o);
		if (is_other || slice_starts(one, "release_agent="))
			continue;
		buf_fmt(&list, "%s%.*s", list.len ? "," : "", (int)one.n, one.p);
	}
	return arena_strndup(a, list.data, list.len);
}

/* /proc/self/cgroup's path of the hierarchy, e.g. of "cpu,cpuacct"; "" for the v2 tree. */
static struct slice own_path(struct slice cgroups, const char *controllers, bool v2)
{
	struct slice line, id, rest, list, path, first;

	slice_cut(slice_str(controllers), ',', &first, &rest);
	for (bool more = true; more;) {
		more = slice_cut(cgroups, '\n', &line, &cgroups);
		if (!slice_cut(line, ':', &id, &rest) || !slice_cut(rest, ':', &list, &path))
			continue;
		if (v2 && slice_eq(id, "0") && !list.n)
			return path;
		for (struct slice one; !v2 && list.n;) {
			slice_cut(list, ',', &one, &list);
			if (one.n == first.n && memcmp(one.p, first.p, one.n) == 0)
				return path;
		}
	}
	return slice_str("/");
}

/*
 * Our path as seen below the mount point: /proc/self/cgroup counts from the cgroup namespace's root, the mount
 * shows the subtree at `root` of it.
 */
static const char *below_mount(struct arena *a, const char *root, struct slice own)
{
	size_t n = strlen(root);

	if (n > 1 && own.n >= n && memcmp(own.p, root, n) == 0 && (own.n == n || own.p[n] == '/'))
		own = (struct slice){ own.p + n, own.n - n };
	else if (n > 1)
		own = slice_str("/");
	return own.n ? arena_strndup(a, own.p, own.n) : "/";
}

static bool is_known(const struct cgroup_host *h, bool v2, const char *controllers)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->mounts[i].v2 == v2 && strcmp(h->mounts[i].controllers, controllers) == 0)
			return true;
	return false;
}

/* One line of mountinfo: "36 35 0:31 ROOT POINT opts [tags] - TYPE source SUPER". */
static int add_mount(struct cgroup_host *h, struct slice line, struct slice cgroups, struct err *e)
{
	const char *dash = memmem(line.p, line.n, " - ", 3);
	struct slice tail = dash ? (struct slice){ dash + 3, (size_t)(line.p + line.n - dash - 3) }
				 : (struct slice){ 0 };
	struct slice type = word(tail, 0);
	bool v2 = slice_eq(type, "cgroup2");

	if (!v2 && !slice_eq(type, "cgroup"))
		return 0;
	const char *controllers = v2 ? "" : v1_controllers(h->arena, word(tail, 2));
	if (is_known(h, v2, controllers) || (!v2 && !*controllers))
		return 0;
	if (h->n == CGROUP_MEMBERS_MOST)
		return err_set(
			e, ERR_INTERNAL, "more than %d cgroup hierarchies", CGROUP_MEMBERS_MOST);
	h->mounts[h->n] =
		(struct cgroup_mount){ v2, controllers, unescape(h->arena, word(line, 4)) };
	h->own[h->n] = below_mount(
		h->arena, unescape(h->arena, word(line, 3)), own_path(cgroups, controllers, v2));
	h->n++;
	return 0;
}

int cgroup_host_read(
	struct cgroup_host *h, struct slice mountinfo, struct slice cgroups, struct err *e)
{
	struct slice line;

	for (bool more = true; more;) {
		more = slice_cut(mountinfo, '\n', &line, &mountinfo);
		if (memmem(line.p ? line.p : "", line.n, " - cgroup", 9) &&
			add_mount(h, line, cgroups, e))
			return -1;
	}
	if (!h->n)
		return err_set(e, ERR_UNAVAILABLE, "no cgroup filesystem is mounted");
	/* One v1 hierarchy with a real controller makes it a v1 (or hybrid) machine; name=systemd does not. */
	h->version = CGROUP_V2;
	for (size_t i = 0; i < h->n; i++)
		if (!h->mounts[i].v2 && !str_starts(h->mounts[i].controllers, "name="))
			h->version = CGROUP_V1;
	return 0;
}

struct cgroup_host *cgroup_host_new(struct err *e)
{
	struct arena *a = arena_new();
	struct cgroup_host *h = ARENA_NEW(a, struct cgroup_host);
	own_buf mountinfo = { 0 }, cgroups = { 0 };

	buf_init(&mountinfo, 64u << 20);
	buf_init(&cgroups, 1u << 20);
	h->arena = a;
	if (fs_read(AT_FDCWD, "/proc/self/mountinfo", (64u << 20) - 1, &mountinfo, e) ||
		fs_read(AT_FDCWD, "/proc/self/cgroup", (1u << 20) - 1, &cgroups, e) ||
		cgroup_host_read(h, (struct slice){ mountinfo.data, mountinfo.len },
			(struct slice){ cgroups.data, cgroups.len }, e)) {
		arena_free(a);
		return NULL;
	}
	return h;
}

void cgroup_host_free(struct cgroup_host *h)
{
	if (h)
		arena_free(h->arena);
}

enum cgroup_version cgroup_host_version(const struct cgroup_host *h)
{
	return h->version;
}

size_t cgroup_host_mounts(const struct cgroup_host *h, const struct cgroup_mount **out)
{
	*out = h->mounts;
	return h->n;
}

/* Whether a list at the top of the v2 tree names the controller: cgroup.controllers, cgroup.subtree_control. */
static bool v2_lists(const struct cgroup_mount *m, const char *file, const char *controller)
{
	own_fd dir = open(m->mount_point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err e;
	own_buf list = { 0 };

	buf_init(&list, 4096);
	return dir >= 0 && fs_read(dir, file, 4095, &list, &e) == 0 &&
	       cgroup_list_has(list.data, controller);
}

static const struct cgroup_mount *mount_of(const struct cgroup_host *h, const char *controller)
{
	for (size_t i = 0; i < h->n; i++)
		if (!h->mounts[i].v2 && cgroup_list_has(h->mounts[i].controllers, controller))
			return &h->mounts[i];
	for (size_t i = 0; i < h->n; i++)
		if (h->mounts[i].v2 && v2_lists(&h->mounts[i], "cgroup.controllers", controller))
			return &h->mounts[i];
	return NULL;
}

bool cgroup_host_has(const struct cgroup_host *h, const char *controller)
{
	return mount_of(h, controller) != NULL;
}

bool cgroup_host_has_file(const struct cgroup_host *h, const char *controller, const char *file)
{
	const struct cgroup_mount *m = mount_of(h, controller);
	int fd = m ? open(m->mount_point, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	own_dir top = fd >= 0 ? fdopendir(fd) : NULL;

	if (!top)
		return false;
	if (fs_exists(fd, file))
		return true;
	/* Some files are in no hierarchy's top directory: look into the first group below it that has them. */
	for (struct dirent *d; (d = readdir(top));) {
		char path[NAME_MAX * 2];
		if (d->d_type != DT_DIR || d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", d->d_name, file);
		if (fs_exists(fd, path))
			return true;
	}
	/* Where nobody was given the controller yet, no group could show its files. */
	return m->v2 && !v2_lists(m, "cgroup.subtree_control", controller);
}

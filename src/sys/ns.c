/* SPDX-License-Identifier: Apache-2.0 */
/* The namespace table, and setns(2) by fd. */
#include "sys/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fs.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

const struct ns_type ns_types[] = {
	{ "user", "user", CLONE_NEWUSER },
	{ "ipc", "ipc", CLONE_NEWIPC },
	{ "uts", "uts", CLONE_NEWUTS },
	{ "network", "net", CLONE_NEWNET },
	{ "pid", "pid", CLONE_NEWPID },
	{ "cgroup", "cgroup", CLONE_NEWCGROUP },
	{ "time", "time", CLONE_NEWTIME },
	{ "mount", "mnt", CLONE_NEWNS },
	{ NULL, NULL, 0 },
};

const struct ns_type *ns_find(const char *name)
{
	for (const struct ns_type *t = ns_types; name && t->name; t++)
		if (strcmp(name, t->name) == 0 || strcmp(name, t->proc) == 0)
			return t;
	return NULL;
}

int ns_open(pid_t pid, const struct ns_type *t, struct err *e)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, t->proc);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open %s", path) : fd;
}

int ns_open_path(const char *path, const struct ns_type *t, struct err *e)
{
	own_fd fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "open %s namespace %s", t->name, path);
	int flag = ioctl(fd, NS_GET_NSTYPE);
	if (flag < 0)
		return err_set(e, ERR_INVALID, "%s is no namespace", path);
	if (flag != t->flag)
		return err_set(e, ERR_INVALID, "%s is not a %s namespace", path, t->name);
	return take_fd(&fd);
}

bool ns_same(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

int ns_join(int fd, const struct ns_type *t, struct err *e)
{
	return setns(fd, t->flag) ? err_sys(e, "join %s namespace", t->name) : 0;
}

int ns_join_process(int pidfd, int flags, struct err *e)
{
	return setns(pidfd, flags) ? err_sys(e, "join the process's namespaces") : 0;
}

int ns_differing(pid_t pid, int *flags, struct err *e)
{
	*flags = 0;
	for (const struct ns_type *t = ns_types; t->name; t++) {
		char mine[64], theirs[64];
		struct stat x, y;
		snprintf(mine, sizeof(mine), "/proc/self/ns/%s", t->proc);
		snprintf(theirs, sizeof(theirs), "/proc/%d/ns/%s", (int)pid, t->proc);
		if (stat(mine, &x))
			continue; /* a kernel without this kind */
		if (stat(theirs, &y))
			return err_sys(e, "look at %s", theirs);
		if (x.st_dev != y.st_dev || x.st_ino != y.st_ino)
			*flags |= t->flag;
	}
	return 0;
}

static int write_map(int proc, const char *name, const struct oci_id_map_list *maps, struct err *e)
{
	own_buf text = { 0 };

	buf_init(&text, 16384); /* the kernel takes at most a page, 340 lines */
	if (!maps->n)
		return 0;
	for (size_t i = 0; i < maps->n; i++)
		buf_fmt(&text, "%u %u %u\n", maps->v[i].container_id, maps->v[i].host_id,
			maps->v[i].size);
	return fs_write_kernel(proc, name, text.data, e);
}

int ns_write_maps(pid_t pid, const struct oci_id_map_list *uids, const struct oci_id_map_list *gids,
	bool deny_setgroups, struct err *e)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	own_fd proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		return err_sys(e, "open %s", path);
	if (deny_setgroups && fs_write_kernel(proc, "setgroups", "deny", e))
		return -1;
	if (write_map(proc, "uid_map", uids, e) || write_map(proc, "gid_map", gids, e))
		return err_in(e, "write id maps of process %d", (int)pid);
	return 0;
}

bool ns_in_user_namespace(void)
{
	char map[64] = "";
	own_fd fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
	unsigned inside, outside, count;

	if (fd < 0 || read(fd, map, sizeof(map) - 1) <= 0)
		return false;
	return sscanf(map, "%u %u %u", &inside, &outside, &count) != 3 || inside || outside ||
	       count != UINT32_MAX;
}

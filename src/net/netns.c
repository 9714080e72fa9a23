/* SPDX-License-Identifier: Apache-2.0 */
/* Short-lived threads in network namespaces, and the files namespaces are mounted at. */
#include "net/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/thread.h"

#define CURRENT "/proc/thread-self/ns/net"

struct visit {
	const char *path; /* NULL: a new one */
	int (*inside)(void *arg, struct err *e);
	void *arg;
	struct err *e;
	int result;
};

static int enter(const char *path, struct err *e)
{
	if (!path)
		return unshare(CLONE_NEWNET) < 0 ? err_sys(e, "make network namespace") : 0;

	own_fd ns = open(path, O_RDONLY | O_CLOEXEC);

	if (ns < 0)
		return err_sys(e, "open network namespace %s", path);
	if (setns(ns, CLONE_NEWNET) < 0)
		return err_sys(e, "enter network namespace %s", path);
	return 0;
}

static void visit(void *arg)
{
	struct visit *v = arg;

	v->result = enter(v->path, v->e);
	if (v->result == 0)
		v->result = v->inside(v->arg, v->e);
}

static int run(struct visit *v, struct err *e)
{
	pthread_t t;

	if (thread_start(&t, visit, v, e) < 0)
		return -1;
	thread_join(t);
	return v->result;
}

int netns_run_new(int (*inside)(void *arg, struct err *e), void *arg, struct err *e)
{
	struct visit v = { .inside = inside, .arg = arg, .e = e };

	return run(&v, e);
}

int netns_run_at(
	const char *path, int (*inside)(void *arg, struct err *e), void *arg, struct err *e)
{
	struct visit v = { .path = path, .inside = inside, .arg = arg, .e = e };

	return run(&v, e);
}

int netns_open_current(struct err *e)
{
	int fd = open(CURRENT, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? err_sys(e, "open " CURRENT) : fd;
}

int netns_mount_current(const char *path, struct err *e)
{
	own_fd file = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

	if (file < 0) {
		err_sys(e, "create %s", path);
		if (e->sys == EEXIST)
			e->kind = ERR_CONFLICT;
		return -1;
	}
	if (mount(CURRENT, path, NULL, MS_BIND, NULL) < 0) {
		err_sys(e, "mount network namespace at %s", path);
		unlink(path);
		return -1;
	}
	return 0;
}

int netns_unmount(const char *path, struct err *e)
{
	/* EINVAL: not a mount point; the file may be left of a start that died between two steps */
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL && errno != ENOENT)
		return err_sys(e, "unmount %s", path);
	if (unlink(path) < 0 && errno != ENOENT)
		return err_sys(e, "remove %s", path);
	return 0;
}

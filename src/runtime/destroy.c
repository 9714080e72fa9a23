/* SPDX-License-Identifier: Apache-2.0 */
/* Ending what is alive, then taking away what is left: each step may be repeated after a failure. */
#include "destroy.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/io.h"
#include "base/log.h"
#include "grants.h"
#include "hooks.h"

#define DEATH_TIMEOUT_MS 10000 /* as long as runc waits */
#define STATE_TEXT_MAX	 (1024 * 1024)

static int kill_init(const struct container *c, struct cgroup *cg, struct err *e)
{
	own_fd pidfd = container_pidfd(c, e);

	if (pidfd < 0)
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) && errno != ESRCH)
		return err_sys(e, "kill container process");
	/* On v1 a frozen process dies only when thawed. */
	if (cg && cgroup_is_frozen(cg) && cgroup_freeze(cg, false, e))
		return -1;
	int ended = io_wait_readable(pidfd, DEATH_TIMEOUT_MS, e);
	if (ended == 0)
		return err_set(e, ERR_INTERNAL, "container init still running");
	return ended < 0 ? -1 : 0;
}

static int remove_group(const struct container_record *r, struct cgroup *cg, struct err *e)
{
	if (!cg)
		return 0;
	if (fault_point("destroy.cgroup", e))
		return -1;
	/* Processes of a pid namespace of its own have ended with init. */
	if (!r->own_pid_ns && cgroup_kill(cg, SIGKILL, e))
		return -1;
	return cgroup_remove(cg, DEATH_TIMEOUT_MS, e);
}

static void run_poststop(const struct container_record *r)
{
	struct err e;
	own_buf state = { 0 };

	buf_init(&state, STATE_TEXT_MAX);
	if (!r->poststop.n)
		return;
	container_hook_state(r, CONTAINER_STOPPED, 0, &state);
	const struct hook_place place = { .dir = r->bundle };
	if (hooks_run("poststop", &r->poststop, &state, &place, &e))
		log_error("%s", e.msg);
}

int destroy_remains(const struct runtime *rt, const struct container_record *r, struct cgroup *cg,
	struct err *e)
{
	if (remove_group(r, cg, e) || grants_remove_class(r, e) ||
		fault_point("destroy.state", e) || container_forget(rt, r->id, e))
		return -1;
	run_poststop(r);
	return 0;
}

int destroy_container(const struct runtime *rt, struct container *c, bool kill, struct err *e)
{
	own_cgroup cg = container_cgroup(c, e);

	if (!cg && e->kind != ERR_NOT_FOUND)
		return -1;
	if (kill && kill_init(c, cg, e))
		return -1;
	return destroy_remains(rt, &c->record, cg, e);
}

int destroy_unfinished(const struct runtime *rt, const char *id, struct err *e)
{
	own_fd root = open(rt->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	own_fd dir =
		root < 0 ? -1 : openat(root, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0)
		return 0;
	/* A create that is still at it holds the lock. */
	while (flock(dir, LOCK_EX))
		if (errno != EINTR)
			return err_sys(e, "lock container");
	return fs_exists(dir, CONTAINER_STATE) ? 0 : container_forget(rt, id, e);
}

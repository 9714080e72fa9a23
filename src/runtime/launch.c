/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two ways:
 *
 * Plain (no user namespace): this process joins what has a path, clones, and goes back to the namespaces it
 * kept open. It is single-threaded, so nobody sees it elsewhere.
 *
 * Staged (a user namespace, new or joined, a placement, or exec): a first child moves into the cgroup while it still may, joins,
 * and clones the container's process with CLONE_PARENT, so that it is our child; then the first
 * child ends. For exec this is what keeps the host out of reach: whoever is in the container sees the new process only
 * when that is in all namespaces and has nothing of the host's open (CVE-2016-9962).
 */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/slice.h"
#include "channel.h"

int launch_plan(const struct oci_linux *l, struct launch *out, struct err *e)
{
	*out = (struct launch){ .time_offsets = &l->time_offsets, .process = -1, .into = -1 };
	for (const struct ns_type *t = ns_types; t->name; t++) {
		for (size_t i = 0; i < l->namespaces.n; i++) {
			const struct oci_namespace *ns = &l->namespaces.v[i];
			if (!str_eq(ns->type, t->name))
				continue;
			out->all |= t->flag;
			if (str_empty(ns->path)) {
				out->fresh |= t->flag;
				continue;
			}
			int fd = ns_open_path(ns->path, t, e);
			if (fd < 0) {
				launch_done(out);
				return -1;
			}
			out->joins[out->n_joins].type = t;
			out->joins[out->n_joins++].fd = fd;
		}
	}
	return 0;
}

void launch_done(struct launch *l)
{
	for (size_t i = 0; i < l->n_joins; i++)
		close(l->joins[i].fd);
	l->n_joins = 0;
}

static pid_t clone3(struct clone_args *args)
{
	return (pid_t)syscall(SYS_clone3, args, sizeof(*args));
}

int launch_clone(unsigned long flags, int into, struct launched *out, struct err *e)
{
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD | (into >= 0 ? CLONE_INTO_CGROUP : 0),
		.pidfd = (uint64_t)(uintptr_t)&out->pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = into >= 0 ? (uint64_t)into : 0,
	};

	if (fault_point("runtime.clone", e))
		return -1;
	out->pidfd = -1;
	out->pid = clone3(&args);
	if (out->pid < 0)
		return err_sys(e, "clone");
	return out->pid == 0;
}

static int launch_into(const struct launch *l)
{
	return l->into >= 0 ? l->into : l->cgroup ? cgroup_clone_fd(l->cgroup) : -1;
}

/* Children of the caller get a new time namespace; offsets must be there before the first is in it. */
static int prepare_time_ns(const struct launch *l, struct err *e)
{
	if (!(l->fresh & CLONE_NEWTIME))
		return 0;
	if (unshare(CLONE_NEWTIME))
		return err_sys(e, "unshare time namespace");
	for (size_t i = 0; i < l->time_offsets->n; i++) {
		char line[128];
		const struct oci_time_offset *o = &l->time_offsets->v[i];
		snprintf(line, sizeof(line), "%s %lld %u", l->time_offsets->keys[i],
			(long long)o->secs, o->nanosecs);
		if (fs_write_kernel(AT_FDCWD, "/proc/self/timens_offsets", line, e))
			return -1;
	}
	return 0;
}

/* ---- plain ---- */

/* Namespaces to come back to after the clone. */
struct way_back {
	struct {
		const struct ns_type *type;
		int fd;
	} v[LAUNCH_NS_MAX + 1];
	size_t n;
};

static int keep_way_back(struct way_back *back, const struct ns_type *t, struct err *e)
{
	int fd = ns_open(getpid(), t, e);

	if (fd < 0)
		return -1;
	back->v[back->n].type = t;
	back->v[back->n++].fd = fd;
	return 0;
}

static void go_back(struct way_back *back)
{
	struct err e;

	while (back->n) {
		back->n--;
		/* Nothing sensible can go on in a namespace that is not ours. */
		if (ns_join(back->v[back->n].fd, back->v[back->n].type, &e))
			abort();
		close(back->v[back->n].fd);
	}
}

/*
 * Two are joined by the child itself: the mount namespace, as coming back would lose our root and cwd, and the cgroup
 * namespace, as on a tree mounted with nsdelegate nobody may be born in a group that is not below his namespace's.
 */
static int join_around_clone(struct launch *l, struct way_back *back, struct err *e)
{
	for (size_t i = 0; i < l->n_joins; i++) {
		if (l->joins[i].type->flag & (CLONE_NEWNS | CLONE_NEWCGROUP))
			continue;
		if (keep_way_back(back, l->joins[i].type, e) ||
			ns_join(l->joins[i].fd, l->joins[i].type, e))
			return -1;
	}
	if (l->fresh & CLONE_NEWTIME &&
		(keep_way_back(back, ns_find("time"), e) || prepare_time_ns(l, e)))
		return -1;
	return 0;
}

/* Cheap to ask for, dear to make (a network namespace 0.5 ms): these may be made beside the parent's own work. */
#define LATE_NS (CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)

static int run_plain(struct launch *l, struct launched *out, struct err *e)
{
	struct way_back back = { .n = 0 };
	int rc = -1;

	if (join_around_clone(l, &back, e) == 0)
		rc = launch_clone(l->fresh & ~(CLONE_NEWCGROUP | CLONE_NEWTIME |
						     (l->joins_late ? LATE_NS : 0)),
			launch_into(l), out, e);
	if (rc != 1) {
		go_back(&back);
		return rc;
	}
	while (back.n)
		close(back.v[--back.n].fd);
	return 1;
}

/* ---- staged ---- */

/*
 * Entering what belongs to the host takes rights that are gone in the container's user namespace; what belongs to that
 * one may be entered before it only by the host's root. So: all that can be, the user namespace, the rest.
 */
static int join_all(const struct launch *l, struct err *e)
{
	bool joined[LAUNCH_NS_MAX] = { false };

	for (size_t i = 0; i < l->n_joins; i++) {
		const struct ns_type *t = l->joins[i].type;
		joined[i] = t->flag != CLONE_NEWUSER && setns(l->joins[i].fd, t->flag) == 0;
	}
	for (size_t i = 0; i < l->n_joins; i++)
		if (!joined[i] && ns_join(l->joins[i].fd, l->joins[i].type, e))
			return -1;
	return 0;
}

/* The parent's half of being placed, and the child's. */
static int place_child(const struct launch *l, int line, pid_t child, struct err *e)
{
	if (!l->place)
		return 0;
	return l->place(l->arg, child, e) ? -1 : channel_send(line, CHANNEL_GO, -1, 0, e);
}

static int wait_for_place(int line, struct err *e)
{
	struct channel_message m;

	if (channel_recv(line, &m, e))
		return -1;
	return m.type == CHANNEL_GO ? 0 : err_set(e, ERR_INTERNAL, "the parent has given up");
}

/* The first child. Returns 1 in the container's process; otherwise it has told the parent and ends. */
static int stage(struct launch *l, int line, struct err *e)
{
	struct err ignored;
	struct clone_args args = {
		.flags = (l->fresh & ~CLONE_NEWTIME) | CLONE_PARENT,
	};

	if (l->place && wait_for_place(line, e))
		goto failed;
	if (l->leave ? l->leave(l->arg, line, e) : l->cgroup && cgroup_join(l->cgroup, true, e))
		goto failed;
	if (l->process >= 0 && ns_join_process(l->process, l->all, e))
		goto failed;
	if (join_all(l, e))
		goto failed;
	if (l->all & ~l->fresh & CLONE_NEWUSER && launch_become_root(e))
		goto failed;
	if (prepare_time_ns(l, e))
		goto failed;
	pid_t pid = clone3(&args);
	if (pid == 0)
		return 1;
	if (pid < 0) {
		err_sys(e, "clone");
		goto failed;
	}
	channel_send(line, CHANNEL_GO, -1, pid, &ignored);
	_exit(0);
failed:
	channel_send_failure(line, e, &ignored);
	_exit(1);
}

static int hear_of_child(int line, struct launched *out, struct err *e)
{
	struct channel_message m;

	if (channel_recv(line, &m, e))
		return -1;
	if (m.type == CHANNEL_FAILED) {
		*e = m.failure;
		return -1;
	}
	if (m.type != CHANNEL_GO)
		return err_set(e, ERR_INTERNAL, "first stage of container init died");
	out->pid = m.number;
	out->pidfd = pidfd_open(m.number, 0);
	return out->pidfd < 0 ? err_sys(e, "open pidfd of %d", m.number) : 0;
}

/* vfork(2), which elsewhere is banned. */
pid_t stand_still(void) __asm__("vfork") __attribute__((returns_twice));

/*
 * exec has nothing to do while its first child is at work: it lends its memory instead of having it copied. Not with a
 * group to be born in, which vfork does not know, and not with a sanitizer's shadow memory.
 */
static bool may_lend(const struct launch *l)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return false;
#else
	return l->process >= 0 && launch_into(l) < 0 && !(l->all & CLONE_NEWUSER);
#endif
}

static int lend(struct launch *l, int parent, int child, struct launched *out, struct err *e)
{
	if (fault_point("runtime.clone", e))
		return -1;
	pid_t pid = stand_still();
	if (pid == 0 && stage(l, child, e) == 1) {
		close(child);
		return 1;
	}
	close(child);
	if (pid < 0)
		return err_sys(e, "clone");
	int rc = hear_of_child(parent, out, e);
	waitpid(pid, NULL, 0);
	return rc;
}

static int run_staged(struct launch *l, struct launched *out, struct err *e)
{
	struct launched first;
	int ends[2];

	if (channel_open(&ends[0], &ends[1], e))
		return -1;
	own_fd parent = ends[0];
	own_fd child = ends[1];
	if (may_lend(l))
		return lend(l, parent, take_fd(&child), out, e);
	int rc = launch_clone(0, launch_into(l), &first, e);
	if (rc == 1) {
		/* With the parent's end open here, too, its closing would not be heard. */
		close(take_fd(&parent));
		return stage(l, child, e);
	}
	if (rc)
		return -1;
	close(take_fd(&child));
	rc = place_child(l, parent, first.pid, e);
	if (rc == 0)
		rc = hear_of_child(parent, out, e);
	else
		close(take_fd(&parent));
	close(first.pidfd);
	waitpid(first.pid, NULL, 0);
	return rc;
}

bool launch_is_staged(const struct launch *l)
{
	return l->process >= 0 || l->place || l->all & CLONE_NEWUSER;
}

int launch_run(struct launch *l, struct launched *out, struct err *e)
{
	return launch_is_staged(l) ? run_staged(l, out, e) : run_plain(l, out, e);
}

/* ---- the child's first steps ---- */

static void close_between(unsigned first, unsigned last)
{
	if (first <= last)
		close_range(first, last, 0);
}

void launch_close_others(unsigned first, const int *keep, size_t n)
{
	for (;;) {
		unsigned next = ~0U; /* of those to keep */
		for (size_t i = 0; i < n; i++)
			if (keep[i] >= 0 && (unsigned)keep[i] >= first && (unsigned)keep[i] < next)
				next = (unsigned)keep[i];
		close_between(first, next == ~0U ? next : next - 1);
		if (next == ~0U)
			return;
		first = next + 1;
	}
}

/* Joins the one of kind flag that has a path, if there is one. */
static int join_one(const struct launch *l, int flag, struct err *e)
{
	for (size_t i = 0; i < l->n_joins; i++)
		if (l->joins[i].type->flag == flag)
			return ns_join(l->joins[i].fd, l->joins[i].type, e);
	return 0;
}

int launch_child_join(const struct launch *l, struct err *e)
{
	if (l->cgroup && cgroup_join(l->cgroup, true, e))
		return -1;
	if (l->fresh & CLONE_NEWCGROUP && unshare(CLONE_NEWCGROUP))
		return err_sys(e, "unshare cgroup namespace");
	return join_one(l, CLONE_NEWCGROUP, e);
}

int launch_child_enter(const struct launch *l, struct err *e)
{
	if (l->place || l->all & CLONE_NEWUSER) /* the first stage did it */
		return 0;
	if (l->joins_late && unshare(l->fresh & LATE_NS))
		return err_sys(e, "unshare namespaces");
	if (!l->joins_late && launch_child_join(l, e))
		return -1;
	return join_one(l, CLONE_NEWNS, e);
}

int launch_become_root(struct err *e)
{
	/* Refused where /proc/PID/setgroups says deny: then there are none to lose but the caller's own. */
	if (setgroups(0, NULL) && errno != EPERM)
		return err_sys(e, "setgroups");
	if (setresgid(0, 0, 0) || setresuid(0, 0, 0))
		return err_sys(e, "become root of the user namespace");
	return 0;
}

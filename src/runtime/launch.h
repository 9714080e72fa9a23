/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one clone3 that makes the container's first process, in all its namespaces at once. What must be
 * joined by path is joined around it; a user namespace needs one process more, because afterwards
 * nobody may come back.
 */
#ifndef TARE_RUNTIME_LAUNCH_H
#define TARE_RUNTIME_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "oci/runtime_spec.h"
#include "sys/cgroup.h"
#include "sys/ns.h"

#define LAUNCH_NS_MAX 8

struct launch {
	int all;   /* CLONE_NEW* of every namespace the spec names */
	int fresh; /* of those to be made */
	struct {
		const struct ns_type *type;
		int fd;
	} joins[LAUNCH_NS_MAX]; /* by path, in joining order */
	size_t n_joins;
	const struct oci_time_offsets *time_offsets;
	/*
	 * exec. process: pidfd whose namespaces `all` are joined at once; -1: as above. leave: what only the host's side
	 * can do, such as joining groups; it also closes all but stdio, process and keep. It may share the caller's memory:
	 * what it changes there stays changed.
	 */
	int process;
	int (*leave)(void *arg, int keep, struct err *e);
	void *arg;
	/*
	 * Moves the first child into the container's group, in the parent, before that child makes the container's process; NULL:
	 * it goes there itself.
	 */
	int (*place)(void *arg, pid_t first, struct err *e);
	struct cgroup *cgroup; /* NULL: none */
	/*
	 * Most of cgroup is still to be made: the child takes its new namespaces by itself while the parent does that, and
	 * joins it later by launch_child_join.
	 */
	bool joins_late;
	int into; /* v2 directory to be born in instead of cgroup's own; -1: that one */
};

/* Reads linux.namespaces and opens the paths. launch_done closes them. */
int launch_plan(const struct oci_linux *l, struct launch *out, struct err *e);
void launch_done(struct launch *l);

/* Whether a first stage is in the container's group until launch_run returns. */
bool launch_is_staged(const struct launch *l);

struct launched {
	pid_t pid; /* as seen by the caller */
	int pidfd; /* caller closes */
};

/*
 * Makes the process. Returns 1 in the child, 0 in the parent with *out filled, -1 in the parent on
 * failure. A child in a new user namespace has no ids yet: it waits until the parent wrote its maps (ns_write_maps), then becomes
 * root by launch_become_root.
 */
int launch_run(struct launch *l, struct launched *out, struct err *e);

/* Child: uid 0, gid 0 and no supplementary groups of its user namespace. */
int launch_become_root(struct err *e);
/*
 * Child: enters what clone3 could not give it, a mount namespace by path, and, unless it joins late, does what is said
 * below.
 */
int launch_child_enter(const struct launch *l, struct err *e);
/* Child: moves into the cgroup, and into the cgroup namespace (a new one begins at the group one is in). */
int launch_child_join(const struct launch *l, struct err *e);

/*
 * A child of this process, born in the v2 cgroup whose directory is into (-1: in the caller's). flags: CLONE_*. 1 in
 * the child, 0 in the parent, -1 (EBUSY in e->sys: that group only takes groups). Fault point runtime.clone.
 */
int launch_clone(unsigned long flags, int into, struct launched *out, struct err *e);
/* Closes every descriptor from first on but the n in keep. */
void launch_close_others(unsigned first, const int *keep, size_t n);

#endif

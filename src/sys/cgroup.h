/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's control group: one directory on cgroup v2, one in every hierarchy on v1. On a
 * hybrid machine (v1 controllers beside a v2 tree) it is v1 plus one directory in the v2 tree.
 * Which it is is found from /proc/self/mountinfo; callers never ask. Two implementations stand
 * behind this interface.
 *
 * Daemon-safe but for cgroup_join. No function keeps state outside its arguments.
 */
#ifndef TARE_SYS_CGROUP_H
#define TARE_SYS_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "oci/resources.h"

enum cgroup_version { CGROUP_V1, CGROUP_V2 };

/* Where the hierarchies of this machine are mounted, and where in them this process stands. */
struct cgroup_host;

/* Reads /proc/self/mountinfo and /proc/self/cgroup. Fails when no cgroup filesystem is mounted. */
struct cgroup_host *cgroup_host_new(struct err *e);
void cgroup_host_free(struct cgroup_host *h);
enum cgroup_version cgroup_host_version(const struct cgroup_host *h);
/* Whether the controller ("memory", "pids", "hugetlb", …) is usable, in whichever hierarchy. */
bool cgroup_host_has(const struct cgroup_host *h, const char *controller);
/*
 * Whether a limit can be set here, by its v1 or v2 file name ("memory.memsw.limit_in_bytes",
 * "cpu.max"): what `docker info` and create warnings are made of. On v2 a controller that no group was
 * given yet is taken to have all its files.
 */
bool cgroup_host_has_file(const struct cgroup_host *h, const char *controller, const char *file);

/*
 * One container's group. Holds directory fds: keep it for the length of an operation, not of a
 * container.
 */
struct cgroup;

/*
 * Makes the group at path in every hierarchy (existing directories are taken as they are), on v1
 * with the parents' cpuset values handed down, on v2 with controllers enabled on the way. An
 * absolute path counts from each hierarchy's mounted root, a relative one from this process's own
 * group (on cgroup v2 alone from the one above), as runc has it. ".." is refused. What was made is removed again on failure. Fault points
 * cgroup.mkdir.
 */
struct cgroup *cgroup_create(const struct cgroup_host *h, const char *path, struct err *e);
/*
 * Refuses a group that was there before cgroup_create and is in use, in runc's words: "container's cgroup is not empty: 1
 * process(es) found", "container's cgroup unexpectedly frozen". ERR_CONFLICT. Costs nothing for a new one.
 */
int cgroup_check_unused(struct cgroup *cg, struct err *e);
/*
 * The same in parts, for who has something to do in between: cgroup_plan only says where the group will be, cgroup_make
 * makes it in the hierarchies of v1 or in the v2 tree, and cgroup_unmake removes the directories made.
 */
struct cgroup *cgroup_plan(const struct cgroup_host *h, const char *path, struct err *e);
int cgroup_make(struct cgroup *cg, bool in_v2_tree, struct err *e);
void cgroup_unmake(struct cgroup *cg);
/* The group made earlier at path. ERR_NOT_FOUND when it is in no hierarchy any more. */
struct cgroup *cgroup_open(const struct cgroup_host *h, const char *path, struct err *e);
/*
 * Text from which cgroup_restore finds the same group without looking at mountinfo: for state
 * files.
 */
void cgroup_save(const struct cgroup *cg, struct buf *out);
struct cgroup *cgroup_restore(const char *saved, struct err *e);
/* Closes; the group stays. NULL is fine. */
void cgroup_free(struct cgroup *cg);
static inline void cgroup_cleanup(struct cgroup **cg)
{
	cgroup_free(*cg);
}
#define own_cgroup __attribute__((cleanup(cgroup_cleanup))) struct cgroup *

/*
 * The group's directory in the hierarchy of controller ("" for the v2 tree); NULL when there is
 * none.
 */
const char *cgroup_dir(const struct cgroup *cg, const char *controller);

/*
 * Applies every limit r names (feature row D6, chapter L). What this kernel lacks is an error in
 * runc's words, except where runc skips it silently (v2: swappiness, disableOOMKiller, kernel
 * memory). Device rules: see cgroup_set_devices. Fault point cgroup.apply.
 */
int cgroup_apply(struct cgroup *cg, const struct oci_resources *r, struct err *e);
/*
 * Gives the group's directory of the v2 tree, and the files in it that manage groups below (/sys/kernel/cgroup/delegate), to
 * owner: who is root in there may then make groups, and cannot change limits. Nothing on v1.
 */
int cgroup_give(struct cgroup *cg, uid_t owner, struct err *e);
/* The controller of the first limit r names ("memory"), "unified", or NULL when it names none. Devices do not count. */
const char *cgroup_first_limit(const struct oci_resources *r);
/*
 * The same on a group that is in use, for `update`: what r leaves out (or has as 0, as runc reads
 * it) stays; of quota and period given alone the other keeps its value. When one limit is refused,
 * those already changed are put back as they were read before. Device rules stay as they are.
 */
int cgroup_update(struct cgroup *cg, const struct oci_resources *r, struct err *e);
/*
 * Replaces the device rules: everything is refused but what rules allow, the last rule that matches
 * wins. v1: devices.deny/allow; v2 and hybrid without the v1 controller: a BPF program. An empty
 * list changes nothing. The runtime appends device_default_rules (sys/device.h) itself.
 */
int cgroup_set_devices(struct cgroup *cg, const struct oci_device_rule_list *rules, struct err *e);

/*
 * A directory fd of the v2 tree for clone3(CLONE_INTO_CGROUP), -1 when there is none (pure v1). It
 * stays cg's. A process born through it must still cgroup_join on v1 and hybrid machines (a no-op
 * on v2).
 */
int cgroup_clone_fd(const struct cgroup *cg);
/*
 * The same for exec into a container that made groups of its own: a v2 group with controllers
 * enabled below takes no processes (EBUSY). The directory below (or at) cg's in which the process
 * is; the caller closes it. -1 with ERR_NOT_FOUND when it is not in cg, or there is no v2 tree.
 */
int cgroup_clone_fd_beside(const struct cgroup *cg, pid_t pid, struct err *e);
/*
 * Moves the calling process in. It must be single-threaded: v1 writes "0" to tasks, which needs no
 * lock on the thread group (writing to cgroup.procs waits some 14 ms for an RCU grace period).
 * in_v2_tree says that it was already born in the v2 tree. NOT daemon-safe.
 */
int cgroup_join(struct cgroup *cg, bool in_v2_tree, struct err *e);
/* Moves another process (all its threads) in. */
int cgroup_add(struct cgroup *cg, pid_t pid, struct err *e);

/* Freezes or thaws all processes, and waits until it is so (at most 10 s). */
int cgroup_freeze(struct cgroup *cg, bool freeze, struct err *e);
/* Whether it is frozen (or freezing). A group that is gone is not. */
bool cgroup_is_frozen(struct cgroup *cg);

struct pid_list {
	pid_t *v;
	size_t n;
};
/* All processes in the group and below it, ascending. */
int cgroup_pids(struct cgroup *cg, struct arena *a, struct pid_list *out, struct err *e);
/*
 * Sends sig to all of them; SIGKILL reaches also those that fork meanwhile. An empty group is fine.
 */
int cgroup_kill(struct cgroup *cg, int sig, struct err *e);
/*
 * Removes the group and all below it. Waits up to timeout_ms for processes still leaving (by pidfd,
 * or cgroup.events on v2). Already gone is fine.
 */
int cgroup_remove(struct cgroup *cg, int timeout_ms, struct err *e);

/* How many processes the kernel's OOM killer ended in the group; 0 when it cannot be told. */
uint64_t cgroup_oom_kills(struct cgroup *cg);
/*
 * An fd that polls readable (POLLIN or POLLPRI) when the OOM killer may have struck; read and
 * re-check cgroup_oom_kills. Caller closes. v1: eventfd; v2: inotify on memory.events.
 */
int cgroup_oom_fd(struct cgroup *cg, struct err *e);

/*
 * A row per hierarchy mounted on this machine, for showing them in a container
 * (sys/mount_cgroup.h).
 */
struct cgroup_mount {
	bool v2;
	const char *controllers; /* "cpu,cpuacct", "name=systemd"; "" for v2 */
	const char *mount_point; /* "/sys/fs/cgroup/cpu,cpuacct" */
};
size_t cgroup_host_mounts(const struct cgroup_host *h, const struct cgroup_mount **out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces: the runtime spec's names, CLONE_NEW* flags and /proc names; joining them. */
#ifndef TARE_SYS_NS_H
#define TARE_SYS_NS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "oci/runtime_spec.h"

struct ns_type {
	const char *name; /* "network", as the runtime spec says */
	const char *proc; /* "net", below /proc/PID/ns */
	int flag;	  /* CLONE_NEWNET */
};

/*
 * All eight, in the order they must be joined: user first, then the others, mount last. Ends with
 * name NULL.
 */
extern const struct ns_type ns_types[];

/* By spec name or /proc name; NULL when unknown. Daemon-safe. */
const struct ns_type *ns_find(const char *name);

/* Opens /proc/PID/ns/NAME; the caller closes. Daemon-safe. */
int ns_open(pid_t pid, const struct ns_type *t, struct err *e);
/* Opens a namespace file by path and checks that it is of type t (NS_GET_NSTYPE). Daemon-safe. */
int ns_open_path(const char *path, const struct ns_type *t, struct err *e);
/* Whether two fds are the same namespace. Daemon-safe. */
bool ns_same(int a, int b);

/*
 * Enters the namespace at fd. Changes the calling thread only, but user and mount namespaces refuse
 * threaded processes: NOT daemon-safe except for network namespaces on a throw-away thread.
 */
int ns_join(int fd, const struct ns_type *t, struct err *e);
/* Enters all of flags (CLONE_NEW*) of the process at pidfd with one setns(2). NOT daemon-safe. */
int ns_join_process(int pidfd, int flags, struct err *e);
/*
 * The flags in which the process at pidfd's pid differs from the caller: joining one's own user
 * namespace fails. Daemon-safe.
 */
int ns_differing(pid_t pid, int *flags, struct err *e);

/*
 * Writes uid_map, gid_map (and setgroups "deny" when deny_setgroups) of process pid, which made a
 * user namespace. Daemon-safe.
 */
int ns_write_maps(pid_t pid, const struct oci_id_map_list *uids, const struct oci_id_map_list *gids,
	bool deny_setgroups, struct err *e);

/* Whether the caller is in a user namespace other than the first one. */
bool ns_in_user_namespace(void);

#endif

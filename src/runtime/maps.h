/* SPDX-License-Identifier: Apache-2.0 */
/* The id maps of a container's user namespace, written by whoever may. */
#ifndef TARE_RUNTIME_MAPS_H
#define TARE_RUNTIME_MAPS_H

#include "base/arena.h"
#include "base/err.h"
#include "oci/runtime_spec.h"

/*
 * Writes uid_map and gid_map of process pid, which made a user namespace. Root does so itself; others may map their
 * own ids only, and newuidmap(1) and newgidmap(1) do the rest as /etc/subuid and /etc/subgid allow.
 */
int maps_write(struct arena *a, pid_t pid, const struct oci_linux *l, struct err *e);
/*
 * For a namespace that was joined: maps given in the spec besides must be those it has. ERR_INVALID in runc's
 * words.
 */
int maps_compare(struct arena *a, pid_t pid, const struct oci_linux *l, struct err *e);

#endif

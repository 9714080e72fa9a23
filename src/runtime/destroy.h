/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a container: what `delete` and the end of `run` share. */
#ifndef TARE_RUNTIME_DESTROY_H
#define TARE_RUNTIME_DESTROY_H

#include <stdbool.h>

#include "container.h"

/*
 * Removes the container's cgroup and state directory, then runs its poststop hooks (whose failure is only logged).
 * With kill, ends what is still alive first; without, a process of it left alive is an error. c must be locked.
 * Fault points destroy.*.
 */
int destroy_container(const struct runtime *rt, struct container *c, bool kill, struct err *e);
/* The same for a container whose processes have ended, and whose group (NULL: none) is at hand. */
int destroy_remains(const struct runtime *rt, const struct container_record *r, struct cgroup *cg,
	struct err *e);

/* Removes ROOT/ID when no create is working on it and it has no record. Missing is fine. */
int destroy_unfinished(const struct runtime *rt, const char *id, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bind sources the container's first process cannot open itself: id-mapped mounts take rights over the file
 * system, and its root may not get to where the host's root gets. The parent opens them, but in the
 * child's mount namespace: there the mounts are slaves of the host's, and flags the host set on them stay
 * locked.
 */
#ifndef TARE_RUNTIME_SOURCES_H
#define TARE_RUNTIME_SOURCES_H

#include "base/err.h"
#include "creation.h"

/* Whether the child may have to ask. */
bool sources_needed(const struct creation *c);
/* Child: mount_env.source; arg is the creation. */
int sources_ask(void *arg, const struct oci_mount *m, struct err *e);
/* Parent: answers the request for the index'th mount of the spec. Fault point runtime.source. */
int sources_answer(struct creation *c, size_t index, struct err *e);

#endif

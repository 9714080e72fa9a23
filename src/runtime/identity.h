/* SPDX-License-Identifier: Apache-2.0 */
/* Who the container's process is: groups, ids, umask, home directory. */
#ifndef TARE_RUNTIME_IDENTITY_H
#define TARE_RUNTIME_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "oci/runtime_spec.h"

/*
 * Gives stdin, stdout and stderr to the user (not /dev/null), then takes its groups, gid, uid and umask.
 * Capabilities stay (PR_SET_KEEPCAPS is on afterwards).
 */
int identity_take(const struct oci_user *u, struct err *e);

/* The home directory /etc/passwd names for uid, else "/": what runc puts into HOME when it is not set. */
const char *identity_home(struct arena *a, uid_t uid);

/* The home of uid in passwd text; NULL when it has none. Pure. */
const char *identity_home_in(struct arena *a, const char *passwd, size_t n, uid_t uid);

#endif

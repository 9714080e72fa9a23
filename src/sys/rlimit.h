/* SPDX-License-Identifier: Apache-2.0 */
/* Resource limits: names with and without RLIMIT_, docker's --ulimit form, setting them. */
#ifndef TARE_SYS_RLIMIT_H
#define TARE_SYS_RLIMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "oci/runtime_spec.h"

/* RLIMIT_* number by "RLIMIT_NOFILE" or "nofile"; -1 when unknown. Daemon-safe. */
int rlimit_find(const char *name);
/* "nofile" of RLIMIT_NOFILE; NULL when unknown. */
const char *rlimit_name(int resource);

/*
 * "nofile=1024:2048", "core=0", "nproc=-1". Docker's words: "invalid ulimit argument: x", "invalid
 * ulimit type: x", "ulimit soft limit must be less than or equal to hard limit: 2 > 1".
 * Daemon-safe.
 */
int rlimit_parse(const char *text, const char **name, int64_t *soft, int64_t *hard, struct err *e);

/*
 * Sets limits of process pid (0: the caller). Raising a hard limit without CAP_SYS_RESOURCE fails
 * with EPERM in e->sys: the caller decides. Daemon-safe with pid != 0.
 */
int rlimit_apply(pid_t pid, const struct oci_rlimit_list *limits, struct err *e);

#endif

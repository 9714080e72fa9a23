/* SPDX-License-Identifier: Apache-2.0 */
/* NUMA memory policy (linux.memoryPolicy of runtime-spec 1.3). */
#ifndef TARE_SYS_MEMPOLICY_H
#define TARE_SYS_MEMPOLICY_H

#include "base/err.h"
#include "oci/runtime_spec.h"

/* Whether mode, flags and nodes are known and go together; ERR_INVALID in runc's words. Daemon-safe. */
int mempolicy_check(const struct oci_memory_policy *p, struct err *e);
/* Sets the calling thread's policy; exec keeps it. NOT daemon-safe. */
int mempolicy_apply(const struct oci_memory_policy *p, struct err *e);

/* Names for `features`, NULL-terminated. */
const char *const *mempolicy_mode_names(void);
const char *const *mempolicy_flag_names(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scheduling of the calling process: policy, I/O priority, CPU affinity, personality. NOT
 * daemon-safe but sched_parse_cpus.
 */
#ifndef TARE_SYS_SCHED_H
#define TARE_SYS_SCHED_H

#include <sched.h>

#include "base/err.h"
#include "oci/runtime_spec.h"

/* Whether every name in it is known, ERR_INVALID. Daemon-safe. */
int sched_check(const struct oci_scheduler *s, struct err *e);
int sched_apply(const struct oci_scheduler *s, struct err *e);
/* "IOPRIO_CLASS_BE" and 0 … 7. */
int sched_set_io_priority(const struct oci_io_priority *p, struct err *e);
/* "0-3,7" as a set; ERR_INVALID when malformed or beyond CPU_SETSIZE. */
int sched_parse_cpus(const char *text, cpu_set_t *out, struct err *e);
int sched_set_affinity(const char *cpus, struct err *e);
/*
 * All CPUs the cgroup leaves: a caller bound to one shall not bind its containers. What a kernel refuses is
 * let be, as by runc.
 */
void sched_reset_affinity(void);
/* "LINUX" or "LINUX32". There are no flags yet: the caller warns of them, as runc does. */
int sched_set_personality(const struct oci_personality *p, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Conversions between the v1 numbers the specs speak and the v2 files (feature chapter L). Pure. */
#ifndef TARE_SYS_CGROUP_VALUE_H
#define TARE_SYS_CGROUP_VALUE_H

#include <stdint.h>

#include "base/err.h"

/*
 * cpu.shares (2 … 262144) → cpu.weight (1 … 10000) so that 1024 → 100, log-quadratic as runc ≥ 1.4
 * and crun ≥ 1.23 do; 0 → 0 (unset).
 */
uint64_t cgroup_cpu_weight(uint64_t shares);
/* blkio weight (10 … 1000) → io.weight (1 … 10000); 0 → 0. */
uint64_t cgroup_io_weight(uint64_t weight);
/*
 * memory.swap.max from the spec's memory+swap and memory limits, 0 meaning "not given" and -1 "no
 * limit" in all of them. Equal limits give 0 too: the caller knows that swap was given.
 * ERR_INVALID: "unable to set swap limit without memory limit", "memory+swap limit should be >=
 * memory limit".
 */
int cgroup_swap_max(int64_t memory_and_swap, int64_t memory, int64_t *out, struct err *e);

#endif

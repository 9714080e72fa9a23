/* SPDX-License-Identifier: Apache-2.0 */
/* From `update`'s flags to linux.resources. */
#ifndef TARE_RUNTIME_UPDATE_H
#define TARE_RUNTIME_UPDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "oci/resources.h"

/* As given; NULL or "": not at all. */
struct update_opts {
	const char *resources;
	int64_t blkio_weight;
	const char *cpu_period, *cpu_quota, *cpu_burst, *cpu_share, *cpu_rt_period, *cpu_rt_runtime;
	const char *cpu_idle, *cpuset_cpus, *cpuset_mems;
	const char *memory, *memory_reservation, *memory_swap, *kernel_memory, *kernel_memory_tcp;
	int64_t pids_limit;
	const char *l3_cache_schema, *mem_bw_schema;
	bool help;
};

/*
 * What the flags ask for. A flag that was not given leaves its member NULL. ERR_INVALID: `invalid value for cpu-share:
 * strconv.ParseUint: parsing "x": invalid syntax`, `invalid value for memory: invalid size: 'x'`.
 */
int update_from_flags(
	struct arena *a, const struct update_opts *o, struct oci_resources *out, struct err *e);
#endif

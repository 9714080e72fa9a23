/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a group uses, in the terms of `events --stats` and `docker stats`, from v1's and v2's different files. What this
 * kernel does not keep is 0 or an empty list. A memory limit that is not set is what the kernel says: UINT64_MAX on v2,
 * 9223372036854771712 on v1.
 */
#ifndef TARE_SYS_CGROUP_STATS_H
#define TARE_SYS_CGROUP_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sys/cgroup.h"

struct cgroup_stat_entry {
	const char *key;
	uint64_t value;
};

struct cgroup_stat_list {
	struct cgroup_stat_entry *v;
	size_t n;
};

struct cgroup_number_list {
	uint64_t *v;
	size_t n;
};

struct cgroup_blkio_entry {
	uint64_t major, minor;
	/* "Read", "Write", "Sync", "Async", "Discard", "Total"; "" where there is but one number */
	const char *op;
	uint64_t value;
};

struct cgroup_blkio_list {
	struct cgroup_blkio_entry *v;
	size_t n;
};

/* Pressure stall information; is_known is false on v1 and on kernels without it. */
struct cgroup_psi_line {
	double avg10, avg60, avg300; /* percent */
	uint64_t total;		     /* microseconds */
};

struct cgroup_psi {
	bool is_known;
	struct cgroup_psi_line some, full;
};

struct cgroup_memory_use {
	uint64_t limit, usage, max, fail_count; /* bytes, but for the count */
};

struct cgroup_hugetlb_use {
	const char *page_size; /* "2MB" */
	uint64_t usage, max, fail_count;
};

struct cgroup_hugetlb_list {
	struct cgroup_hugetlb_use *v;
	size_t n;
};

/* runc reports these of the cpuset controller of v1 only. */
struct cgroup_cpuset_use {
	struct cgroup_number_list cpus, mems;
	uint64_t cpu_exclusive, mem_hardwall, mem_exclusive, memory_migrate, memory_spread_page,
		memory_spread_slab, memory_pressure, sched_load_balance;
	int64_t sched_relax_domain_level;
};

struct cgroup_stats {
	enum cgroup_version version;
	struct {
		uint64_t total_ns, user_ns, system_ns;
		struct cgroup_number_list per_cpu_ns, per_cpu_kernel_ns, per_cpu_user_ns; /* v1 */
		uint64_t periods, throttled_periods, throttled_ns;
		struct cgroup_psi psi;
	} cpu;
	struct cgroup_cpuset_use cpuset;
	struct {
		uint64_t cache;
		/* swap is memory + swap on both versions, as runc has it */
		struct cgroup_memory_use usage, swap, kernel, kernel_tcp;
		struct cgroup_stat_list raw; /* memory.stat as the kernel writes it */
		struct cgroup_psi psi;
	} memory;
	struct {
		uint64_t current, limit; /* limit 0: none */
	} pids;
	struct {
		struct cgroup_blkio_list service_bytes, serviced, queued, service_time, wait_time,
			merged, time, sectors; /* the last six on v1 only */
		struct cgroup_psi psi;
	} blkio;
	struct cgroup_hugetlb_list hugetlb;
};

/* Reads all; lists and keys lie in a. ERR_NOT_FOUND when the group is gone. */
int cgroup_read_stats(struct cgroup *cg, struct arena *a, struct cgroup_stats *out, struct err *e);

#endif

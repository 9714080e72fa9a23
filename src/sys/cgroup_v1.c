/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits on cgroup v1, one function a controller. Where the kernel compares a new value with an old one (memory
 * and swap, quota and period) the order of writing decides; runc's order is kept. blkio has a file of its own.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sys/cgroup_int.h"

#define MEMORY_LIMIT "memory.limit_in_bytes"
#define SWAP_LIMIT   "memory.memsw.limit_in_bytes"

static int apply_realtime(struct cgroup_member *m, const struct oci_cpu *c, struct err *e)
{
	bool period_later = false;

	if (c->realtime_period && cgroup_write_u64(m, "cpu.rt_period_us", *c->realtime_period, e)) {
		/* A period shorter than the runtime in force is EINVAL until that is lowered. */
		if (e->sys != EINVAL || !c->realtime_runtime)
			return -1;
		period_later = true;
	}
	if (c->realtime_runtime &&
		cgroup_write_i64(m, "cpu.rt_runtime_us", *c->realtime_runtime, e))
		return -1;
	return period_later ? cgroup_write_u64(m, "cpu.rt_period_us", *c->realtime_period, e) : 0;
}

static int apply_bandwidth(struct cgroup_member *m, const struct oci_cpu *c, struct err *e)
{
	bool period_later = false, burst_later = false;

	if (c->period && *c->period && cgroup_write_u64(m, "cpu.cfs_period_us", *c->period, e)) {
		/* A longer period may break the parent's quota until the new quota is there. */
		if (e->sys != EINVAL || !c->quota || !*c->quota)
			return -1;
		period_later = true;
	}
	/* A burst above the quota is refused: a smaller one goes in before, a larger one after the quota. */
	if (c->burst && cgroup_write_u64(m, "cpu.cfs_burst_us", *c->burst, e)) {
		if (e->sys != EINVAL || !c->quota || !*c->quota)
			return -1;
		burst_later = true;
	}
	if (c->quota && *c->quota && cgroup_write_i64(m, "cpu.cfs_quota_us", *c->quota, e))
		return -1;
	if (period_later && cgroup_write_u64(m, "cpu.cfs_period_us", *c->period, e))
		return -1;
	return burst_later ? cgroup_write_u64(m, "cpu.cfs_burst_us", *c->burst, e) : 0;
}

/* The kernel clamps shares silently: what it took is compared with what was asked. */
static int apply_shares(struct cgroup_member *m, uint64_t shares, struct err *e)
{
	uint64_t got;

	if (shares == 0)
		return 0;
	if (cgroup_write_u64(m, "cpu.shares", shares, e) ||
		cgroup_read_u64(m, "cpu.shares", &got, e))
		return -1;
	if (got < shares)
		return err_set(e, ERR_INVALID, "the maximum allowed cpu-shares is %llu",
			(unsigned long long)got);
	if (got > shares)
		return err_set(e, ERR_INVALID, "the minimum allowed cpu-shares is %llu",
			(unsigned long long)got);
	return 0;
}

static bool wants_cpu(const struct oci_resources *r)
{
	const struct oci_cpu *c = r->cpu;

	return c && (c->shares || c->quota || c->burst || c->period || c->realtime_runtime ||
			    c->realtime_period || c->idle);
}

static int apply_cpu(struct cgroup_member *m, const struct oci_resources *r, struct err *e)
{
	const struct oci_cpu *c = r->cpu;

	if (c->shares && apply_shares(m, *c->shares, e))
		return -1;
	if (apply_bandwidth(m, c, e) || apply_realtime(m, c, e))
		return -1;
	return c->idle ? cgroup_write_i64(m, "cpu.idle", *c->idle, e) : 0;
}

static bool wants_cpuset(const struct oci_resources *r)
{
	return r->cpu && (!str_empty(r->cpu->cpus) || !str_empty(r->cpu->mems));
}

static int apply_cpuset(struct cgroup_member *m, const struct oci_resources *r, struct err *e)
{
	if (!str_empty(r->cpu->cpus) && cgroup_write(m, "cpuset.cpus", r->cpu->cpus, e))
		return -1;
	return str_empty(r->cpu->mems) ? 0 : cgroup_write(m, "cpuset.mems", r->cpu->mems, e);
}

/* EBUSY means that more is in use and cannot be reclaimed: say how much. */
static int write_memory(struct cgroup_member *m, int64_t limit, struct err *e)
{
	uint64_t usage, peak;
	struct err ignored;

	if (limit == 0 || cgroup_write_i64(m, MEMORY_LIMIT, limit, e) == 0)
		return 0;
	if (e->sys != EBUSY || cgroup_read_u64(m, "memory.usage_in_bytes", &usage, &ignored) ||
		cgroup_read_u64(m, "memory.max_usage_in_bytes", &peak, &ignored))
		return -1;
	return err_set(e, ERR_INVALID,
		"unable to set memory limit to %lld (current usage: %llu, peak usage: %llu)",
		(long long)limit, (unsigned long long)usage, (unsigned long long)peak);
}

static int write_swap(struct cgroup_member *m, int64_t limit, struct err *e)
{
	return limit == 0 ? 0 : cgroup_write_i64(m, SWAP_LIMIT, limit, e);
}

/* memory ≤ memory+swap holds at every moment: growing starts with swap, shrinking with memory. */
static int apply_memory_and_swap(
	struct cgroup_member *m, int64_t memory, int64_t swap, struct err *e)
{
	uint64_t now = 0;

	if (memory == -1 && swap == 0 && cgroup_has_file(m, SWAP_LIMIT))
		swap = -1;
	if (memory != 0 && swap != 0 && cgroup_read_u64(m, MEMORY_LIMIT, &now, e))
		return -1;
	if (memory != 0 && swap != 0 && (swap == -1 || now < (uint64_t)swap))
		return write_swap(m, swap, e) || write_memory(m, memory, e) ? -1 : 0;
	return write_memory(m, memory, e) || write_swap(m, swap, e) ? -1 : 0;
}

static bool wants_memory(const struct oci_resources *r)
{
	const struct oci_memory *c = r->memory;

	return c && (c->limit || c->reservation || c->swap || c->kernel_tcp || c->swappiness ||
			    (c->disable_oom_killer && *c->disable_oom_killer));
}

/* The "kernel" limit is gone from the kernel (5.16) and dropped by runc; hierarchies are always on. */
static int apply_memory(struct cgroup_member *m, const struct oci_resources *r, struct err *e)
{
	const struct oci_memory *c = r->memory;

	if (apply_memory_and_swap(m, c->limit ? *c->limit : 0, c->swap ? *c->swap : 0, e))
		return -1;
	if (c->reservation && *c->reservation &&
		cgroup_write_i64(m, "memory.soft_limit_in_bytes", *c->reservation, e))
		return -1;
	if (c->kernel_tcp && *c->kernel_tcp &&
		cgroup_write_i64(m, "memory.kmem.tcp.limit_in_bytes", *c->kernel_tcp, e))
		return -1;
	if (c->disable_oom_killer && *c->disable_oom_killer &&
		cgroup_write(m, "memory.oom_control", "1", e))
		return -1;
	if (!c->swappiness)
		return 0;
	if (*c->swappiness > 100)
		return err_set(e, ERR_INVALID,
			"invalid memory swappiness value: %llu (valid range is 0-100)",
			(unsigned long long)*c->swappiness);
	return cgroup_write_u64(m, "memory.swappiness", *c->swappiness, e);
}

static bool wants_pids(const struct oci_resources *r)
{
	return r->pids && r->pids->limit != 0;
}

static int apply_pids(struct cgroup_member *m, const struct oci_resources *r, struct err *e)
{
	if (r->pids->limit < 0)
		return cgroup_write(m, "pids.max", "max", e);
	return cgroup_write_i64(m, "pids.max", r->pids->limit, e);
}

static bool wants_hugetlb(const struct oci_resources *r)
{
	return r->hugepage_limits.n > 0;
}

static int apply_hugetlb(struct cgroup_member *m, const struct oci_resources *r, struct err *e)
{
	for (size_t i = 0; i < r->hugepage_limits.n; i++) {
		const struct oci_hugepage_limit *l = &r->hugepage_limits.v[i];
		char file[96], reserved[96];
		snprintf(file, sizeof(file), "hugetlb.%.32s.limit_in_bytes", l->page_size);
		snprintf(reserved, sizeof(reserved), "hugetlb.%.32s.rsvd.limit_in_bytes",
			l->page_size);
		if (cgroup_write_u64(m, file, l->limit, e))
			return -1;
		/* Reservations are limited too where the kernel can (5.7), or a limit could be side-stepped. */
		if (cgroup_has_file(m, reserved) && cgroup_write_u64(m, reserved, l->limit, e))
			return -1;
	}
	return 0;
}

static bool wants_net_cls(const struct oci_resources *r)
{
	return r->network && r->network->class_id && *r->network->class_id;
}

static int apply_net_cls(struct cgroup_member *m, const struct oci_resources *r, struct err *e)
{
	return cgroup_write_u64(m, "net_cls.classid", *r->network->class_id, e);
}

static bool wants_net_prio(const struct oci_resources *r)
{
	return r->network && r->network->priorities.n > 0;
}

static int apply_net_prio(struct cgroup_member *m, const struct oci_resources *r, struct err *e)
{
	for (size_t i = 0; i < r->network->priorities.n; i++) {
		const struct oci_net_priority *p = &r->network->priorities.v[i];
		char line[128];
		snprintf(line, sizeof(line), "%.64s %u", p->name, p->priority);
		if (cgroup_write(m, "net_prio.ifpriomap", line, e))
			return -1;
	}
	return 0;
}

static bool wants_rdma(const struct oci_resources *r)
{
	return r->rdma.n > 0;
}

/* The same file on v1 and v2. */
static int apply_rdma(struct cgroup_member *m, const struct oci_resources *r, struct err *e)
{
	for (size_t i = 0; i < r->rdma.n; i++) {
		const struct oci_rdma *d = &r->rdma.v[i];
		char line[192];
		int n = snprintf(line, sizeof(line), "%.100s", r->rdma.keys[i]);
		if (d->hca_handles)
			n += snprintf(line + n, sizeof(line) - (size_t)n, " hca_handle=%u",
				*d->hca_handles);
		if (d->hca_objects)
			snprintf(line + n, sizeof(line) - (size_t)n, " hca_object=%u",
				*d->hca_objects);
		if (cgroup_write(m, "rdma.max", line, e))
			return -1;
	}
	return 0;
}

static bool wants_blkio(const struct oci_resources *r)
{
	return r->block_io != NULL;
}

const struct cgroup_apply_row cgroup_v1_rows[] = {
	{ "cpuset", wants_cpuset, apply_cpuset },
	{ "cpu", wants_cpu, apply_cpu },
	{ "memory", wants_memory, apply_memory },
	{ "pids", wants_pids, apply_pids },
	{ "blkio", wants_blkio, cgroup_v1_apply_blkio },
	{ "hugetlb", wants_hugetlb, apply_hugetlb },
	{ "net_cls", wants_net_cls, apply_net_cls },
	{ "net_prio", wants_net_prio, apply_net_prio },
	{ "rdma", wants_rdma, apply_rdma },
	{ NULL, NULL, NULL },
};

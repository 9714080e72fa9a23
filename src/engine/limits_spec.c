/* SPDX-License-Identifier: Apache-2.0 */
/* HostConfig's limits as linux.resources: only what was asked for becomes a member. */
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/slice.h"
#include "limits.h"

#define CFS_PERIOD_US 100000

static int64_t *i64(struct arena *a, int64_t v)
{
	int64_t *p = ARENA_NEW(a, int64_t);

	*p = v;
	return p;
}

static uint64_t *u64(struct arena *a, uint64_t v)
{
	uint64_t *p = ARENA_NEW(a, uint64_t);

	*p = v;
	return p;
}

static uint32_t *u32(struct arena *a, uint32_t v)
{
	uint32_t *p = ARENA_NEW(a, uint32_t);

	*p = v;
	return p;
}

static void memory_to_spec(struct arena *a, const struct host_config *h, struct oci_resources *out)
{
	struct oci_memory *m = ARENA_NEW(a, struct oci_memory);

	if (h->memory > 0)
		m->limit = i64(a, h->memory);
	if (h->memory_reservation > 0)
		m->reservation = i64(a, h->memory_reservation);
	if (h->memory_swap != 0 && h->memory > 0)
		m->swap = i64(a, h->memory_swap);
	if (h->memory_swappiness)
		m->swappiness = u64(a, (uint64_t)*h->memory_swappiness);
	if (h->oom_kill_disable && *h->oom_kill_disable)
		m->disable_oom_killer = h->oom_kill_disable;
	if (h->kernel_memory_tcp > 0)
		m->kernel_tcp = i64(a, h->kernel_memory_tcp);
	if (m->limit || m->reservation || m->swap || m->swappiness || m->disable_oom_killer ||
		m->kernel_tcp)
		out->memory = m;
}

static void cpu_to_spec(struct arena *a, const struct host_config *h, struct oci_resources *out)
{
	struct oci_cpu *c = ARENA_NEW(a, struct oci_cpu);

	if (h->cpu_shares > 0)
		c->shares = u64(a, (uint64_t)h->cpu_shares);
	if (h->nano_cpus > 0) {
		c->period = u64(a, CFS_PERIOD_US);
		c->quota = i64(a, h->nano_cpus * CFS_PERIOD_US / 1000000000);
	}
	if (h->cpu_period > 0)
		c->period = u64(a, (uint64_t)h->cpu_period);
	if (h->cpu_quota != 0)
		c->quota = i64(a, h->cpu_quota);
	if (h->cpu_realtime_period > 0)
		c->realtime_period = u64(a, (uint64_t)h->cpu_realtime_period);
	if (h->cpu_realtime_runtime != 0)
		c->realtime_runtime = i64(a, h->cpu_realtime_runtime);
	c->cpus = str_empty(h->cpuset_cpus) ? NULL : h->cpuset_cpus;
	c->mems = str_empty(h->cpuset_mems) ? NULL : h->cpuset_mems;
	if (c->shares || c->period || c->quota || c->realtime_period || c->realtime_runtime ||
		c->cpus || c->mems)
		out->cpu = c;
}

static int block_device(const char *path, int64_t *major, int64_t *minor, struct err *e)
{
	struct stat st;

	if (stat(path, &st))
		return err_set(e, ERR_INVALID, "%s: no such file or directory", path);
	if (!S_ISBLK(st.st_mode))
		return err_set(e, ERR_INVALID, "%s is not a block device", path);
	*major = major(st.st_rdev);
	*minor = minor(st.st_rdev);
	return 0;
}

static int throttles(struct arena *a, const struct throttle_device_list *in,
	struct oci_throttle_list *out, struct err *e)
{
	out->v = arena_array(a, in->n ? in->n : 1, sizeof(*out->v));
	for (out->n = 0; out->n < in->n; out->n++) {
		struct oci_throttle_device *d = &out->v[out->n];

		if (block_device(in->v[out->n].path, &d->major, &d->minor, e))
			return -1;
		d->rate = in->v[out->n].rate;
	}
	if (!in->n)
		out->v = NULL;
	return 0;
}

static int block_io_to_spec(
	struct arena *a, const struct host_config *h, struct oci_resources *out, struct err *e)
{
	struct oci_block_io *b = ARENA_NEW(a, struct oci_block_io);

	if (h->blkio_weight)
		b->weight = u32(a, h->blkio_weight);
	for (size_t i = 0; i < h->blkio_weight_device.n; i++) {
		const struct weight_device *from = &h->blkio_weight_device.v[i];
		struct oci_weight_device d = { .weight = u32(a, from->weight) };

		if (block_device(from->path, &d.major, &d.minor, e))
			return -1;
		b->weight_device.v = arena_grow(
			a, b->weight_device.v, &b->weight_device.n, sizeof(*b->weight_device.v));
		b->weight_device.v[b->weight_device.n - 1] = d;
	}
	if (throttles(a, &h->blkio_read_bps, &b->read_bps, e) ||
		throttles(a, &h->blkio_write_bps, &b->write_bps, e) ||
		throttles(a, &h->blkio_read_iops, &b->read_iops, e) ||
		throttles(a, &h->blkio_write_iops, &b->write_iops, e))
		return -1;
	if (b->weight || b->weight_device.n || b->read_bps.n || b->write_bps.n || b->read_iops.n ||
		b->write_iops.n)
		out->block_io = b;
	return 0;
}

int limits_to_spec(
	struct arena *a, const struct host_config *h, struct oci_resources *out, struct err *e)
{
	memory_to_spec(a, h, out);
	cpu_to_spec(a, h, out);
	if (h->pids_limit) {
		out->pids = ARENA_NEW(a, struct oci_pids);
		out->pids->limit = *h->pids_limit;
	}
	return block_io_to_spec(a, h, out, e);
}

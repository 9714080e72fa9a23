/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits on cgroup v2 (Documentation/admin-guide/cgroup-v2.rst), one function a controller. The specs speak v1: what
 * has no counterpart is left out where runc leaves it out (swappiness, OOM killer, kernel memory).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "sys/cgroup_int.h"
#include "sys/cgroup_value.h"

#define DEFAULT_PERIOD_US 100000

/* "max" for -1. */
static int write_limit(struct cgroup_member *m, const char *file, int64_t value, struct err *e)
{
	return value == -1 ? cgroup_write(m, file, "max", e) : cgroup_write_i64(m, file, value, e);
}

static bool wants_cpu(const struct oci_resources *r)
{
	const struct oci_cpu *c = r->cpu;

	return c && (c->shares || c->quota || c->burst || c->period || c->idle ||
			    c->realtime_runtime || c->realtime_period);
}

static int apply_bandwidth(struct cgroup_member *m, const struct oci_cpu *c, struct err *e)
{
	int64_t quota = c->quota ? *c->quota : 0;
	uint64_t period = c->period ? *c->period : 0;
	char line[64];

	if (quota == 0 && period == 0)
		return 0;
	if (period == 0)
		period = DEFAULT_PERIOD_US;
	if (quota > 0)
		snprintf(line, sizeof(line), "%lld %llu", (long long)quota,
			(unsigned long long)period);
	else
		snprintf(line, sizeof(line), "max %llu", (unsigned long long)period);
	return cgroup_write(m, "cpu.max", line, e);
}

static int apply_cpu(struct cgroup_member *m, const struct oci_resources *r, struct err *e)
{
	const struct oci_cpu *c = r->cpu;
	bool burst_later = false;

	if ((c->realtime_runtime && *c->realtime_runtime) ||
		(c->realtime_period && *c->realtime_period))
		return err_set(
			e, ERR_INVALID, "realtime CPU limits are not supported on cgroup v2");
	if (c->idle && cgroup_write_i64(m, "cpu.idle", *c->idle, e))
		return -1;
	/* An idle group has no weight. */
	if (c->shares && *c->shares && !(c->idle && *c->idle) &&
		cgroup_write_u64(m, "cpu.weight", cgroup_cpu_weight(*c->shares), e))
		return -1;
	/* A burst above the quota is refused: a smaller one goes in before, a larger one after the quota. */
	if (c->burst && cgroup_write_u64(m, "cpu.max.burst", *c->burst, e)) {
		if (e->sys != EINVAL || !c->quota || !*c->quota)
			return -1;
		burst_later = true;
	}
	if (apply_bandwidth(m, c, e))
		return -1;
	return burst_later ? cgroup_write_u64(m, "cpu.max.burst", *c->burst, e) : 0;
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

/* An update that asks for it is refused rather than letting the OOM killer make room. */
static int check_usage(struct cgroup_member *m, const struct oci_memory *c, struct err *e)
{
	uint64_t usage;

	if (!c->check_before_update || !*c->check_before_update || !c->limit || *c->limit <= 0)
		return 0;
	if (cgroup_read_u64(m, "memory.current", &usage, e))
		return -1;
	if ((uint64_t)*c->limit < usage)
		return err_set(e, ERR_INVALID, "rejecting memory limit %lld < usage %llu",
			(long long)*c->limit, (unsigned long long)usage);
	return 0;
}

static int apply_swap(struct cgroup_member *m, int64_t swap, int64_t limit, struct err *e)
{
	int64_t max;

	if (cgroup_swap_max(swap, limit, &max, e))
		return -1;
	if (max == 0 && swap <= 0)
		return 0;
	if (write_limit(m, "memory.swap.max", max, e) == 0)
		return 0;
	/* A kernel without swap accounting has no such file: fine when no swap, or no limit, was asked for. */
	return e->sys == ENOENT && (max == 0 || max == -1) ? 0 : -1;
}

static bool wants_memory(const struct oci_resources *r)
{
	return r->memory && (r->memory->limit || r->memory->swap || r->memory->reservation);
}

static int apply_memory(struct cgroup_member *m, const struct oci_resources *r, struct err *e)
{
	const struct oci_memory *c = r->memory;
	int64_t limit = c->limit ? *c->limit : 0, swap = c->swap ? *c->swap : 0;

	if (check_usage(m, c, e) || apply_swap(m, swap, limit, e))
		return -1;
	if (limit && write_limit(m, "memory.max", limit, e))
		return -1;
	return c->reservation && *c->reservation ? write_limit(m, "memory.low", *c->reservation, e)
						 : 0;
}

static bool wants_pids(const struct oci_resources *r)
{
	return r->pids && r->pids->limit != 0;
}

static int apply_pids(struct cgroup_member *m, const struct oci_resources *r, struct err *e)
{
	return write_limit(m, "pids.max", r->pids->limit < 0 ? -1 : r->pids->limit, e);
}

static bool wants_io(const struct oci_resources *r)
{
	return r->block_io != NULL;
}

/* bfq speaks the specs' 1 … 1000, the general file 1 … 10000. */
static int write_weight(struct cgroup_member *m, const char *device, uint32_t weight, struct err *e)
{
	bool bfq = cgroup_has_file(m, "io.bfq.weight");
	unsigned long long value = bfq ? weight : cgroup_io_weight(weight);
	char line[96];

	snprintf(line, sizeof(line), "%s%s%llu", device, *device ? " " : "", value);
	return cgroup_write(m, bfq ? "io.bfq.weight" : "io.weight", line, e);
}

/* Before 5.4 io.bfq.weight held one number for all devices; a kernel without a weighing scheduler has no file. */
static bool has_device_weights(struct cgroup_member *m)
{
	bool bfq = cgroup_has_file(m, "io.bfq.weight");
	uint64_t n;
	own_buf b = { 0 };

	buf_init(&b, CGROUP_FILE_MOST + 1);
	if (!bfq)
		return cgroup_has_file(m, "io.weight");
	return !parse_u64(slice_trim(cgroup_text(m, "io.bfq.weight", &b)), &n);
}

static int write_rates(
	struct cgroup_member *m, const char *key, const struct oci_throttle_list *l, struct err *e)
{
	char line[96];

	for (size_t i = 0; i < l->n; i++) {
		const struct oci_throttle_device *d = &l->v[i];
		if (d->rate)
			snprintf(line, sizeof(line), "%lld:%lld %s=%llu", (long long)d->major,
				(long long)d->minor, key, (unsigned long long)d->rate);
		else
			snprintf(line, sizeof(line), "%lld:%lld %s=max", (long long)d->major,
				(long long)d->minor, key);
		if (cgroup_write(m, "io.max", line, e))
			return -1;
	}
	return 0;
}

static int apply_io(struct cgroup_member *m, const struct oci_resources *r, struct err *e)
{
	const struct oci_block_io *b = r->block_io;

	if (b->weight && *b->weight && write_weight(m, "", *b->weight, e))
		return -1;
	bool takes_devices = b->weight_device.n && has_device_weights(m);
	if (b->weight_device.n && !takes_devices)
		log_warn("no I/O scheduler here weighs devices: blockIO.weightDevice, ignoring");
	for (size_t i = 0; i < b->weight_device.n; i++) {
		const struct oci_weight_device *d = &b->weight_device.v[i];
		char device[48];
		snprintf(device, sizeof(device), "%lld:%lld", (long long)d->major,
			(long long)d->minor);
		if (d->weight && takes_devices && write_weight(m, device, *d->weight, e))
			return -1;
	}
	if (write_rates(m, "rbps", &b->read_bps, e) || write_rates(m, "wbps", &b->write_bps, e) ||
		write_rates(m, "riops", &b->read_iops, e) ||
		write_rates(m, "wiops", &b->write_iops, e))
		return -1;
	return 0;
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
		snprintf(file, sizeof(file), "hugetlb.%.32s.max", l->page_size);
		snprintf(reserved, sizeof(reserved), "hugetlb.%.32s.rsvd.max", l->page_size);
		if (cgroup_write_u64(m, file, l->limit, e))
			return -1;
		if (cgroup_has_file(m, reserved) && cgroup_write_u64(m, reserved, l->limit, e))
			return -1;
	}
	return 0;
}

static bool wants_rdma(const struct oci_resources *r)
{
	return r->rdma.n > 0;
}

static int apply_rdma(struct cgroup_member *m, const struct oci_resources *r, struct err *e)
{
	for (const struct cgroup_apply_row *row = cgroup_v1_rows; row->controller; row++)
		if (strcmp(row->controller, "rdma") == 0)
			return row->apply(m, r, e);
	return 0;
}

const struct cgroup_apply_row cgroup_v2_rows[] = {
	{ "cpuset", wants_cpuset, apply_cpuset },
	{ "cpu", wants_cpu, apply_cpu },
	{ "memory", wants_memory, apply_memory },
	{ "pids", wants_pids, apply_pids },
	{ "io", wants_io, apply_io },
	{ "hugetlb", wants_hugetlb, apply_hugetlb },
	{ "rdma", wants_rdma, apply_rdma },
	{ NULL, NULL, NULL },
};

/* Whether that is why a file of the controller could not be written. */
static bool lacks_controller(
	const struct cgroup_member *m, struct slice controller, const struct err *e)
{
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)controller.n, controller.p);
	return (e->sys == ENOENT || e->sys == EPERM || e->sys == EACCES) &&
	       strcmp(name, "cgroup") != 0 && !cgroup_list_has(m->controllers, name);
}

int cgroup_v2_apply_unified(struct cgroup_member *m, const struct str_map *unified, struct err *e)
{
	for (size_t i = 0; i < unified->n; i++) {
		const char *file = unified->keys[i];
		struct slice controller, rest;
		if (strchr(file, '/'))
			return err_set(e, ERR_INVALID,
				"unified resource \"%s\" must be a file name (no slashes)", file);
		bool has_dot = slice_cut(slice_str(file), '.', &controller, &rest);
		/* A value of several lines goes in line by line, each in one write. */
		struct slice text = slice_str(unified->v[i]), line;
		for (bool more = true; more;) {
			char value[512];
			more = slice_cut(text, '\n', &line, &text);
			if (!line.n && more)
				continue;
			snprintf(value, sizeof(value), "%.*s", (int)line.n, line.p);
			if (line.n >= sizeof(value))
				return err_set(e, ERR_INVALID,
					"unified resource \"%s\" is too long", file);
			if (cgroup_write(m, file, value, e) == 0)
				continue;
			if ((e->sys == ENOENT || e->sys == EPERM || e->sys == EACCES) && !has_dot)
				return err_set(e, ERR_INVALID,
					"unified resource \"%s\" must be in the form CONTROLLER.PARAMETER",
					file);
			if (lacks_controller(m, controller, e))
				return err_set(e, ERR_INVALID,
					"unified resource \"%s\" can't be set: controller \"%.*s\" not available",
					file, (int)controller.n, controller.p);
			return err_in(e, "unable to set unified resource \"%s\"", file);
		}
	}
	return 0;
}

/* "+cpu +io …" of what parent has (or of one controller) and does not yet hand down; "" when nothing is missing. */
static int missing(int parent, const char *controller, struct buf *out, struct err *e)
{
	struct slice all, one;
	own_buf has = { 0 }, enabled = { 0 };

	buf_init(&has, 4096);
	buf_init(&enabled, 4096);
	buf_clear(out);
	if (fs_read(parent, "cgroup.controllers", 4095, &has, e) ||
		fs_read(parent, "cgroup.subtree_control", 4095, &enabled, e))
		return -1;
	all = slice_trim((struct slice){ has.data, has.len });
	for (bool more = all.n > 0; more;) {
		char name[64];
		more = slice_cut(all, ' ', &one, &all);
		snprintf(name, sizeof(name), "%.*s", (int)one.n, one.p);
		if ((!controller || strcmp(controller, name) == 0) &&
			!cgroup_list_has(enabled.data, name))
			buf_fmt(out, "%s+%s", out->len ? " " : "", name);
	}
	return 0;
}

static int enable_in(int parent, const char *controller, struct err *e)
{
	struct slice all, one;
	own_buf want = { 0 };

	buf_init(&want, 4096);
	if (missing(parent, controller, &want, e))
		return -1;
	if (!want.len || fs_write_kernel(parent, "cgroup.subtree_control", want.data, e) == 0)
		return 0;
	if (controller)
		return -1;
	/* One that cannot be had (threads, delegation) shall not keep the others away. Whether it is missed
	 * shows when a limit needs it. */
	all = (struct slice){ want.data, want.len };
	for (bool more = true; more;) {
		char name[64];
		more = slice_cut(all, ' ', &one, &all);
		snprintf(name, sizeof(name), "%.*s", (int)one.n, one.p);
		(void)fs_write_kernel(parent, "cgroup.subtree_control", name, e);
	}
	return 0;
}

int cgroup_v2_enable(struct cgroup_member *m, const char *controller, struct err *e)
{
	char path[PATH_MAX];

	/* Every directory above the group, the mount point first. */
	for (size_t i = strlen(m->mount_point); m->dir[i]; i++) {
		if (m->dir[i] != '/')
			continue;
		snprintf(path, sizeof(path), "%.*s", (int)i, m->dir);
		own_fd parent = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (parent < 0)
			return err_sys(e, "open cgroup %s", path);
		if (enable_in(parent, controller, e))
			return err_in(e, "enable controllers in cgroup %s", path);
	}
	return 0;
}

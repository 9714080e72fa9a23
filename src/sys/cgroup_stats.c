/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what a group uses: the same numbers from v1's and v2's different files. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/cgroup_int.h"

/* One file as text in b; empty when there is none. */
static struct slice text_of(struct cgroup_member *m, const char *file, struct buf *b)
{
	struct err ignored;

	buf_clear(b);
	if (!m || cgroup_read(m, file, b, &ignored))
		return (struct slice){ "", 0 };
	return (struct slice){ b->data, b->len };
}

static uint64_t number_of(struct cgroup_member *m, const char *file, uint64_t dflt)
{
	struct err ignored;
	uint64_t n;

	return m && cgroup_read_u64(m, file, &n, &ignored) == 0 ? n : dflt;
}

static void read_memory_stat(struct arena *a, struct slice text, struct cgroup_stats *s)
{
	struct slice line, key, value;
	uint64_t n;

	for (bool more = true; more;) {
		more = slice_cut(text, '\n', &line, &text);
		if (!slice_cut(line, ' ', &key, &value) || !parse_u64(value, &n))
			continue;
		s->memory_stat.v = arena_grow(
			a, s->memory_stat.v, &s->memory_stat.n, sizeof(*s->memory_stat.v));
		s->memory_stat.v[s->memory_stat.n - 1] =
			(struct cgroup_stat_entry){ arena_strndup(a, key.p, key.n), n };
	}
}

static void read_per_cpu(struct arena *a, struct slice text, struct cgroup_stats *s)
{
	struct slice one;
	uint64_t n;

	text = slice_trim(text);
	for (bool more = text.n > 0; more;) {
		more = slice_cut(text, ' ', &one, &text);
		if (!parse_u64(one, &n))
			continue;
		s->cpu_per_cpu_ns = arena_grow(a, s->cpu_per_cpu_ns, &s->n_cpus, sizeof(n));
		s->cpu_per_cpu_ns[s->n_cpus - 1] = n;
	}
}

static void add_blkio(struct arena *a, struct cgroup_blkio_list *l, struct slice device,
	const char *op, uint64_t value)
{
	struct slice major, minor;
	struct cgroup_blkio_entry x = { .op = op, .value = value };

	if (!slice_cut(device, ':', &major, &minor) || !parse_u64(major, &x.major) ||
		!parse_u64(minor, &x.minor))
		return;
	l->v = arena_grow(a, l->v, &l->n, sizeof(*l->v));
	l->v[l->n - 1] = x;
}

/* v1: "8:0 Read 4096". */
static void read_blkio_v1(struct arena *a, struct slice text, struct cgroup_blkio_list *l)
{
	static const char *const ops[] = { "read", "write", "sync", "async", "discard", "total" };
	struct slice line, device, op, value;
	uint64_t n;

	for (bool more = true; more;) {
		more = slice_cut(text, '\n', &line, &text);
		if (!slice_cut(line, ' ', &device, &line) || !slice_cut(line, ' ', &op, &value) ||
			!parse_u64(value, &n))
			continue;
		for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
			if (op.n == strlen(ops[i]) && strncasecmp(op.p, ops[i], op.n) == 0)
				add_blkio(a, l, device, ops[i], n);
	}
}

/* v2: "8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0". */
static void read_io_v2(struct arena *a, struct slice text, struct cgroup_stats *s)
{
	struct slice line, device, pair, key, value;
	uint64_t n;

	for (bool more = true; more;) {
		more = slice_cut(text, '\n', &line, &text);
		if (!slice_cut(line, ' ', &device, &line))
			continue;
		for (bool pairs = true; pairs;) {
			pairs = slice_cut(line, ' ', &pair, &line);
			if (!slice_cut(pair, '=', &key, &value) || !parse_u64(value, &n))
				continue;
			if (slice_eq(key, "rbytes") || slice_eq(key, "wbytes"))
				add_blkio(a, &s->io_service_bytes, device,
					key.p[0] == 'r' ? "read" : "write", n);
			else if (slice_eq(key, "rios") || slice_eq(key, "wios"))
				add_blkio(a, &s->io_serviced, device,
					key.p[0] == 'r' ? "read" : "write", n);
		}
	}
}

static void read_cpu_v1(struct cgroup *cg, struct arena *a, struct buf *b, struct cgroup_stats *s)
{
	struct cgroup_member *acct = cgroup_member_of(cg, "cpuacct"),
			     *cpu = cgroup_member_of(cg, "cpu");
	uint64_t tick_ns = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);

	s->cpu_total_ns = number_of(acct, "cpuacct.usage", 0);
	struct slice text = text_of(acct, "cpuacct.stat", b);
	s->cpu_user_ns = cgroup_text_get(text, "user", 0) * tick_ns;
	s->cpu_system_ns = cgroup_text_get(text, "system", 0) * tick_ns;
	read_per_cpu(a, text_of(acct, "cpuacct.usage_percpu", b), s);
	text = text_of(cpu, "cpu.stat", b);
	s->cpu_periods = cgroup_text_get(text, "nr_periods", 0);
	s->cpu_throttled_periods = cgroup_text_get(text, "nr_throttled", 0);
	s->cpu_throttled_ns = cgroup_text_get(text, "throttled_time", 0);
}

static void read_v1(struct cgroup *cg, struct arena *a, struct buf *b, struct cgroup_stats *s)
{
	struct cgroup_member *memory = cgroup_member_of(cg, "memory"),
			     *pids = cgroup_member_of(cg, "pids");
	struct cgroup_member *blkio = cgroup_member_of(cg, "blkio");

	read_cpu_v1(cg, a, b, s);
	s->memory_usage = number_of(memory, "memory.usage_in_bytes", 0);
	s->memory_max_usage = number_of(memory, "memory.max_usage_in_bytes", 0);
	s->memory_limit = number_of(memory, "memory.limit_in_bytes", UINT64_MAX);
	s->memory_fail_count = number_of(memory, "memory.failcnt", 0);
	read_memory_stat(a, text_of(memory, "memory.stat", b), s);
	s->pids = number_of(pids, "pids.current", 0);
	s->pids_limit = number_of(pids, "pids.max", UINT64_MAX);
	/* The scheduler's own figures where it keeps them, else those of the throttling layer, as runc does. */
	read_blkio_v1(a, text_of(blkio, "blkio.bfq.io_serviced_recursive", b), &s->io_serviced);
	if (s->io_serviced.n) {
		read_blkio_v1(a, text_of(blkio, "blkio.bfq.io_service_bytes_recursive", b),
			&s->io_service_bytes);
		return;
	}
	read_blkio_v1(
		a, text_of(blkio, "blkio.throttle.io_serviced_recursive", b), &s->io_serviced);
	read_blkio_v1(a, text_of(blkio, "blkio.throttle.io_service_bytes_recursive", b),
		&s->io_service_bytes);
}

static void read_v2(struct cgroup *cg, struct arena *a, struct buf *b, struct cgroup_stats *s)
{
	struct cgroup_member *m = cgroup_v2_member(cg);
	struct slice text = text_of(m, "cpu.stat", b);

	s->cpu_total_ns = cgroup_text_get(text, "usage_usec", 0) * 1000;
	s->cpu_user_ns = cgroup_text_get(text, "user_usec", 0) * 1000;
	s->cpu_system_ns = cgroup_text_get(text, "system_usec", 0) * 1000;
	s->cpu_periods = cgroup_text_get(text, "nr_periods", 0);
	s->cpu_throttled_periods = cgroup_text_get(text, "nr_throttled", 0);
	s->cpu_throttled_ns = cgroup_text_get(text, "throttled_usec", 0) * 1000;
	s->memory_usage = number_of(m, "memory.current", 0);
	s->memory_max_usage = number_of(m, "memory.peak", 0);
	s->memory_limit = number_of(m, "memory.max", UINT64_MAX);
	s->memory_fail_count = cgroup_text_get(text_of(m, "memory.events", b), "max", 0);
	read_memory_stat(a, text_of(m, "memory.stat", b), s);
	s->pids = number_of(m, "pids.current", 0);
	s->pids_limit = number_of(m, "pids.max", UINT64_MAX);
	read_io_v2(a, text_of(m, "io.stat", b), s);
}

int cgroup_read_stats(struct cgroup *cg, struct arena *a, struct cgroup_stats *out, struct err *e)
{
	own_buf b;

	*out = (struct cgroup_stats){
		.version = cg->version, .memory_limit = UINT64_MAX, .pids_limit = UINT64_MAX
	};
	buf_init(&b, CGROUP_FILE_MOST + 1);
	if (cgroup_member_fd(cgroup_main_member(cg), e) < 0)
		return -1;
	if (cg->version == CGROUP_V2)
		read_v2(cg, a, &b, out);
	else
		read_v1(cg, a, &b, out);
	return 0;
}

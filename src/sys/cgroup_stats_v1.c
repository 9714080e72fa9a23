/* SPDX-License-Identifier: Apache-2.0 */
/* The v1 files of cgroup_stats.h. */
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "sys/cgroup_int.h"
#include "sys/cgroup_stats.h"

static void add_number(struct arena *a, struct cgroup_number_list *l, uint64_t n)
{
	l->v = arena_grow(a, l->v, &l->n, sizeof(n));
	l->v[l->n - 1] = n;
}

/* "0-3,7". */
static void read_ranges(struct arena *a, struct slice text, struct cgroup_number_list *l)
{
	struct slice one, first, last;
	uint32_t from, to;

	text = slice_trim(text);
	for (bool more = text.n > 0; more;) {
		more = slice_cut(text, ',', &one, &text);
		if (!slice_cut(one, '-', &first, &last))
			last = first;
		if (!parse_u32(first, &from) || !parse_u32(last, &to) || to > UINT16_MAX)
			continue;
		for (uint32_t n = from; n <= to; n++)
			add_number(a, l, n);
	}
}

static void read_per_cpu(struct arena *a, struct slice text, struct cgroup_number_list *l)
{
	struct slice one;
	uint64_t n;

	text = slice_trim(text);
	for (bool more = text.n > 0; more;) {
		more = slice_cut(text, ' ', &one, &text);
		if (parse_u64(one, &n))
			add_number(a, l, n);
	}
}

/* "cpu user system" and a line a CPU. */
static void read_usage_all(struct arena *a, struct slice text, struct cgroup_stats *s)
{
	struct slice line, cpu, user, kernel;
	uint64_t u, k;

	for (bool more = true; more;) {
		more = slice_cut(text, '\n', &line, &text);
		if (!slice_cut(line, ' ', &cpu, &line) || !slice_cut(line, ' ', &user, &kernel) ||
			!parse_u64(user, &u) || !parse_u64(slice_trim(kernel), &k))
			continue;
		add_number(a, &s->cpu.per_cpu_user_ns, u);
		add_number(a, &s->cpu.per_cpu_kernel_ns, k);
	}
}

static void read_cpu(struct cgroup *cg, struct arena *a, struct buf *b, struct cgroup_stats *s)
{
	struct cgroup_member *acct = cgroup_member_of(cg, "cpuacct"),
			     *cpu = cgroup_member_of(cg, "cpu");
	uint64_t tick_ns = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);

	s->cpu.total_ns = cgroup_number(acct, "cpuacct.usage", 0);
	struct slice text = cgroup_text(acct, "cpuacct.stat", b);
	s->cpu.user_ns = cgroup_text_get(text, "user", 0) * tick_ns;
	s->cpu.system_ns = cgroup_text_get(text, "system", 0) * tick_ns;
	read_per_cpu(a, cgroup_text(acct, "cpuacct.usage_percpu", b), &s->cpu.per_cpu_ns);
	read_usage_all(a, cgroup_text(acct, "cpuacct.usage_all", b), s);
	text = cgroup_text(cpu, "cpu.stat", b);
	s->cpu.periods = cgroup_text_get(text, "nr_periods", 0);
	s->cpu.throttled_periods = cgroup_text_get(text, "nr_throttled", 0);
	s->cpu.throttled_ns = cgroup_text_get(text, "throttled_time", 0);
}

static void read_cpuset(
	struct cgroup_member *m, struct arena *a, struct buf *b, struct cgroup_cpuset_use *u)
{
	const struct {
		const char *file;
		uint64_t *to;
	} rows[] = {
		{ "cpuset.cpu_exclusive", &u->cpu_exclusive },
		{ "cpuset.mem_hardwall", &u->mem_hardwall },
		{ "cpuset.mem_exclusive", &u->mem_exclusive },
		{ "cpuset.memory_migrate", &u->memory_migrate },
		{ "cpuset.memory_spread_page", &u->memory_spread_page },
		{ "cpuset.memory_spread_slab", &u->memory_spread_slab },
		{ "cpuset.memory_pressure", &u->memory_pressure },
		{ "cpuset.sched_load_balance", &u->sched_load_balance },
	};

	read_ranges(a, cgroup_text(m, "cpuset.cpus", b), &u->cpus);
	read_ranges(a, cgroup_text(m, "cpuset.mems", b), &u->mems);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		*rows[i].to = cgroup_number(m, rows[i].file, 0);
	parse_i64(slice_trim(cgroup_text(m, "cpuset.sched_relax_domain_level", b)),
		&u->sched_relax_domain_level);
}

static void read_memory(struct cgroup_member *m, struct cgroup_stats *s)
{
	static const struct {
		const char *usage, *limit, *max, *fail_count;
		size_t to;
	} rows[] = {
#define ROW(kind, field)                                                       \
	{ "memory." kind "usage_in_bytes", "memory." kind "limit_in_bytes",    \
		"memory." kind "max_usage_in_bytes", "memory." kind "failcnt", \
		offsetof(struct cgroup_stats, memory.field) }
		ROW("", usage),
		ROW("memsw.", swap),
		ROW("kmem.", kernel),
		ROW("kmem.tcp.", kernel_tcp),
#undef ROW
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cgroup_memory_use *u = (struct cgroup_memory_use *)((char *)s + rows[i].to);
		u->usage = cgroup_number(m, rows[i].usage, 0);
		u->limit = cgroup_number(m, rows[i].limit, 0);
		u->max = cgroup_number(m, rows[i].max, 0);
		u->fail_count = cgroup_number(m, rows[i].fail_count, 0);
	}
}

/* "8:0 Read 4096", or "8:0 4096" in files with one number a device; "Total 4096" at the end. */
static void read_blkio_file(struct arena *a, struct slice text, struct cgroup_blkio_list *l)
{
	static const char *const ops[] = { "Read", "Write", "Sync", "Async", "Discard", "Total" };
	struct slice line, device, op, value;
	uint64_t n;

	for (bool more = true; more;) {
		more = slice_cut(text, '\n', &line, &text);
		if (!slice_cut(line, ' ', &device, &line))
			continue;
		if (parse_u64(slice_trim(line), &n)) {
			cgroup_stats_add_blkio(a, l, device, "", n);
			continue;
		}
		if (!slice_cut(line, ' ', &op, &value) || !parse_u64(value, &n))
			continue;
		for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
			if (slice_eq(op, ops[i]))
				cgroup_stats_add_blkio(a, l, device, ops[i], n);
	}
}

#define TO(field) offsetof(struct cgroup_stats, blkio.field)
/*
 * Who keeps the figures: bfq with its debug files, bfq, cfq (before 5.0), the throttling layer. The first whose first file
 * says something is believed, as by runc.
 */
static const struct blkio_source {
	const char *prefix;
	struct {
		const char *file;
		size_t to;
	} files[9];
} sources[] = {
#define ALL_FILES                                                                              \
	{                                                                                      \
		{ "sectors_recursive", TO(sectors) },                                          \
			{ "io_service_time_recursive", TO(service_time) },                     \
			{ "io_wait_time_recursive", TO(wait_time) },                           \
			{ "io_merged_recursive", TO(merged) },                                 \
			{ "io_queued_recursive", TO(queued) }, { "time_recursive", TO(time) }, \
			{ "io_serviced_recursive", TO(serviced) },                             \
			{ "io_service_bytes_recursive", TO(service_bytes) }, { NULL, 0 },      \
	}
	{ "blkio.bfq.", ALL_FILES },
	{ "blkio.bfq.",
		{ { "io_serviced_recursive", TO(serviced) },
			{ "io_service_bytes_recursive", TO(service_bytes) }, { NULL, 0 } } },
	{ "blkio.", ALL_FILES },
	{ "blkio.throttle.",
		{ { "io_serviced_recursive", TO(serviced) },
			{ "io_service_bytes_recursive", TO(service_bytes) }, { NULL, 0 } } },
	{ "blkio.throttle.", { { "io_serviced", TO(serviced) },
				     { "io_service_bytes", TO(service_bytes) }, { NULL, 0 } } },
#undef ALL_FILES
};
#undef TO

/* False when the source's first file says nothing. */
static bool read_source(struct cgroup_member *m, struct arena *a, struct buf *b,
	const struct blkio_source *source, struct cgroup_stats *s)
{
	for (size_t i = 0; source->files[i].file; i++) {
		struct cgroup_blkio_list *l =
			(struct cgroup_blkio_list *)((char *)s + source->files[i].to);
		const char *name = arena_printf(a, "%s%s", source->prefix, source->files[i].file);
		read_blkio_file(a, cgroup_text(m, name, b), l);
		if (i == 0 && !l->n)
			return false;
	}
	return true;
}

void cgroup_stats_read_v1(struct cgroup *cg, struct arena *a, struct buf *b, struct cgroup_stats *s)
{
	struct cgroup_member *blkio = cgroup_member_of(cg, "blkio");

	read_cpu(cg, a, b, s);
	read_cpuset(cgroup_member_of(cg, "cpuset"), a, b, &s->cpuset);
	read_memory(cgroup_member_of(cg, "memory"), s);
	for (size_t i = 0; blkio && i < sizeof(sources) / sizeof(sources[0]); i++)
		if (read_source(blkio, a, b, &sources[i], s))
			break;
}

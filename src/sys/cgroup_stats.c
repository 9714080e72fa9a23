/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what a group uses: what both versions share, and v2. v1 is in cgroup_stats_v1.c. */
#include "sys/cgroup_stats.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/cgroup_int.h"

static void read_memory_stat(struct arena *a, struct slice text, struct cgroup_stat_list *l)
{
	struct slice line, key, value;
	uint64_t n;

	for (bool more = true; more;) {
		more = slice_cut(text, '\n', &line, &text);
		if (!slice_cut(line, ' ', &key, &value) || !parse_u64(value, &n))
			continue;
		l->v = arena_grow(a, l->v, &l->n, sizeof(*l->v));
		l->v[l->n - 1] = (struct cgroup_stat_entry){ arena_strndup(a, key.p, key.n), n };
	}
}

static uint64_t raw_value(const struct cgroup_stat_list *l, const char *key)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].key, key) == 0)
			return l->v[i].value;
	return 0;
}

void cgroup_stats_add_blkio(struct arena *a, struct cgroup_blkio_list *l, struct slice device,
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

/* "8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0". */
static void read_io_stat(struct arena *a, struct slice text, struct cgroup_stats *s)
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
			const char *op = key.p[0] == 'r' ? "Read" : "Write";
			if (slice_eq(key, "rbytes") || slice_eq(key, "wbytes"))
				cgroup_stats_add_blkio(a, &s->blkio.service_bytes, device, op, n);
			else if (slice_eq(key, "rios") || slice_eq(key, "wios"))
				cgroup_stats_add_blkio(a, &s->blkio.serviced, device, op, n);
		}
	}
}

/* "avg10=0.00 avg60=0.00 avg300=0.00 total=0" behind "some " or "full ". */
static bool read_psi_line(struct slice line, struct cgroup_psi_line *out)
{
	char text[160];

	snprintf(text, sizeof(text), "%.*s", (int)line.n, line.p);
	unsigned long long total;
	if (sscanf(text, "avg10=%lf avg60=%lf avg300=%lf total=%llu", &out->avg10, &out->avg60,
		    &out->avg300, &total) != 4)
		return false;
	out->total = total;
	return true;
}

static void read_psi(
	struct cgroup_member *m, const char *file, struct buf *b, struct cgroup_psi *out)
{
	struct slice text = cgroup_text(m, file, b), line, kind;

	for (bool more = true; more;) {
		more = slice_cut(text, '\n', &line, &text);
		if (!slice_cut(line, ' ', &kind, &line))
			continue;
		if (slice_eq(kind, "some") && read_psi_line(line, &out->some))
			out->is_known = true;
		else if (slice_eq(kind, "full"))
			read_psi_line(line, &out->full);
	}
}

/* Page sizes are told by the group's own files: "hugetlb.2MB.limit_in_bytes", "hugetlb.2MB.max". */
static void list_hugetlb(struct arena *a, struct cgroup_member *m, struct cgroup_hugetlb_list *l)
{
	struct err ignored;
	int dir = m ? cgroup_member_fd(m, &ignored) : -1;
	int fd = dir < 0 ? -1 : openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir d = fd < 0 ? NULL : fdopendir(fd);

	for (struct dirent *x; d && (x = readdir(d));) {
		struct slice head, size, rest;
		if (!slice_cut(slice_str(x->d_name), '.', &head, &rest) ||
			!slice_eq(head, "hugetlb") || !slice_cut(rest, '.', &size, &rest) ||
			!slice_eq(rest, m->v2 ? "max" : "limit_in_bytes"))
			continue;
		l->v = arena_grow(a, l->v, &l->n, sizeof(*l->v));
		l->v[l->n - 1] = (struct cgroup_hugetlb_use){ .page_size = arena_strndup(
								      a, size.p, size.n) };
	}
}

static uint64_t hugetlb_number(
	struct cgroup_member *m, const char *size, const char *kind, const char *file)
{
	char name[128];

	snprintf(name, sizeof(name), "hugetlb.%.32s%s.%s", size, kind, file);
	return cgroup_number(m, name, 0);
}

/* What is reserved counts where the kernel tells (5.7): it is what the limit bounds. */
static void read_hugetlb(
	struct cgroup *cg, struct arena *a, struct buf *b, struct cgroup_hugetlb_list *l)
{
	struct cgroup_member *m = cgroup_member_of(cg, "hugetlb");

	list_hugetlb(a, m, l);
	for (size_t i = 0; i < l->n; i++) {
		struct cgroup_hugetlb_use *u = &l->v[i];
		char name[128];
		snprintf(name, sizeof(name), "hugetlb.%.32s.rsvd.%s", u->page_size,
			m->v2 ? "current" : "usage_in_bytes");
		const char *kind = cgroup_has_file(m, name) ? ".rsvd" : "";
		u->usage =
			hugetlb_number(m, u->page_size, kind, m->v2 ? "current" : "usage_in_bytes");
		if (!m->v2) {
			u->max = hugetlb_number(m, u->page_size, kind, "max_usage_in_bytes");
			u->fail_count = hugetlb_number(m, u->page_size, kind, "failcnt");
			continue;
		}
		snprintf(name, sizeof(name), "hugetlb.%.32s.events", u->page_size);
		u->fail_count = cgroup_text_get(cgroup_text(m, name, b), "max", 0);
	}
}

static void read_cpu_v2(struct cgroup_member *m, struct buf *b, struct cgroup_stats *s)
{
	struct slice text = cgroup_text(m, "cpu.stat", b);

	s->cpu.total_ns = cgroup_text_get(text, "usage_usec", 0) * 1000;
	s->cpu.user_ns = cgroup_text_get(text, "user_usec", 0) * 1000;
	s->cpu.system_ns = cgroup_text_get(text, "system_usec", 0) * 1000;
	s->cpu.periods = cgroup_text_get(text, "nr_periods", 0);
	s->cpu.throttled_periods = cgroup_text_get(text, "nr_throttled", 0);
	s->cpu.throttled_ns = cgroup_text_get(text, "throttled_usec", 0) * 1000;
	read_psi(m, "cpu.pressure", b, &s->cpu.psi);
}

static void read_memory_v2(struct cgroup_member *m, struct buf *b, struct cgroup_stats *s)
{
	struct cgroup_memory_use *u = &s->memory.usage, *swap = &s->memory.swap;

	u->usage = cgroup_number(m, "memory.current", 0);
	u->max = cgroup_number(m, "memory.peak", 0);
	u->limit = cgroup_number(m, "memory.max", 0);
	u->fail_count = cgroup_text_get(cgroup_text(m, "memory.events", b), "max", 0);
	s->memory.cache = raw_value(&s->memory.raw, "file");
	/* Readers know v1's figure, which holds memory and swap; their common peak is not known. */
	swap->usage = cgroup_number(m, "memory.swap.current", 0) + u->usage;
	swap->limit = cgroup_number(m, "memory.swap.max", 0);
	swap->limit = swap->limit == UINT64_MAX || u->limit == UINT64_MAX ? UINT64_MAX
									  : swap->limit + u->limit;
	read_psi(m, "memory.pressure", b, &s->memory.psi);
}

int cgroup_read_stats(struct cgroup *cg, struct arena *a, struct cgroup_stats *out, struct err *e)
{
	struct cgroup_member *v2 = cgroup_v2_member(cg);
	own_buf b = { 0 };

	*out = (struct cgroup_stats){ .version = cg->version };
	buf_init(&b, CGROUP_FILE_MOST + 1);
	if (cgroup_member_fd(cgroup_main_member(cg), e) < 0)
		return -1;
	read_memory_stat(a, cgroup_text(cgroup_member_of(cg, "memory"), "memory.stat", &b),
		&out->memory.raw);
	struct cgroup_member *pids = cgroup_member_of(cg, "pids");
	out->pids.current = cgroup_number(pids, "pids.current", 0);
	out->pids.limit = cgroup_number(pids, "pids.max", 0);
	if (out->pids.limit == UINT64_MAX)
		out->pids.limit = 0;
	read_hugetlb(cg, a, &b, &out->hugetlb);
	if (cg->version == CGROUP_V1) {
		out->memory.cache = raw_value(&out->memory.raw, "cache");
		cgroup_stats_read_v1(cg, a, &b, out);
		return 0;
	}
	read_cpu_v2(v2, &b, out);
	read_memory_v2(v2, &b, out);
	read_io_stat(a, cgroup_text(v2, "io.stat", &b), out);
	read_psi(v2, "io.pressure", &b, &out->blkio.psi);
	return 0;
}

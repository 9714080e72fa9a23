/* SPDX-License-Identifier: Apache-2.0 */
/* One function an object of the stats document. */
#include "usage.h"

#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"

static void put(struct jsonw *w, const char *key, uint64_t value)
{
	jsonw_key(w, key);
	jsonw_u64(w, value);
}

/* Go's omitempty. */
static void put_nonzero(struct jsonw *w, const char *key, uint64_t value)
{
	if (value)
		put(w, key, value);
}

static void put_list(struct jsonw *w, const char *key, const struct cgroup_number_list *l)
{
	if (!l->n)
		return;
	jsonw_key(w, key);
	jsonw_arr(w);
	for (size_t i = 0; i < l->n; i++)
		jsonw_u64(w, l->v[i]);
	jsonw_arr_end(w);
}

static void begin(struct jsonw *w, const char *key)
{
	jsonw_key(w, key);
	jsonw_obj(w);
}

static void put_psi_line(struct jsonw *w, const char *key, const struct cgroup_psi_line *l)
{
	begin(w, key);
	jsonw_key(w, "avg10");
	jsonw_f64(w, l->avg10);
	jsonw_key(w, "avg60");
	jsonw_f64(w, l->avg60);
	jsonw_key(w, "avg300");
	jsonw_f64(w, l->avg300);
	put(w, "total", l->total);
	jsonw_obj_end(w);
}

static void put_psi(struct jsonw *w, const struct cgroup_psi *p)
{
	if (!p->is_known)
		return;
	begin(w, "psi");
	put_psi_line(w, "some", &p->some);
	put_psi_line(w, "full", &p->full);
	jsonw_obj_end(w);
}

static void put_cpu(struct jsonw *w, const struct cgroup_stats *s)
{
	begin(w, "cpu");
	begin(w, "usage");
	put_nonzero(w, "total", s->cpu.total_ns);
	put_list(w, "percpu", &s->cpu.per_cpu_ns);
	put_list(w, "percpu_kernel", &s->cpu.per_cpu_kernel_ns);
	put_list(w, "percpu_user", &s->cpu.per_cpu_user_ns);
	put(w, "kernel", s->cpu.system_ns);
	put(w, "user", s->cpu.user_ns);
	jsonw_obj_end(w);
	begin(w, "throttling");
	put_nonzero(w, "periods", s->cpu.periods);
	put_nonzero(w, "throttledPeriods", s->cpu.throttled_periods);
	put_nonzero(w, "throttledTime", s->cpu.throttled_ns);
	jsonw_obj_end(w);
	put_psi(w, &s->cpu.psi);
	jsonw_obj_end(w);
}

static void put_cpuset(struct jsonw *w, const struct cgroup_cpuset_use *c)
{
	begin(w, "cpuset");
	put_list(w, "cpus", &c->cpus);
	put(w, "cpu_exclusive", c->cpu_exclusive);
	put_list(w, "mems", &c->mems);
	put(w, "mem_hardwall", c->mem_hardwall);
	put(w, "mem_exclusive", c->mem_exclusive);
	put(w, "memory_migrate", c->memory_migrate);
	put(w, "memory_spread_page", c->memory_spread_page);
	put(w, "memory_spread_slab", c->memory_spread_slab);
	put(w, "memory_pressure", c->memory_pressure);
	put(w, "sched_load_balance", c->sched_load_balance);
	jsonw_ki64(w, "sched_relax_domain_level", c->sched_relax_domain_level);
	jsonw_obj_end(w);
}

static void put_memory_use(struct jsonw *w, const char *key, const struct cgroup_memory_use *m)
{
	begin(w, key);
	put(w, "limit", m->limit);
	put_nonzero(w, "usage", m->usage);
	put_nonzero(w, "max", m->max);
	put(w, "failcnt", m->fail_count);
	jsonw_obj_end(w);
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct cgroup_stat_entry *)a)->key,
		((const struct cgroup_stat_entry *)b)->key);
}

/* A map in Go, so sorted. */
static void put_raw(struct jsonw *w, struct cgroup_stat_list *raw)
{
	if (!raw->n)
		return;
	qsort(raw->v, raw->n, sizeof(*raw->v), by_key);
	begin(w, "raw");
	for (size_t i = 0; i < raw->n; i++)
		put(w, raw->v[i].key, raw->v[i].value);
	jsonw_obj_end(w);
}

static void put_memory(struct jsonw *w, struct cgroup_stats *s)
{
	begin(w, "memory");
	put_nonzero(w, "cache", s->memory.cache);
	put_memory_use(w, "usage", &s->memory.usage);
	put_memory_use(w, "swap", &s->memory.swap);
	put_memory_use(w, "kernel", &s->memory.kernel);
	put_memory_use(w, "kernelTCP", &s->memory.kernel_tcp);
	put_raw(w, &s->memory.raw);
	put_psi(w, &s->memory.psi);
	jsonw_obj_end(w);
}

static void put_blkio_list(struct jsonw *w, const char *key, const struct cgroup_blkio_list *l)
{
	if (!l->n)
		return;
	jsonw_key(w, key);
	jsonw_arr(w);
	for (size_t i = 0; i < l->n; i++) {
		const struct cgroup_blkio_entry *x = &l->v[i];
		jsonw_obj(w);
		put_nonzero(w, "major", x->major);
		put_nonzero(w, "minor", x->minor);
		if (*x->op)
			jsonw_kstr(w, "op", x->op);
		put_nonzero(w, "value", x->value);
		jsonw_obj_end(w);
	}
	jsonw_arr_end(w);
}

static void put_blkio(struct jsonw *w, const struct cgroup_stats *s)
{
	begin(w, "blkio");
	put_blkio_list(w, "ioServiceBytesRecursive", &s->blkio.service_bytes);
	put_blkio_list(w, "ioServicedRecursive", &s->blkio.serviced);
	put_blkio_list(w, "ioQueueRecursive", &s->blkio.queued);
	put_blkio_list(w, "ioServiceTimeRecursive", &s->blkio.service_time);
	put_blkio_list(w, "ioWaitTimeRecursive", &s->blkio.wait_time);
	put_blkio_list(w, "ioMergedRecursive", &s->blkio.merged);
	put_blkio_list(w, "ioTimeRecursive", &s->blkio.time);
	put_blkio_list(w, "sectorsRecursive", &s->blkio.sectors);
	put_psi(w, &s->blkio.psi);
	jsonw_obj_end(w);
}

static void put_hugetlb(struct jsonw *w, const struct cgroup_hugetlb_list *l)
{
	begin(w, "hugetlb");
	for (size_t i = 0; i < l->n; i++) {
		begin(w, l->v[i].page_size);
		put_nonzero(w, "usage", l->v[i].usage);
		put_nonzero(w, "max", l->v[i].max);
		put(w, "failcnt", l->v[i].fail_count);
		jsonw_obj_end(w);
	}
	jsonw_obj_end(w);
}

void usage_write_event(struct cgroup_stats *s, const char *id, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, NULL);
	w.escape_html = true;
	jsonw_obj(&w);
	jsonw_kstr(&w, "type", "stats");
	jsonw_kstr(&w, "id", id);
	begin(&w, "data");
	put_cpu(&w, s);
	put_cpuset(&w, &s->cpuset);
	put_memory(&w, s);
	begin(&w, "pids");
	put_nonzero(&w, "current", s->pids.current);
	put_nonzero(&w, "limit", s->pids.limit);
	jsonw_obj_end(&w);
	put_blkio(&w, s);
	put_hugetlb(&w, &s->hugetlb);
	begin(&w, "intel_rdt");
	jsonw_obj_end(&w);
	jsonw_knull(&w, "network_interfaces");
	jsonw_obj_end(&w);
	jsonw_obj_end(&w);
	buf_char(out, '\n');
}

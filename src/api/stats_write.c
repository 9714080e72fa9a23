/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON of stats, in moby's order of members, with v1's and v2's differences as moby has them. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "stats.h"

static void write_u64(struct jsonw *w, const char *key, uint64_t v)
{
	jsonw_key(w, key);
	jsonw_u64(w, v);
}

/* Go's omitempty. */
static void write_u64_if(struct jsonw *w, const char *key, uint64_t v)
{
	if (v)
		write_u64(w, key, v);
}

static void write_time(struct jsonw *w, const char *key, int64_t ns)
{
	char text[CLOCK_TEXT];

	jsonw_kstr(w, key, clock_rfc3339(text, ns));
}

static void write_blkio_list(struct jsonw *w, const char *key, const struct cgroup_blkio_list *l)
{
	jsonw_key(w, key);
	jsonw_arr(w);
	for (size_t i = 0; i < l->n; i++) {
		jsonw_obj(w);
		write_u64(w, "major", l->v[i].major);
		write_u64(w, "minor", l->v[i].minor);
		jsonw_kstr(w, "op", l->v[i].op);
		write_u64(w, "value", l->v[i].value);
		jsonw_obj_end(w);
	}
	jsonw_arr_end(w);
}

/* v2 keeps bytes only, and names the operations in lower case. */
static void write_v2_bytes(struct jsonw *w, const struct cgroup_blkio_list *l)
{
	static const struct {
		const char *ours, *theirs;
	} ops[] = { { "Read", "read" }, { "Write", "write" } };
	bool is_open = false;

	jsonw_key(w, "io_service_bytes_recursive");
	for (size_t i = 0; i < l->n; i++) {
		for (size_t k = 0; k < sizeof(ops) / sizeof(ops[0]); k++) {
			if (strcmp(l->v[i].op, ops[k].ours) != 0)
				continue;
			if (!is_open)
				jsonw_arr(w);
			is_open = true;
			jsonw_obj(w);
			write_u64(w, "major", l->v[i].major);
			write_u64(w, "minor", l->v[i].minor);
			jsonw_kstr(w, "op", ops[k].theirs);
			write_u64(w, "value", l->v[i].value);
			jsonw_obj_end(w);
		}
	}
	if (is_open)
		jsonw_arr_end(w);
	else
		jsonw_null(w);
}

static void write_blkio(struct jsonw *w, const struct stats_sample *s)
{
	const struct {
		const char *key;
		const struct cgroup_blkio_list *list;
	} rows[] = {
		{ "io_service_bytes_recursive", &s->use.blkio.service_bytes },
		{ "io_serviced_recursive", &s->use.blkio.serviced },
		{ "io_queue_recursive", &s->use.blkio.queued },
		{ "io_service_time_recursive", &s->use.blkio.service_time },
		{ "io_wait_time_recursive", &s->use.blkio.wait_time },
		{ "io_merged_recursive", &s->use.blkio.merged },
		{ "io_time_recursive", &s->use.blkio.time },
		{ "sectors_recursive", &s->use.blkio.sectors },
	};
	bool is_v1 = s->read_ns != CLOCK_NEVER && s->use.version == CGROUP_V1;

	jsonw_key(w, "blkio_stats");
	jsonw_obj(w);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (is_v1)
			write_blkio_list(w, rows[i].key, rows[i].list);
		else if (i == 0)
			write_v2_bytes(w, rows[i].list);
		else
			jsonw_knull(w, rows[i].key);
	}
	jsonw_obj_end(w);
}

static void write_cpu(struct jsonw *w, const char *key, const struct stats_sample *s)
{
	const struct cgroup_number_list *each = &s->use.cpu.per_cpu_ns;

	jsonw_key(w, key);
	jsonw_obj(w);
	jsonw_key(w, "cpu_usage");
	jsonw_obj(w);
	write_u64(w, "total_usage", s->use.cpu.total_ns);
	if (each->n) {
		jsonw_key(w, "percpu_usage");
		jsonw_arr(w);
		for (size_t i = 0; i < each->n; i++)
			jsonw_u64(w, each->v[i]);
		jsonw_arr_end(w);
	}
	write_u64(w, "usage_in_kernelmode", s->use.cpu.system_ns);
	write_u64(w, "usage_in_usermode", s->use.cpu.user_ns);
	jsonw_obj_end(w);
	write_u64_if(w, "system_cpu_usage", s->system_ns);
	write_u64_if(w, "online_cpus", s->online_cpus);
	jsonw_key(w, "throttling_data");
	jsonw_obj(w);
	write_u64(w, "periods", s->use.cpu.periods);
	write_u64(w, "throttled_periods", s->use.cpu.throttled_periods);
	write_u64(w, "throttled_time", s->use.cpu.throttled_ns);
	jsonw_obj_end(w);
	jsonw_obj_end(w);
}

/* The rows of memory.stat that moby passes on; what this kernel does not have is 0, as there. */
static const char *const v1_rows[] = { "active_anon", "active_file", "cache", "dirty",
	"hierarchical_memory_limit", "hierarchical_memsw_limit", "inactive_anon", "inactive_file",
	"mapped_file", "pgfault", "pgmajfault", "pgpgin", "pgpgout", "rss", "rss_huge",
	"total_active_anon", "total_active_file", "total_cache", "total_dirty",
	"total_inactive_anon", "total_inactive_file", "total_mapped_file", "total_pgfault",
	"total_pgmajfault", "total_pgpgin", "total_pgpgout", "total_rss", "total_rss_huge",
	"total_unevictable", "total_writeback", "unevictable", "writeback", NULL };
static const char *const v2_rows[] = { "active_anon", "active_file", "anon", "anon_thp", "file",
	"file_dirty", "file_mapped", "file_writeback", "inactive_anon", "inactive_file",
	"kernel_stack", "pgactivate", "pgdeactivate", "pgfault", "pglazyfree", "pglazyfreed",
	"pgmajfault", "pgrefill", "pgscan", "pgsteal", "shmem", "slab", "slab_reclaimable",
	"slab_unreclaimable", "sock", "thp_collapse_alloc", "thp_fault_alloc", "unevictable",
	"workingset_activate", "workingset_nodereclaim", "workingset_refault", NULL };

static uint64_t find_row(const struct cgroup_stat_list *l, const char *key)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].key, key) == 0)
			return l->v[i].value;
	return 0;
}

static void write_memory(struct jsonw *w, const struct stats_sample *s)
{
	const struct cgroup_memory_use *m = &s->use.memory.usage;
	bool is_v1 = s->use.version == CGROUP_V1;

	jsonw_key(w, "memory_stats");
	jsonw_obj(w);
	if (s->read_ns != CLOCK_NEVER) {
		write_u64_if(w, "usage", m->usage);
		write_u64_if(w, "max_usage", is_v1 ? m->max : 0);
		jsonw_key(w, "stats");
		jsonw_obj(w);
		for (const char *const *row = is_v1 ? v1_rows : v2_rows; *row; row++)
			write_u64(w, *row, find_row(&s->use.memory.raw, *row));
		jsonw_obj_end(w);
		write_u64_if(w, "failcnt", is_v1 ? m->fail_count : 0);
		write_u64_if(w, "limit",
			s->memory_total && m->limit > s->memory_total ? s->memory_total : m->limit);
	}
	jsonw_obj_end(w);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct stats_nic *)a)->name, ((const struct stats_nic *)b)->name);
}

static void write_nics(struct jsonw *w, const struct stats_nic_list *l)
{
	if (l->n == 0)
		return;
	qsort(l->v, l->n, sizeof(*l->v), by_name);
	jsonw_key(w, "networks");
	jsonw_obj(w);
	for (size_t i = 0; i < l->n; i++) {
		const struct stats_nic *nic = &l->v[i];

		jsonw_key(w, nic->name);
		jsonw_obj(w);
		write_u64(w, "rx_bytes", nic->rx_bytes);
		write_u64(w, "rx_packets", nic->rx_packets);
		write_u64(w, "rx_errors", nic->rx_errors);
		write_u64(w, "rx_dropped", nic->rx_dropped);
		write_u64(w, "tx_bytes", nic->tx_bytes);
		write_u64(w, "tx_packets", nic->tx_packets);
		write_u64(w, "tx_errors", nic->tx_errors);
		write_u64(w, "tx_dropped", nic->tx_dropped);
		jsonw_obj_end(w);
	}
	jsonw_obj_end(w);
}

static void write_pids(struct jsonw *w, const struct stats_sample *s)
{
	uint64_t limit = s->use.pids.limit;

	/* No limit: v1 says nothing, v2 the largest number. */
	if (s->read_ns != CLOCK_NEVER && limit == 0 && s->use.version == CGROUP_V2)
		limit = UINT64_MAX;
	jsonw_key(w, "pids_stats");
	jsonw_obj(w);
	write_u64_if(w, "current", s->use.pids.current);
	write_u64_if(w, "limit", limit);
	jsonw_obj_end(w);
}

void stats_write(struct jsonw *w, const char *id, const char *name, const struct stats_sample *now,
	const struct stats_sample *before)
{
	jsonw_obj(w);
	jsonw_kstr(w, "name", name);
	jsonw_kstr(w, "id", id);
	write_time(w, "read", now->read_ns);
	write_time(w, "preread", before->read_ns);
	write_pids(w, now);
	write_blkio(w, now);
	write_u64(w, "num_procs", 0);
	jsonw_key(w, "storage_stats");
	jsonw_obj(w);
	jsonw_obj_end(w);
	write_cpu(w, "cpu_stats", now);
	write_cpu(w, "precpu_stats", before);
	write_memory(w, now);
	write_nics(w, &now->nics);
	jsonw_obj_end(w);
}

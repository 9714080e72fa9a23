/* SPDX-License-Identifier: Apache-2.0 */
#include "stats_row.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/unit.h"
#include "listing.h"

#define NONE "--"

/* --- readings --- */

static uint64_t number(const struct json *obj, const char *key)
{
	return json_u64(json_get_ci(obj, key), 0);
}

static double cpu_percent(const struct json *reading)
{
	const struct json *now = json_get_ci(reading, "cpu_stats");
	const struct json *before = json_get_ci(reading, "precpu_stats");
	const struct json *usage = json_get_ci(now, "cpu_usage");
	double used = (double)number(usage, "total_usage") -
		      (double)number(json_get_ci(before, "cpu_usage"), "total_usage");
	double passed = (double)number(now, "system_cpu_usage") -
			(double)number(before, "system_cpu_usage");
	double cpus = (double)number(now, "online_cpus");

	if (cpus == 0)
		cpus = (double)json_len(json_get_ci(usage, "percpu_usage"));
	return passed > 0 && used > 0 ? used / passed * cpus * 100 : 0;
}

/* Without what is only cached: v1 and v2 name it differently. */
static double memory_used(const struct json *memory)
{
	const struct json *stats = json_get_ci(memory, "stats");
	const struct json *v1 = json_get(stats, "total_inactive_file");
	uint64_t usage = number(memory, "usage"), v2 = number(stats, "inactive_file");

	if (v1 && json_u64(v1, 0) < usage)
		return (double)(usage - json_u64(v1, 0));
	return (double)(v2 < usage ? usage - v2 : usage);
}

static void take_io(struct stats_row *r, const struct json *reading)
{
	const struct json *io =
		json_get_ci(json_get_ci(reading, "blkio_stats"), "io_service_bytes_recursive");
	const struct json *networks = json_get_ci(reading, "networks");

	r->net_rx = r->net_tx = r->block_read = r->block_write = 0;
	for (size_t i = 0; i < json_len(io); i++) {
		const struct json *one = json_at(io, i);
		int op = tolower((unsigned char)*json_str(json_get_ci(one, "op"), ""));

		if (op == 'r')
			r->block_read += (double)number(one, "value");
		else if (op == 'w')
			r->block_write += (double)number(one, "value");
	}
	for (struct json_iter it = json_iter(networks); json_next(&it);) {
		r->net_rx += (double)number(it.value, "rx_bytes");
		r->net_tx += (double)number(it.value, "tx_bytes");
	}
}

static void keep(char **field, const char *text)
{
	free(*field);
	*field = strdup(text);
	if (*field == NULL)
		abort();
}

void stats_row_take(struct stats_row *r, const struct json *reading)
{
	const struct json *memory = json_get_ci(reading, "memory_stats");

	keep(&r->name, json_str(json_get_ci(reading, "name"), ""));
	keep(&r->id, json_str(json_get_ci(reading, "id"), ""));
	r->cpu = cpu_percent(reading);
	r->memory = memory_used(memory);
	r->memory_limit = (double)number(memory, "limit");
	r->memory_percent = r->memory_limit != 0 ? r->memory / r->memory_limit * 100 : 0;
	r->pids = number(json_get_ci(reading, "pids_stats"), "current");
	r->is_invalid = false;
	take_io(r, reading);
}

void stats_row_reset(struct stats_row *r)
{
	r->cpu = r->memory = r->memory_limit = r->memory_percent = 0;
	r->net_rx = r->net_tx = r->block_read = r->block_write = 0;
	r->pids = 0;
	r->is_invalid = true;
}

void stats_row_done(struct stats_row *r)
{
	free(r->name);
	free(r->id);
}

/* --- columns --- */

static struct go_val percent(struct arena *a, const struct stats_row *r, double value)
{
	return go_str(r->is_invalid ? NONE : arena_printf(a, "%.2f%%", value));
}

static struct go_val sizes(struct arena *a, const struct stats_row *r, double x, double y)
{
	char one[UNIT_TEXT], two[UNIT_TEXT];

	if (r->is_invalid)
		return go_str(NONE);
	return go_str(arena_printf(a, "%s / %s", unit_size(one, x, 3), unit_size(two, y, 3)));
}

static struct go_val col_block_io(void *self, struct arena *a, const struct slice *arg)
{
	const struct stats_row *r = self;

	return sizes(a, r, r->block_read, r->block_write);
}

static struct go_val col_container(void *self, struct arena *a, const struct slice *arg)
{
	return go_str(((const struct stats_row *)self)->container);
}

static struct go_val col_cpu(void *self, struct arena *a, const struct slice *arg)
{
	return percent(a, self, ((const struct stats_row *)self)->cpu);
}

static struct go_val col_id(void *self, struct arena *a, const struct slice *arg)
{
	const struct stats_row *r = self;
	const char *id = r->id ? r->id : "";

	return go_str(r->trunc ? listing_short_id(a, id) : id);
}

static struct go_val col_memory(void *self, struct arena *a, const struct slice *arg)
{
	const struct stats_row *r = self;
	char used[UNIT_TEXT], limit[UNIT_TEXT];

	if (r->is_invalid)
		return go_str(NONE " / " NONE);
	return go_str(arena_printf(
		a, "%s / %s", unit_bytes(used, r->memory), unit_bytes(limit, r->memory_limit)));
}

static struct go_val col_memory_percent(void *self, struct arena *a, const struct slice *arg)
{
	return percent(a, self, ((const struct stats_row *)self)->memory_percent);
}

static struct go_val col_name(void *self, struct arena *a, const struct slice *arg)
{
	const struct stats_row *r = self;

	return go_str(r->name && strlen(r->name) > 1 ? r->name + 1 : NONE);
}

static struct go_val col_net_io(void *self, struct arena *a, const struct slice *arg)
{
	const struct stats_row *r = self;

	return sizes(a, r, r->net_rx, r->net_tx);
}

static struct go_val col_pids(void *self, struct arena *a, const struct slice *arg)
{
	const struct stats_row *r = self;

	return go_str(r->is_invalid ? NONE : arena_printf(a, "%llu", (unsigned long long)r->pids));
}

static const struct go_method row_methods[] = {
	{ "BlockIO", "BLOCK I/O", col_block_io, false },
	{ "CPUPerc", "CPU %", col_cpu, false },
	{ "Container", "CONTAINER", col_container, false },
	{ "ID", "CONTAINER ID", col_id, false },
	{ "MemPerc", "MEM %", col_memory_percent, false },
	{ "MemUsage", "MEM USAGE / LIMIT", col_memory, false },
	{ "Name", "NAME", col_name, false },
	{ "NetIO", "NET I/O", col_net_io, false },
	{ "PIDs", "PIDS", col_pids, false },
	{ 0 },
};
const struct go_type stats_row_type = { GO_OBJECT, "*container.statsContext", NULL, NULL,
	row_methods };

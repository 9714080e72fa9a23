/* SPDX-License-Identifier: Apache-2.0 */
/* One row a flag. cmd_update.c applies the result. */
#include "update.h"

#include <string.h>

#include "base/slice.h"
#include "base/unit.h"

enum form { UNSIGNED, SIGNED, BYTES };

/* A pointer in struct oci_cpu or oci_memory, to be pointed at the flag's number. */
struct row {
	const char *flag;
	size_t option;
	enum form form;
	size_t member;
};

#define ROW(name, option, form, s, member)                                                   \
	{                                                                                    \
		name, offsetof(struct update_opts, option), form, offsetof(struct s, member) \
	}

static const struct row cpu_rows[] = {
	ROW("cpu-burst", cpu_burst, UNSIGNED, oci_cpu, burst),
	ROW("cpu-period", cpu_period, UNSIGNED, oci_cpu, period),
	ROW("cpu-rt-period", cpu_rt_period, UNSIGNED, oci_cpu, realtime_period),
	ROW("cpu-share", cpu_share, UNSIGNED, oci_cpu, shares),
	ROW("cpu-quota", cpu_quota, SIGNED, oci_cpu, quota),
	ROW("cpu-rt-runtime", cpu_rt_runtime, SIGNED, oci_cpu, realtime_runtime),
	ROW("cpu-idle", cpu_idle, SIGNED, oci_cpu, idle),
	{ 0 },
};

static const struct row memory_rows[] = {
	ROW("memory", memory, BYTES, oci_memory, limit),
	ROW("memory-swap", memory_swap, BYTES, oci_memory, swap),
	ROW("kernel-memory", kernel_memory, BYTES, oci_memory, kernel),
	ROW("kernel-memory-tcp", kernel_memory_tcp, BYTES, oci_memory, kernel_tcp),
	ROW("memory-reservation", memory_reservation, BYTES, oci_memory, reservation),
	{ 0 },
};

/* Go tells a number that is too large from what is none. */
static const char *why_not(const char *text, bool is_signed)
{
	const char *digits = text + (is_signed && strchr("+-", *text) ? 1 : 0);

	return *digits && !digits[strspn(digits, "0123456789")] ? "value out of range"
								: "invalid syntax";
}

static int parse_value(const struct row *r, const char *text, void *out, struct err *e)
{
	struct err why;

	switch (r->form) {
	case UNSIGNED:
		if (parse_u64(slice_str(text), out))
			return 0;
		return err_set(e, ERR_INVALID,
			"invalid value for %s: strconv.ParseUint: parsing \"%s\": %s", r->flag,
			text, why_not(text, false));
	case SIGNED:
		if (parse_i64(slice_str(text), out))
			return 0;
		return err_set(e, ERR_INVALID,
			"invalid value for %s: strconv.ParseInt: parsing \"%s\": %s", r->flag, text,
			why_not(text, true));
	case BYTES:
		if (unit_parse_bytes(text, out, &why) == 0)
			return 0;
		return err_set(e, ERR_INVALID, "invalid value for %s: %s", r->flag, why.msg);
	}
	return 0;
}

static int read_rows(struct arena *a, const struct row *rows, const struct update_opts *o,
	void *out, struct err *e)
{
	for (const struct row *r = rows; r->flag; r++) {
		const char *text = *(const char *const *)((const char *)o + r->option);
		if (str_empty(text))
			continue;
		int64_t *value = ARENA_NEW(a, int64_t);
		if (parse_value(r, text, value, e))
			return -1;
		memcpy((char *)out + r->member, &value, sizeof(value));
	}
	return 0;
}

int update_from_flags(
	struct arena *a, const struct update_opts *o, struct oci_resources *out, struct err *e)
{
	*out = (struct oci_resources){
		.cpu = ARENA_NEW(a, struct oci_cpu),
		.memory = ARENA_NEW(a, struct oci_memory),
		.pids = ARENA_NEW(a, struct oci_pids),
	};
	if (read_rows(a, cpu_rows, o, out->cpu, e) || read_rows(a, memory_rows, o, out->memory, e))
		return -1;
	out->cpu->cpus = o->cpuset_cpus;
	out->cpu->mems = o->cpuset_mems;
	out->pids->limit = o->pids_limit;
	if (!o->blkio_weight)
		return 0;
	if (o->blkio_weight < 10 || o->blkio_weight > 1000)
		return err_set(e, ERR_INVALID,
			"invalid value for blkio-weight: %lld is not in 10 … 1000",
			(long long)o->blkio_weight);
	out->block_io = ARENA_NEW(a, struct oci_block_io);
	out->block_io->weight = ARENA_NEW(a, uint32_t);
	*out->block_io->weight = (uint32_t)o->blkio_weight;
	return 0;
}

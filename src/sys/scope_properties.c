/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A spec's limits as properties of a unit (systemd.resource-control(5), org.freedesktop.systemd1(5)), as runc sets them: those
 * systemd has a name for. It writes them again whenever it reloads, so it must know what the files say. Each line begins with
 * the first systemd that has the property.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "sys/cgroup_device_int.h"
#include "sys/cgroup_value.h"
#include "sys/scope.h"

#define DEFAULT_PERIOD_US 100000
#define PERCENT_US	  10000 /* of a second: what systemd counts quotas in */
#define CPUS_MOST	  8192

static void add_u64(struct buf *out, int since, const char *name, uint64_t value)
{
	buf_fmt(out, "%d\tt\t%s\t%" PRIu64 "\n", since, name, value);
}

/* -1 is "infinity" in systemd, too. */
static void add_limit(struct buf *out, const char *name, const int64_t *value)
{
	if (value && *value)
		add_u64(out, 0, name, *value < 0 ? UINT64_MAX : (uint64_t)*value);
}

/* A fraction of a percent is rounded up, or groups inside could not have the quota they expect. */
static void add_quota(struct buf *out, int64_t quota, uint64_t period)
{
	uint64_t per_second = UINT64_MAX;

	if (period)
		add_u64(out, 242, "CPUQuotaPeriodUSec", period);
	if (!quota && !period)
		return;
	if (quota > 0) {
		unsigned __int128 exact =
			(unsigned __int128)quota * 1000000 / (period ? period : DEFAULT_PERIOD_US);
		exact = (exact + PERCENT_US - 1) / PERCENT_US * PERCENT_US;
		per_second = exact > UINT64_MAX ? UINT64_MAX : (uint64_t)exact;
	}
	add_u64(out, 0, "CPUQuotaPerSecUSec", per_second);
}

/* "0-2,7" as a bit mask, the lowest byte first. */
static int add_mask(struct buf *out, const char *name, const char *list, struct err *e)
{
	unsigned char bits[CPUS_MOST / 8] = { 0 };
	struct slice rest = slice_trim(slice_str(list)), one, first, last;
	uint32_t from, to, top = 0;

	for (bool more = rest.n > 0; more;) {
		more = slice_cut(rest, ',', &one, &rest);
		if (!slice_cut(one, '-', &first, &last))
			last = first;
		if (!parse_u32(slice_trim(first), &from) || !parse_u32(slice_trim(last), &to) ||
			from > to || to >= CPUS_MOST)
			return err_set(
				e, ERR_INVALID, "invalid list of CPUs or nodes \"%s\"", list);
		for (uint32_t n = from; n <= to; n++)
			bits[n / 8] |= (unsigned char)(1u << n % 8);
		top = to > top ? to : top;
	}
	buf_fmt(out, "244\tay\t%s\t", name);
	for (uint32_t i = 0; i <= top / 8; i++)
		buf_fmt(out, "%02x", bits[i]);
	buf_char(out, '\n');
	return 0;
}

static int add_cpu(
	struct buf *out, enum cgroup_version version, const struct oci_cpu *c, struct err *e)
{
	bool idle = c->idle && *c->idle == 1;

	if (version == CGROUP_V2 && idle)
		add_u64(out, 252, "CPUWeight", 0);
	else if (version == CGROUP_V2 && c->shares && *c->shares)
		add_u64(out, 0, "CPUWeight", cgroup_cpu_weight(*c->shares));
	else if (version == CGROUP_V1 && c->shares && *c->shares)
		add_u64(out, 0, "CPUShares", *c->shares);
	add_quota(out, c->quota ? *c->quota : 0, c->period ? *c->period : 0);
	if (!str_empty(c->cpus) && add_mask(out, "AllowedCPUs", c->cpus, e))
		return -1;
	return str_empty(c->mems) ? 0 : add_mask(out, "AllowedMemoryNodes", c->mems, e);
}

static int add_memory(
	struct buf *out, enum cgroup_version version, const struct oci_memory *m, struct err *e)
{
	int64_t swap;

	if (version == CGROUP_V1) {
		add_limit(out, "MemoryLimit", m->limit);
		return 0;
	}
	if (cgroup_swap_max(m->swap ? *m->swap : 0, m->limit ? *m->limit : 0, &swap, e))
		return -1;
	add_limit(out, "MemoryMax", m->limit);
	add_limit(out, "MemoryLow", m->reservation);
	/* As much as memory alone: none. */
	if (swap || (m->swap && *m->swap > 0))
		add_u64(out, 0, "MemorySwapMax", swap < 0 ? UINT64_MAX : (uint64_t)swap);
	return 0;
}

/* ---- unified ---- */

static int bad_value(const char *key, const char *value, struct err *e)
{
	return err_set(e, ERR_INVALID, "unified resource \"%s\" value invalid: \"%s\"", key, value);
}

static bool read_max(struct slice text, uint64_t *out)
{
	text = slice_trim(text);
	*out = UINT64_MAX;
	return slice_eq(text, "max") || parse_u64(text, out);
}

static int add_unified_quota(struct buf *out, const char *value, struct err *e)
{
	struct slice quota_text, period_text;
	uint64_t quota, period = DEFAULT_PERIOD_US;
	bool both = slice_cut(slice_trim(slice_str(value)), ' ', &quota_text, &period_text);

	if (!read_max(quota_text, &quota) || (both && !parse_u64(period_text, &period)))
		return bad_value("cpu.max", value, e);
	add_quota(out, quota > INT64_MAX ? 0 : (int64_t)quota, period);
	return 0;
}

static const struct unified_row {
	const char *key, *property;
	char kind; /* 'n' a number or "max", 'm' a mask, 'q' cpu.max */
} unified_rows[] = {
	{ "cpu.max", NULL, 'q' },
	{ "cpu.weight", "CPUWeight", 'n' },
	{ "cpuset.cpus", "AllowedCPUs", 'm' },
	{ "cpuset.mems", "AllowedMemoryNodes", 'm' },
	{ "memory.high", "MemoryHigh", 'n' },
	{ "memory.low", "MemoryLow", 'n' },
	{ "memory.min", "MemoryMin", 'n' },
	{ "memory.max", "MemoryMax", 'n' },
	{ "memory.swap.max", "MemorySwapMax", 'n' },
	{ "pids.max", "TasksMax", 'n' },
};

/* What systemd has no name for is only written to its file. */
static int add_unified(struct buf *out, const char *key, const char *value, struct err *e)
{
	uint64_t n;

	for (size_t i = 0; i < sizeof(unified_rows) / sizeof(unified_rows[0]); i++) {
		const struct unified_row *row = &unified_rows[i];
		if (strcmp(row->key, key) != 0)
			continue;
		if (row->kind == 'q')
			return add_unified_quota(out, value, e);
		if (row->kind == 'm')
			return add_mask(out, row->property, value, e);
		if (!read_max(slice_str(value), &n))
			return bad_value(key, value, e);
		add_u64(out, 0, row->property, n);
		return 0;
	}
	return 0;
}

/* ---- devices ---- */

/* The driver's name in /proc/devices: "char-pts" is how systemd spells all devices of major 136. */
static bool driver_name(struct arena *a, const struct device_exception *x, const char **out)
{
	struct err ignored;
	const char *text = fs_read_str(a, AT_FDCWD, "/proc/devices", 1 << 20, &ignored);
	struct slice rest = slice_str(text), line, number, name;
	bool blocks = false;
	int64_t major;

	while (rest.n) {
		slice_cut(rest, '\n', &line, &rest);
		if (slice_starts(line, "Block"))
			blocks = true;
		line = slice_trim(line);
		if (blocks != (x->type == 'b') || !slice_cut(line, ' ', &number, &name) ||
			!parse_i64(number, &major) || major != x->major)
			continue;
		*out = arena_strndup(a, name.p, name.n);
		return true;
	}
	return false;
}

static void add_exception(struct arena *a, struct buf *out, const struct device_exception *x)
{
	const char *kind = x->type == 'b' ? "block" : "char", *name;
	char access[4];

	snprintf(access, sizeof(access), "%s%s%s", x->access & DEVICE_READ ? "r" : "",
		x->access & DEVICE_WRITE ? "w" : "", x->access & DEVICE_MKNOD ? "m" : "");
	if (x->major < 0 && x->minor < 0)
		buf_fmt(out, "\t%s-*\t%s", kind, access);
	else if (x->major >= 0 && x->minor >= 0)
		buf_fmt(out, "\t/dev/%s/%" PRId64 ":%" PRId64 "\t%s", kind, x->major, x->minor,
			access);
	else if (x->major >= 0 && driver_name(a, x, &name))
		buf_fmt(out, "\t%s-%s\t%s", kind, name, access);
	else
		log_debug("systemd cannot name device %s %" PRId64 ":%" PRId64, kind, x->major,
			x->minor);
}

/* systemd only knows lists of what is allowed; a list of what is not goes by our own program or files alone. */
static int add_devices(struct buf *out, const struct oci_device_rule_list *rules, struct err *e)
{
	own_arena a = arena_new();
	struct device_policy policy;

	if (!rules->n)
		return 0;
	if (device_policy_reduce(a, rules, &policy, e))
		return -1;
	bool all = policy.allow_by_default && !policy.n;
	if (policy.allow_by_default && policy.n)
		log_warn(
			"systemd does not know device rules that deny, ignoring until the cgroup has them");
	buf_fmt(out, "0\ts\tDevicePolicy\t%s\n0\ta(ss)\tDeviceAllow", all ? "auto" : "strict");
	for (size_t i = 0; !policy.allow_by_default && i < policy.n; i++)
		add_exception(a, out, &policy.v[i]);
	buf_str(out, policy.allow_by_default || !policy.n ? "\t\n" : "\n");
	return 0;
}

int scope_limit_properties(enum cgroup_version version, const struct oci_resources *r, bool devices,
	struct buf *out, struct err *e)
{
	if (devices && add_devices(out, &r->devices, e))
		return -1;
	if (r->memory && add_memory(out, version, r->memory, e))
		return -1;
	if (r->cpu && add_cpu(out, version, r->cpu, e))
		return -1;
	if (version == CGROUP_V1 && r->block_io && r->block_io->weight && *r->block_io->weight)
		add_u64(out, 0, "BlockIOWeight", *r->block_io->weight);
	if (r->pids)
		add_limit(out, "TasksMax", &r->pids->limit);
	for (size_t i = 0; version == CGROUP_V2 && i < r->unified.n; i++)
		if (add_unified(out, r->unified.keys[i], r->unified.v[i], e))
			return -1;
	return buf_ok(out) ? 0 : err_set(e, ERR_INVALID, "too many limits for systemd");
}

int scope_start_properties(const struct scope *s, enum cgroup_version version, pid_t pid,
	const struct oci_resources *r, struct buf *out, struct err *e)
{
	static const char *const accounting[] = { "MemoryAccounting", "CPUAccounting",
		"TasksAccounting" };

	buf_fmt(out, "0\ts\tDescription\tlibcontainer container %s\n", s->name);
	if (str_ends(s->unit, ".slice"))
		buf_fmt(out, "0\tas\tWants\t%s\n", s->slice);
	else
		buf_fmt(out, "0\ts\tSlice\t%s\n0\tb\tDelegate\ttrue\n0\tau\tPIDs\t%d\n", s->slice,
			(int)pid);
	/* Always on, since joining a memory group late is trouble. */
	for (size_t i = 0; i < sizeof(accounting) / sizeof(accounting[0]); i++)
		buf_fmt(out, "0\tb\t%s\ttrue\n", accounting[i]);
	buf_fmt(out, "0\tb\t%s\ttrue\n",
		version == CGROUP_V2 ? "IOAccounting" : "BlockIOAccounting");
	buf_str(out, "0\tb\tDefaultDependencies\tfalse\n");
	for (size_t i = 0; s->annotations && i < s->annotations->n; i++)
		if (scope_add_annotation(s->annotations->keys[i], s->annotations->v[i], out, e))
			return -1;
	return r ? scope_limit_properties(version, r, true, out, e) : 0;
}

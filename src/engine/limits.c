/* SPDX-License-Identifier: Apache-2.0 */
/* Checking limits, after moby's verifyPlatformContainerResources. */
#include "limits.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/slice.h"

#define MEMORY_LEAST (6 * 1024 * 1024)
#define CPUSET_MOST  8192

void limits_host_read(struct arena *a, const struct cgroup_host *h, struct limits_host *out)
{
	bool v2 = cgroup_host_version(h) == CGROUP_V2;
	struct err ignored;

	*out = (struct limits_host){ .n_cpus = (int)sysconf(_SC_NPROCESSORS_ONLN) };
	out->memory = cgroup_host_has(h, "memory");
	out->swap = cgroup_host_has_file(
		h, "memory", v2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes");
	out->swappiness = !v2 && cgroup_host_has_file(h, "memory", "memory.swappiness");
	out->reservation =
		cgroup_host_has_file(h, "memory", v2 ? "memory.low" : "memory.soft_limit_in_bytes");
	out->oom_kill_disable = !v2 && cgroup_host_has_file(h, "memory", "memory.oom_control");
	out->pids = cgroup_host_has(h, "pids");
	out->shares = cgroup_host_has_file(h, "cpu", v2 ? "cpu.weight" : "cpu.shares");
	out->cfs = cgroup_host_has_file(h, "cpu", v2 ? "cpu.max" : "cpu.cfs_quota_us");
	out->realtime = !v2 && cgroup_host_has_file(h, "cpu", "cpu.rt_period_us");
	out->cpuset = cgroup_host_has(h, "cpuset");
	out->weight =
		cgroup_host_has_file(h, v2 ? "io" : "blkio", v2 ? "io.weight" : "blkio.weight") ||
		cgroup_host_has_file(
			h, v2 ? "io" : "blkio", v2 ? "io.bfq.weight" : "blkio.bfq.weight");
	out->weight_device = cgroup_host_has_file(
		h, v2 ? "io" : "blkio", v2 ? "io.weight" : "blkio.weight_device");
	out->read_bps = cgroup_host_has_file(
		h, v2 ? "io" : "blkio", v2 ? "io.max" : "blkio.throttle.read_bps_device");
	out->write_bps = out->read_iops = out->write_iops = out->read_bps;
	out->cpus = fs_read_str(a, AT_FDCWD, "/sys/devices/system/cpu/online", 4096, &ignored);
	out->mems = fs_read_str(a, AT_FDCWD, "/sys/devices/system/node/online", 4096, &ignored);
}

struct warning_sink {
	struct arena *arena;
	struct str_list *list;
	bool is_update; /* of a container that has limits already: what is absent stays */
};

static void warn(const struct warning_sink *w, const char *text)
{
	str_list_add(w->arena, w->list, text);
}

static int check_memory(struct host_config *h, const struct limits_host *host,
	const struct warning_sink *w, struct err *e)
{
	if (h->memory != 0 && h->memory < MEMORY_LEAST)
		return err_set(e, ERR_INVALID, "Minimum memory limit allowed is 6MB");
	if (h->memory > 0 && !host->memory) {
		warn(w, "Your kernel does not support memory limit capabilities or the cgroup is not "
			"mounted. Limitation discarded.");
		h->memory = 0;
		h->memory_swap = -1;
	}
	if (h->memory > 0 && h->memory_swap != -1 && !host->swap) {
		warn(w, "Your kernel does not support swap limit capabilities or the cgroup is not "
			"mounted. Memory limited without swap.");
		h->memory_swap = -1;
	}
	if (h->memory > 0 && h->memory_swap > 0 && h->memory_swap < h->memory)
		return err_set(e, ERR_INVALID,
			"Minimum memoryswap limit should be larger than memory limit, see usage");
	if (h->memory == 0 && h->memory_swap > 0 && !w->is_update)
		return err_set(e, ERR_INVALID,
			"You should always set the Memory limit when using Memoryswap limit, see usage");
	if (h->memory_swap < -1)
		return err_set(e, ERR_INVALID, "invalid memory-swap: %" PRId64, h->memory_swap);
	if (h->memory > 0 && h->memory_swap == 0 &&
		!w->is_update) /* by default, twice the memory */
		h->memory_swap = h->memory > INT64_MAX / 2 ? -1 : h->memory * 2;
	return 0;
}

static int check_reservation(struct host_config *h, const struct limits_host *host,
	const struct warning_sink *w, struct err *e)
{
	if (h->memory_reservation > 0 && !host->reservation) {
		warn(w, "Your kernel does not support memory soft limit capabilities or the cgroup is "
			"not mounted. Limitation discarded.");
		h->memory_reservation = 0;
	}
	if (h->memory_reservation != 0 && h->memory_reservation < MEMORY_LEAST)
		return err_set(e, ERR_INVALID, "Minimum memory reservation allowed is 6MB");
	if (h->memory > 0 && h->memory_reservation > 0 && h->memory < h->memory_reservation)
		return err_set(e, ERR_INVALID,
			"Minimum memory limit can not be less than memory reservation limit, see usage");
	return 0;
}

static int check_swappiness(struct host_config *h, const struct limits_host *host,
	const struct warning_sink *w, struct err *e)
{
	if (h->memory_swappiness && *h->memory_swappiness == -1)
		h->memory_swappiness = NULL;
	if (h->memory_swappiness && !host->swappiness) {
		warn(w, "Your kernel does not support memory swappiness capabilities or the cgroup is "
			"not mounted. Memory swappiness discarded.");
		h->memory_swappiness = NULL;
	}
	if (h->memory_swappiness && (*h->memory_swappiness < 0 || *h->memory_swappiness > 100))
		return err_set(e, ERR_INVALID,
			"Invalid value: %" PRId64 ", valid memory swappiness range is 0-100",
			*h->memory_swappiness);
	return 0;
}

static int check_oom_and_pids(struct host_config *h, const struct limits_host *host,
	const struct warning_sink *w, struct err *e)
{
	(void)e;
	if (!h->oom_kill_disable)
		h->oom_kill_disable = ARENA_NEW(w->arena, bool);
	if (!host->oom_kill_disable) {
		if (*h->oom_kill_disable)
			warn(w, "Your kernel does not support OomKillDisable. OomKillDisable "
				"discarded.");
		h->oom_kill_disable = NULL;
	} else if (*h->oom_kill_disable && h->memory == 0) {
		warn(w, "OOM killer is disabled for the container, but no memory limit is set, this "
			"can result in the system running out of resources.");
	}
	if (h->pids_limit && *h->pids_limit <= 0)
		h->pids_limit = NULL;
	if (h->pids_limit && !host->pids) {
		warn(w, "Your kernel does not support PIDs limit capabilities or the cgroup is not "
			"mounted. PIDs limit discarded.");
		h->pids_limit = NULL;
	}
	return 0;
}

static int check_cpu(struct host_config *h, const struct limits_host *host,
	const struct warning_sink *w, struct err *e)
{
	if (h->nano_cpus > 0 && h->cpu_period > 0)
		return err_set(e, ERR_INVALID,
			"Conflicting options: Nano CPUs and CPU Period cannot both be set");
	if (h->nano_cpus > 0 && h->cpu_quota > 0)
		return err_set(e, ERR_INVALID,
			"Conflicting options: Nano CPUs and CPU Quota cannot both be set");
	if (h->nano_cpus > 0 && !host->cfs)
		return err_set(e, ERR_INVALID,
			"NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or "
			"the cgroup is not mounted");
	if (h->nano_cpus < 0 || h->nano_cpus > host->n_cpus * INT64_C(1000000000))
		return err_set(e, ERR_INVALID,
			"range of CPUs is from 0.01 to %d.00, as there are only %d CPUs available",
			host->n_cpus, host->n_cpus);
	if (h->cpu_shares > 0 && !host->shares) {
		warn(w, "Your kernel does not support CPU shares or the cgroup is not mounted. Shares "
			"discarded.");
		h->cpu_shares = 0;
	}
	if (h->cpu_shares < 0)
		return err_set(e, ERR_INVALID,
			"invalid CPU shares (%" PRId64 "): value must be a positive integer",
			h->cpu_shares);
	if ((h->cpu_period || h->cpu_quota) && !host->cfs) {
		warn(w, "Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.");
		h->cpu_period = h->cpu_quota = 0;
	}
	if (h->cpu_period != 0 && (h->cpu_period < 1000 || h->cpu_period > 1000000))
		return err_set(e, ERR_INVALID,
			"CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. "
			"1000000)");
	if (h->cpu_quota > 0 && h->cpu_quota < 1000)
		return err_set(
			e, ERR_INVALID, "CPU cfs quota can not be less than 1ms (i.e. 1000)");
	return 0;
}

static int check_realtime(struct host_config *h, const struct limits_host *host,
	const struct warning_sink *w, struct err *e)
{
	(void)w;
	if ((h->cpu_realtime_period || h->cpu_realtime_runtime) && !host->realtime)
		return err_set(
			e, ERR_INVALID, "Your kernel does not support CPU real-time scheduler");
	if (h->cpu_realtime_period && h->cpu_realtime_runtime > h->cpu_realtime_period)
		return err_set(e, ERR_INVALID,
			"cpu real-time runtime cannot be higher than cpu real-time period");
	return 0;
}

/* Marks the numbers of "0-2,7" in set; false when it is malformed. */
static bool cpuset_read(const char *text, unsigned char set[CPUSET_MOST])
{
	struct slice rest = slice_trim(slice_str(text)), one, from, to;

	for (bool more = rest.n > 0; more;) {
		uint32_t first, last;

		more = slice_cut(rest, ',', &one, &rest);
		if (!slice_cut(one, '-', &from, &to))
			to = from;
		if (!parse_u32(from, &first) || !parse_u32(to, &last) || last < first ||
			last >= CPUSET_MOST)
			return false;
		memset(set + first, 1, last - first + 1);
	}
	return true;
}

int limits_check_cpuset(const char *wanted, const char *available)
{
	unsigned char want[CPUSET_MOST] = { 0 }, have[CPUSET_MOST] = { 0 };

	if (!cpuset_read(wanted, want))
		return -1;
	if (!available || !cpuset_read(available, have))
		return 0;
	for (size_t i = 0; i < CPUSET_MOST; i++)
		if (want[i] && !have[i])
			return -2;
	return 0;
}

static int check_one_cpuset(
	const char *wanted, const char *available, const char *what[2], struct err *e)
{
	int rc = str_empty(wanted) ? 0 : limits_check_cpuset(wanted, available);

	if (rc == -1)
		return err_set(e, ERR_INVALID, "Invalid value %s for %s", wanted, what[0]);
	if (rc == -2)
		return err_set(e, ERR_INVALID,
			"Requested %s are not available - requested %s, available: %s", what[1],
			wanted, available);
	return 0;
}

static int check_cpuset(struct host_config *h, const struct limits_host *host,
	const struct warning_sink *w, struct err *e)
{
	if ((!str_empty(h->cpuset_cpus) || !str_empty(h->cpuset_mems)) && !host->cpuset) {
		warn(w, "Your kernel does not support cpuset or the cgroup is not mounted. Cpuset "
			"discarded.");
		h->cpuset_cpus = h->cpuset_mems = "";
	}
	return check_one_cpuset(
		       h->cpuset_cpus, host->cpus, (const char *[]){ "cpuset cpus", "CPUs" }, e) ||
			       check_one_cpuset(h->cpuset_mems, host->mems,
				       (const char *[]){ "cpuset mems", "memory nodes" }, e)
		       ? -1
		       : 0;
}

static int check_weights(struct host_config *h, const struct limits_host *host,
	const struct warning_sink *w, struct err *e)
{
	if (h->blkio_weight && !host->weight) {
		warn(w, "Your kernel does not support Block I/O weight or the cgroup is not mounted. "
			"Weight discarded.");
		h->blkio_weight = 0;
	}
	if (h->blkio_weight && (h->blkio_weight < 10 || h->blkio_weight > 1000))
		return err_set(e, ERR_INVALID, "Range of blkio weight is from 10 to 1000");
	if (h->blkio_weight_device.n && !host->weight_device) {
		warn(w, "Your kernel does not support Block I/O weight_device or the cgroup is not "
			"mounted. Weight-device discarded.");
		h->blkio_weight_device.n = 0;
	}
	for (size_t i = 0; i < h->blkio_weight_device.n; i++) {
		const struct weight_device *d = &h->blkio_weight_device.v[i];

		if (d->weight < 10 || d->weight > 1000)
			return err_set(e, ERR_INVALID, "Range of blkio weight is from 10 to 1000");
	}
	return 0;
}

static int check_throttles(struct host_config *h, const struct limits_host *host,
	const struct warning_sink *w, struct err *e)
{
	const struct {
		struct throttle_device_list *list;
		bool has;
		const char *lacks;
	} rows[] = {
		{ &h->blkio_read_bps, host->read_bps, "BPS Block I/O read limit" },
		{ &h->blkio_write_bps, host->write_bps, "BPS Block I/O write limit" },
		{ &h->blkio_read_iops, host->read_iops, "IOPS Block read limit" },
		{ &h->blkio_write_iops, host->write_iops, "IOPS Block write limit" },
	};

	(void)e;
	for (size_t i = 0; i < 4; i++) {
		if (!rows[i].list->n || rows[i].has)
			continue;
		warn(w, arena_printf(w->arena,
				"Your kernel does not support %s or the cgroup is not mounted. %s "
				"discarded.",
				rows[i].lacks, rows[i].lacks));
		rows[i].list->n = 0;
	}
	return 0;
}

typedef int limit_check_fn(struct host_config *h, const struct limits_host *host,
	const struct warning_sink *w, struct err *e);

static int check_all(struct host_config *h, const struct limits_host *host,
	const struct warning_sink *w, struct err *e)
{
	static limit_check_fn *const checks[] = { check_memory, check_swappiness, check_reservation,
		check_oom_and_pids, check_cpu, check_realtime, check_cpuset, check_weights,
		check_throttles };

	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		if (checks[i](h, host, w, e))
			return -1;
	return 0;
}

int limits_check(struct arena *a, struct host_config *h, const struct limits_host *host,
	struct str_list *warnings, struct err *e)
{
	return check_all(h, host, &(struct warning_sink){ a, warnings, false }, e);
}

int limits_check_update(struct arena *a, struct host_config *h, const struct limits_host *host,
	struct str_list *warnings, struct err *e)
{
	return check_all(h, host, &(struct warning_sink){ a, warnings, true }, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* update: new limits for containers; diff: what one changed. */
#include "base/jsonw.h"
#include "base/unit.h"
#include "cmds.h"
#include "run_opts.h"

/* --- update --- */

struct update_opts {
	struct run_opts run; /* the same options as run's, and their setters */
	bool has_any;
};

static int set_swap(struct opt_ctx *ctx, const char *value, struct err *e)
{
	struct run_opts *o = ctx->into;

	/* -1: as much as there is */
	if (str_eq(value, "-1")) {
		o->host.memory_swap = -1;
		return 0;
	}
	return unit_parse_bytes(value, &o->host.memory_swap, e);
}

#define UPDATE_OPT(t, sh, name, meta, member, help) \
	OPT_CHANGED(t, sh, name, meta, struct update_opts, run.member, has_any, help)
#define UPDATE_FUNC(sh, name, meta, fn, help, is_hidden)                  \
	{                                                                 \
		OPT_T_FUNC, (sh), (name), (meta), 0, (help), (is_hidden), \
			offsetof(struct update_opts, has_any), (fn)       \
	}

static const struct opt update_opts[] = {
	UPDATE_FUNC(0, "blkio-weight", "uint16", run_set_blkio_weight,
		"Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)",
		false),
	UPDATE_OPT(INT, 0, "cpu-period", "int", host.cpu_period,
		"Limit CPU CFS (Completely Fair Scheduler) period"),
	UPDATE_OPT(INT, 0, "cpu-quota", "int", host.cpu_quota,
		"Limit CPU CFS (Completely Fair Scheduler) quota"),
	UPDATE_OPT(INT, 0, "cpu-rt-period", "int", host.cpu_realtime_period,
		"Limit the CPU real-time period in microseconds"),
	UPDATE_OPT(INT, 0, "cpu-rt-runtime", "int", host.cpu_realtime_runtime,
		"Limit the CPU real-time runtime in microseconds"),
	UPDATE_OPT(INT, 'c', "cpu-shares", "int", host.cpu_shares, "CPU shares (relative weight)"),
	UPDATE_FUNC(0, "cpus", "decimal", run_set_cpus, "Number of CPUs", false),
	UPDATE_OPT(STR, 0, "cpuset-cpus", "string", host.cpuset_cpus,
		"CPUs in which to allow execution (0-3, 0,1)"),
	UPDATE_OPT(STR, 0, "cpuset-mems", "string", host.cpuset_mems,
		"MEMs in which to allow execution (0-3, 0,1)"),
	UPDATE_FUNC(0, "kernel-memory", "bytes", run_set_kernel_memory,
		"Kernel memory limit (deprecated)", true),
	UPDATE_FUNC('m', "memory", "bytes", run_set_memory, "Memory limit", false),
	UPDATE_FUNC(0, "memory-reservation", "bytes", run_set_memory_reservation,
		"Memory soft limit", false),
	UPDATE_FUNC(0, "memory-swap", "bytes", set_swap,
		"Swap limit equal to memory plus swap: -1 to enable unlimited swap", false),
	UPDATE_OPT(INT, 0, "pids-limit", "int", pids_limit,
		"Tune container pids limit (set -1 for unlimited)"),
	UPDATE_OPT(STR, 0, "restart", "string", restart,
		"Restart policy to apply when a container exits"),
	OPT_END,
};

static const char *body_of(
	struct cli *c, const struct run_opts *o, const struct restart_policy *restart)
{
	const struct host_config *h = &o->host;
	const struct {
		const char *key;
		int64_t value;
	} numbers[] = {
		{ "CpuShares", h->cpu_shares },
		{ "Memory", h->memory },
		{ "NanoCpus", h->nano_cpus },
		{ "BlkioWeight", h->blkio_weight },
		{ "CpuPeriod", h->cpu_period },
		{ "CpuQuota", h->cpu_quota },
		{ "CpuRealtimePeriod", h->cpu_realtime_period },
		{ "CpuRealtimeRuntime", h->cpu_realtime_runtime },
		{ "MemoryReservation", h->memory_reservation },
		{ "MemorySwap", h->memory_swap },
		{ "CpuCount", 0 },
		{ "CpuPercent", 0 },
		{ "IOMaximumIOps", 0 },
		{ "IOMaximumBandwidth", 0 },
	};
	/* what update cannot change is sent as nothing */
	static const char *const nulls[] = { "BlkioWeightDevice", "BlkioDeviceReadBps",
		"BlkioDeviceWriteBps", "BlkioDeviceReadIOps", "BlkioDeviceWriteIOps", "Devices",
		"DeviceCgroupRules", "DeviceRequests", "MemorySwappiness", "OomKillDisable",
		"Ulimits" };
	own_buf body = { 0 };
	struct jsonw w;

	buf_init(&body, 1 << 16);
	jsonw_init(&w, &body, NULL);
	jsonw_obj(&w);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		jsonw_ki64(&w, numbers[i].key, numbers[i].value);
	for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
		jsonw_knull(&w, nulls[i]);
	if (h->kernel_memory)
		jsonw_ki64(&w, "KernelMemory", h->kernel_memory);
	jsonw_kstr(&w, "CgroupParent", "");
	jsonw_kstr(&w, "CpusetCpus", h->cpuset_cpus);
	jsonw_kstr(&w, "CpusetMems", h->cpuset_mems);
	if (o->pids_limit)
		jsonw_ki64(&w, "PidsLimit", o->pids_limit);
	else
		jsonw_knull(&w, "PidsLimit");
	jsonw_key(&w, "RestartPolicy");
	jsonw_obj(&w);
	jsonw_kstr(&w, "Name", restart->name);
	jsonw_ki64(&w, "MaximumRetryCount", restart->maximum_retry_count);
	jsonw_obj_end(&w);
	jsonw_obj_end(&w);
	return arena_strndup(c->arena, body.data, body.len);
}

static int run_update(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct update_opts *o = opts;
	struct restart_policy restart = { 0 };
	struct str_list warnings = { 0 };
	struct cli_errors errors;
	const char *body;

	if (!o->has_any)
		return err_set(e, ERR_INVALID,
			"you must provide one or more flags when using this command");
	if (!str_empty(o->run.restart) && spec_restart(c->arena, o->run.restart, &restart, e))
		return -1;
	if (cli_client(c, e) == NULL)
		return -1;
	body = body_of(c, &o->run, &restart);
	cli_errors_init(&errors);
	for (size_t i = 0; i < args->n; i++) {
		const char *path = cli_path(c, "containers", args->v[i], "/update");
		own_json answer = NULL;
		const struct json *list;
		struct err why;

		if (client_call_json(c->client, "POST", path, body, &answer, &why) < 0) {
			cli_errors_add(&errors, why.msg);
			continue;
		}
		buf_fmt(&c->out, "%s\n", args->v[i]);
		list = json_get_ci(answer, "Warnings");
		for (size_t k = 0; k < json_len(list); k++)
			str_list_add(c->arena, &warnings, json_str(json_at(list, k), ""));
	}
	for (size_t i = 0; i < warnings.n; i++)
		buf_fmt(&c->out, "%s\n", warnings.v[i]);
	return cli_errors_end(c, &errors, e);
}

const struct command_impl update_impl = {
	.run = run_update,
	.opts = update_opts,
	.opts_size = sizeof(struct update_opts),
};

/* --- diff --- */

static int run_diff(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	static const char *const kinds[] = { "C", "A", "D" };
	own_json changes = NULL;

	if (*args->v[0] == '\0')
		return err_set(e, ERR_INVALID, "Container name cannot be empty");
	if (cli_get_json(c, cli_path(c, "containers", args->v[0], "/changes"), &changes, e))
		return -1;
	for (size_t i = 0; i < json_len(changes); i++) {
		const struct json *one = json_at(changes, i);
		uint64_t kind = json_u64(json_get_ci(one, "Kind"), 0);

		buf_fmt(&c->out, "%s %s\n", kind < 3 ? kinds[kind] : "",
			json_str(json_get_ci(one, "Path"), ""));
	}
	return 0;
}

const struct command_impl diff_impl = { .run = run_diff };

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The resource limits of HostConfig: dockerd's checks, defaults and warnings (feature rows B25, B26), and what
 * becomes of them in the runtime spec. Pure, but for device paths.
 */
#ifndef TARE_ENGINE_LIMITS_H
#define TARE_ENGINE_LIMITS_H

#include <stdbool.h>

#include "model/host_config.h"
#include "oci/resources.h"
#include "sys/cgroup.h"

/* What this machine can limit. */
struct limits_host {
	int n_cpus;
	bool memory, swap, swappiness, reservation, oom_kill_disable;
	bool pids, shares, cfs, realtime, cpuset;
	bool weight, weight_device, read_bps, write_bps, read_iops, write_iops;
	const char *cpus; /* "0-3": usable; NULL: unknown */
	const char *mems;
};

/* Looks at the machine; texts lie in a. */
void limits_host_read(struct arena *a, const struct cgroup_host *h, struct limits_host *out);

/*
 * Checks h and puts dockerd's defaults in (memory-swap, "unlimited" made absent). Limits the kernel lacks
 * are taken out with a warning in warnings (grown in wa). ERR_INVALID.
 */
int limits_check(struct arena *a, struct host_config *h, const struct limits_host *host,
	struct str_list *warnings, struct err *e);

/* The same for the limits an update names: those it does not name (0, absent) get no defaults. */
int limits_check_update(struct arena *a, struct host_config *h, const struct limits_host *host,
	struct str_list *warnings, struct err *e);

/* What h says as linux.resources (device rules apart). ERR_INVALID when a device path is none. */
int limits_to_spec(
	struct arena *a, const struct host_config *h, struct oci_resources *out, struct err *e);

/* Whether a cpuset list ("0-2,7") is well formed and within available (NULL: not checked): 0, -1 or -2. */
int limits_check_cpuset(const char *wanted, const char *available);

#endif

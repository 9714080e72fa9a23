/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small grammars: /proc texts, devices.list, saved groups, ulimits, signals, CPU and node lists, mount options,
 * systemd units and properties.
 */
#include <stdint.h>
#include <string.h>

#include "sys/cgroup_device_int.h"
#include "sys/cgroup_int.h"
#include "sys/mempolicy.h"
#include "sys/mounts.h"
#include "sys/rlimit.h"
#include "sys/sched.h"
#include "sys/scope.h"
#include "sys/signals.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_host(struct arena *a, const char *text)
{
	struct cgroup_host *h = ARENA_NEW(a, struct cgroup_host);
	const char *second = strchr(text, '|');
	struct err e;

	h->arena = a;
	cgroup_host_read(h, (struct slice){ text, second ? (size_t)(second - text) : strlen(text) },
		slice_str(second ? second + 1 : ""), &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	const char *text = arena_strndup(a, (const char *)data, size);
	struct str_list one = { 0 };
	struct device_policy policy;
	struct mount_opts opts;
	struct bpf_code code;
	const char *name;
	int64_t soft, hard;
	cpu_set_t cpus;
	struct oci_memory_policy memory = { .mode = "MPOL_BIND", .nodes = text };
	struct err e;
	int sig;

	read_host(a, text);
	if (device_policy_parse(a, text, &policy, &e) == 0)
		device_policy_bpf(a, &policy, &code);
	cgroup_free(cgroup_restore(text, &e));
	rlimit_parse(text, &name, &soft, &hard, &e);
	signal_parse(text, &sig, &e);
	sched_parse_cpus(text, &cpus, &e);
	mempolicy_check(&memory, &e);
	str_list_add(a, &one, text);
	mount_parse_options(a, &one, &opts, &e);
	own_buf lines;
	buf_init(&lines, 1 << 20);
	struct scope unit;
	(void)scope_add_annotation("org.systemd.property.After", text, &lines, &e);
	(void)scope_add_annotation("org.systemd.property.TimeoutStopSec", text, &lines, &e);
	(void)scope_parse(a, text, "id", false, &unit, &e);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of checks: a row a member. */
#include "checks.h"

#include <inttypes.h>
#include <string.h>

#include "base/slice.h"
#include "engine/engine.h"
#include "log_options.h"
#include "net/files.h"
#include "restart_policy.h"
#include "security.h"
#include "sys/caps.h"
#include "sys/lsm.h"
#include "sys/rlimit.h"
#include "sys/signals.h"

const char *const engine_runtimes[] = { "runc", "io.containerd.runc.v2", "tare", NULL };

/* ---- ContainerConfig ---- */

static int check_env(const struct container_config *c, struct err *e)
{
	for (size_t i = 0; i < c->env.n; i++)
		if (!*c->env.v[i] || *c->env.v[i] == '=')
			return err_set(
				e, ERR_INVALID, "invalid environment variable: %s", c->env.v[i]);
	return 0;
}

static int check_port(const char *text, struct err *e)
{
	struct slice port, proto, first, last;
	uint16_t from, to;

	if (!slice_cut(slice_str(text), '/', &port, &proto))
		proto = slice_str("tcp");
	if (!slice_eq(proto, "tcp") && !slice_eq(proto, "udp") && !slice_eq(proto, "sctp"))
		return err_set(e, ERR_INVALID, "invalid proto: %.*s", (int)proto.n, proto.p);
	if (!slice_cut(port, '-', &first, &last))
		last = first;
	if (!parse_u16(first, &from) || !parse_u16(last, &to) || to < from)
		return err_set(e, ERR_INVALID, "invalid port range specification: \"%s\"", text);
	return 0;
}

int checks_config(const struct container_config *c, struct err *e)
{
	int sig;

	if (check_env(c, e))
		return -1;
	if (!str_empty(c->working_dir) && *c->working_dir != '/')
		return err_set(e, ERR_INVALID,
			"the working directory '%s' is invalid, it needs to be an absolute path",
			c->working_dir);
	if (!str_empty(c->stop_signal) && signal_parse(c->stop_signal, &sig, e))
		return err_set(e, ERR_INVALID, "invalid signal: %s", c->stop_signal);
	for (size_t i = 0; i < c->exposed_ports.n; i++)
		if (check_port(c->exposed_ports.v[i], e))
			return -1;
	return health_check_config(c->healthcheck, e);
}

/* ---- HostConfig ---- */

bool ns_mode_parse(const char *text, enum ns_mode *out)
{
	static const struct {
		const char *name;
		enum ns_mode mode;
	} rows[] = { { "", NS_MODE_PRIVATE }, { "private", NS_MODE_PRIVATE },
		{ "host", NS_MODE_HOST }, { "shareable", NS_MODE_SHAREABLE },
		{ "none", NS_MODE_NONE } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (str_eq(text ? text : "", rows[i].name)) {
			*out = rows[i].mode;
			return true;
		}
	*out = NS_MODE_CONTAINER;
	return str_starts(text, "container:") && text[10];
}

struct host_check {
	struct arena *arena;
	const struct container_config *config;
	struct host_config *h;
	struct str_list *warnings;
};

static bool on_host_network(const struct host_check *k)
{
	return str_eq(k->h->network_mode, "host");
}

static int not_available(const char *what, struct err *e)
{
	return err_set(e, ERR_NOT_IMPLEMENTED, "%s not available in this version", what);
}

static int check_ports(struct host_check *k, struct err *e)
{
	bool publishes =
		k->h->port_bindings.n || (k->h->publish_all_ports && k->config->exposed_ports.n);

	if (!publishes)
		return 0;
	if (!on_host_network(k))
		return not_available("published ports (-p, -P) are", e);
	str_list_add(k->arena, k->warnings,
		"Published ports are discarded when using host network mode");
	return 0;
}

static int check_links(struct host_check *k, struct err *e)
{
	return k->h->links.n ? not_available("links (--link) are", e) : 0;
}

static int check_device_requests(struct host_check *k, struct err *e)
{
	return k->h->device_requests.n ? not_available("device requests (--gpus, CDI) are", e) : 0;
}

static int check_storage_opt(struct host_check *k, struct err *e)
{
	if (!k->h->storage_opt.n)
		return 0;
	return err_set(e, ERR_INVALID,
		"--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
}

static int check_windows_options(struct host_check *k, struct err *e)
{
	const struct host_config *h = k->h;
	const char *option = h->cpu_count	       ? "CpuCount"
			     : h->cpu_percent	       ? "CpuPercent"
			     : h->io_maximum_iops      ? "IOMaximumIOps"
			     : h->io_maximum_bandwidth ? "IOMaximumBandwidth"
						       : NULL;

	if (option)
		return err_set(e, ERR_INVALID, "%s is an option of Windows containers", option);
	if (!str_empty(h->isolation) && !str_eq(h->isolation, "default"))
		return err_set(e, ERR_INVALID, "invalid isolation '%s' on linux", h->isolation);
	return 0;
}

static int check_kernel_memory(struct host_check *k, struct err *e)
{
	if (!k->h->kernel_memory)
		return 0;
	return err_set(e, ERR_INVALID,
		"kernel memory limits (KernelMemory) are not supported: the kernel has dropped them");
}

static int check_pid_mode(struct host_check *k, struct err *e)
{
	enum ns_mode mode;

	if (!ns_mode_parse(k->h->pid_mode, &mode) || mode == NS_MODE_SHAREABLE ||
		mode == NS_MODE_NONE)
		return err_set(e, ERR_INVALID, "invalid PID mode: %s", k->h->pid_mode);
	return 0;
}

static int check_ipc_mode(struct host_check *k, struct err *e)
{
	enum ns_mode mode;

	if (!ns_mode_parse(k->h->ipc_mode, &mode))
		return err_set(e, ERR_INVALID, "invalid IPC mode: %s", k->h->ipc_mode);
	if (mode == NS_MODE_CONTAINER)
		return not_available(
			"joining another container's IPC namespace (--ipc container:) is", e);
	return 0;
}

static int check_uts_mode(struct host_check *k, struct err *e)
{
	enum ns_mode mode;

	if (!ns_mode_parse(k->h->uts_mode, &mode) || mode > NS_MODE_HOST)
		return err_set(e, ERR_INVALID, "invalid UTS mode: %s", k->h->uts_mode);
	return 0;
}

static int check_userns_mode(struct host_check *k, struct err *e)
{
	if (str_empty(k->h->userns_mode) || str_eq(k->h->userns_mode, "host"))
		return 0;
	return err_set(e, ERR_INVALID, "invalid user namespace mode: %s", k->h->userns_mode);
}

static int check_cgroupns_mode(struct host_check *k, struct err *e)
{
	enum ns_mode mode;

	if (!ns_mode_parse(k->h->cgroupns_mode, &mode) || mode > NS_MODE_HOST)
		return err_set(
			e, ERR_INVALID, "invalid cgroup namespace mode: %s", k->h->cgroupns_mode);
	return 0;
}

static int check_cgroup(struct host_check *k, struct err *e)
{
	if (str_empty(k->h->cgroup))
		return 0;
	return not_available("joining another container's cgroup (HostConfig.Cgroup) is", e);
}

static int check_network_mode(struct host_check *k, struct err *e)
{
	if (k->h->network_mode && str_starts(k->h->network_mode, "container:"))
		return not_available(
			"joining another container's network (--network container:) is", e);
	return 0;
}

static int check_caps(const struct str_list *names, const char *what, struct err *e)
{
	for (size_t i = 0; i < names->n; i++)
		if (!str_eq(names->v[i], "ALL") && !str_eq(names->v[i], "all") &&
			caps_find(names->v[i]) < 0)
			return err_set(e, ERR_INVALID, "invalid %s: unknown capability: \"%s%s\"",
				what, str_starts(names->v[i], "CAP_") ? "" : "CAP_", names->v[i]);
	return 0;
}

static int check_cap_add(struct host_check *k, struct err *e)
{
	return check_caps(&k->h->cap_add, "CapAdd", e);
}

static int check_cap_drop(struct host_check *k, struct err *e)
{
	return check_caps(&k->h->cap_drop, "CapDrop", e);
}

static int check_security(struct host_check *k, struct err *e)
{
	struct security ignored;

	return security_parse(&k->h->security_opt, lsm_has_selinux(), &ignored, e);
}

static int check_runtime(struct host_check *k, struct err *e)
{
	if (str_empty(k->h->runtime))
		return 0;
	for (const char *const *r = engine_runtimes; *r; r++)
		if (str_eq(*r, k->h->runtime))
			return 0;
	return err_set(e, ERR_INVALID, "unknown or invalid runtime name: %s", k->h->runtime);
}

static int check_restart(struct host_check *k, struct err *e)
{
	return restart_policy_check(&k->h->restart_policy, k->h->auto_remove, e);
}

static int check_log(struct host_check *k, struct err *e)
{
	struct log_options ignored;

	return log_options_parse(k->arena, &k->h->log_config, k->config, &ignored, e);
}

static int check_extra_hosts(struct host_check *k, struct err *e)
{
	for (size_t i = 0; i < k->h->extra_hosts.n; i++)
		if (net_hosts_check_extra(k->h->extra_hosts.v[i], e))
			return -1;
	return 0;
}

static int check_oom_score(struct host_check *k, struct err *e)
{
	if (k->h->oom_score_adj >= -1000 && k->h->oom_score_adj <= 1000)
		return 0;
	return err_set(e, ERR_INVALID,
		"Invalid value %" PRId64 ", range for oom score adj is [-1000, 1000]",
		k->h->oom_score_adj);
}

static int check_shm_size(struct host_check *k, struct err *e)
{
	if (k->h->shm_size >= 0)
		return 0;
	return err_set(e, ERR_INVALID, "SHM size can not be less than 0");
}

static int check_ulimits(struct host_check *k, struct err *e)
{
	for (size_t i = 0; i < k->h->ulimits.n; i++) {
		const struct ulimit *u = &k->h->ulimits.v[i];

		if (rlimit_find(u->name ? u->name : "") < 0)
			return err_set(e, ERR_INVALID, "invalid ulimit type: %s", u->name);
		if (u->hard != -1 && (u->soft == -1 || u->soft > u->hard))
			return err_set(e, ERR_INVALID,
				"ulimit soft limit must be less than or equal to hard limit: %" PRId64
				" > %" PRId64,
				u->soft, u->hard);
	}
	return 0;
}

/* Which sysctls are the container's own, and which need a namespace of its own to be so. */
static int check_sysctls(struct host_check *k, struct err *e)
{
	for (size_t i = 0; i < k->h->sysctls.n; i++) {
		const char *key = k->h->sysctls.keys[i];

		if (str_starts(key, "net.") && on_host_network(k))
			return err_set(e, ERR_INVALID,
				"sysctl '%s' is not allowed: it is in the host's network namespace",
				key);
		if ((str_starts(key, "kernel.msg") || str_starts(key, "kernel.sem") ||
			    str_starts(key, "kernel.shm") || str_starts(key, "fs.mqueue.")) &&
			str_eq(k->h->ipc_mode, "host"))
			return err_set(e, ERR_INVALID,
				"sysctl '%s' is not allowed: it is in the host's IPC namespace",
				key);
	}
	return 0;
}

static int check_device_rules(struct host_check *k, struct err *e)
{
	for (size_t i = 0; i < k->h->device_cgroup_rules.n; i++) {
		const char *rule = k->h->device_cgroup_rules.v[i];
		struct slice type, numbers, access, major, minor;
		bool ok = slice_cut(slice_str(rule), ' ', &type, &numbers) &&
			  slice_cut(numbers, ' ', &numbers, &access) &&
			  slice_cut(numbers, ':', &major, &minor) && type.n == 1 &&
			  strchr("abc", *type.p) && access.n >= 1 && access.n <= 3 && major.n &&
			  minor.n;

		for (size_t n = 0; ok && n < access.n; n++)
			ok = strchr("rwm", access.p[n]) != NULL;
		if (!ok)
			return err_set(
				e, ERR_INVALID, "invalid device cgroup rule format: '%s'", rule);
	}
	return 0;
}

static int check_devices(struct host_check *k, struct err *e)
{
	for (size_t i = 0; i < k->h->devices.n; i++) {
		const struct device_mapping *d = &k->h->devices.v[i];
		const char *access = d->cgroup_permissions ? d->cgroup_permissions : "";

		if (str_empty(d->path_on_host))
			return err_set(e, ERR_INVALID,
				"invalid device specification: PathOnHost is empty");
		for (; *access; access++)
			if (!strchr("rwm", *access))
				return err_set(e, ERR_INVALID, "invalid device mode: %s",
					d->cgroup_permissions);
	}
	return 0;
}

typedef int host_check_fn(struct host_check *k, struct err *e);

static host_check_fn *const host_checks[] = { check_network_mode, check_ports, check_links,
	check_device_requests, check_storage_opt, check_windows_options, check_kernel_memory,
	check_pid_mode, check_ipc_mode, check_uts_mode, check_userns_mode, check_cgroupns_mode,
	check_cgroup, check_cap_add, check_cap_drop, check_security, check_runtime, check_restart,
	check_log, check_extra_hosts, check_oom_score, check_shm_size, check_ulimits, check_sysctls,
	check_devices, check_device_rules };

int checks_host(struct arena *a, const struct container_config *c, struct host_config *h,
	struct str_list *warnings, struct err *e)
{
	struct host_check k = { a, c, h, warnings };

	for (size_t i = 0; i < sizeof(host_checks) / sizeof(*host_checks); i++)
		if (host_checks[i](&k, e))
			return -1;
	return 0;
}

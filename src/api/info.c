/* SPDX-License-Identifier: Apache-2.0 */
/* info: the daemon and its host as `docker info` shows them; all members of SystemInfo in moby's order. */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/slice.h"
#include "engine/engine.h"
#include "image/image.h"
#include "info.h"
#include "routes.h"
#include "sys/cgroup.h"
#include "sys/lsm.h"
#include "write.h"

/* What the kernel can limit. Names of both cgroup versions; the second is v2's, NULL: has none. */
enum ability {
	CAN_MEMORY,
	CAN_SWAP,
	CAN_KMEM_TCP,
	CAN_CFS,
	CAN_SHARES,
	CAN_CPUSET,
	CAN_PIDS,
	CAN_OOM_DISABLE,
	N_ABILITIES
};

static const struct {
	const char *controller, *v1_file, *v2_file;
	const char *lack; /* the warning without it */
	bool v1_only;
} abilities[N_ABILITIES] = {
	[CAN_MEMORY] = { "memory", "memory.limit_in_bytes", "memory.max",
		"No memory limit support" },
	[CAN_SWAP] = { "memory", "memory.memsw.limit_in_bytes", "memory.swap.max",
		"No swap limit support" },
	[CAN_KMEM_TCP] = { "memory", "memory.kmem.tcp.limit_in_bytes", NULL,
		"No kernel memory TCP limit support", true },
	[CAN_OOM_DISABLE] = { "memory", "memory.oom_control", NULL, "No oom kill disable support",
		true },
	[CAN_CFS] = { "cpu", "cpu.cfs_quota_us", "cpu.max", "No cpu cfs quota support" },
	[CAN_SHARES] = { "cpu", "cpu.shares", "cpu.weight", "No cpu shares support" },
	[CAN_CPUSET] = { "cpuset", "cpuset.cpus", "cpuset.cpus", "No cpuset support" },
	[CAN_PIDS] = { "pids", NULL, NULL, NULL },
};

struct host_facts {
	bool can[N_ABILITIES];
	bool is_v2;
	bool forwards;
	struct utsname uts;
	const char *os, *os_version;
	struct str_list warnings;
};

static void add_warning(struct arena *a, struct host_facts *f, const char *text)
{
	str_list_add(a, &f->warnings, arena_printf(a, "WARNING: %s", text));
}

static void find_abilities(struct arena *a, struct host_facts *f)
{
	struct err e;
	struct cgroup_host *h = cgroup_host_new(&e);

	if (!h)
		return;
	f->is_v2 = cgroup_host_version(h) == CGROUP_V2;
	for (int i = 0; i < N_ABILITIES; i++) {
		const char *file = f->is_v2 ? abilities[i].v2_file : abilities[i].v1_file;

		if (file)
			f->can[i] = cgroup_host_has_file(h, abilities[i].controller, file);
		else
			f->can[i] =
				!abilities[i].lack && cgroup_host_has(h, abilities[i].controller);
		if (!f->can[i] && abilities[i].lack && !(abilities[i].v1_only && f->is_v2))
			add_warning(a, f, abilities[i].lack);
	}
	cgroup_host_free(h);
}

/* The value of KEY=value or KEY="value" in os-release text. */
static const char *os_value(struct arena *a, const char *text, const char *key)
{
	struct slice rest = slice_str(text), line, name, value;

	while (rest.n > 0) {
		slice_cut(rest, '\n', &line, &rest);
		if (!slice_cut(line, '=', &name, &value) || !slice_eq(name, key))
			continue;
		value = slice_trim(value);
		if (value.n >= 2 && (*value.p == '"' || *value.p == '\'') &&
			value.p[value.n - 1] == *value.p)
			value = (struct slice){ value.p + 1, value.n - 2 };
		return arena_strndup(a, value.p, value.n);
	}
	return "";
}

static void find_host(struct arena *a, struct host_facts *f)
{
	struct err e;
	const char *text = fs_read_str(a, AT_FDCWD, "/etc/os-release", 65536, &e);
	const char *forward = fs_read_str(a, AT_FDCWD, "/proc/sys/net/ipv4/ip_forward", 16, &e);

	*f = (struct host_facts){ 0 };
	uname(&f->uts);
	if (!text)
		text = fs_read_str(a, AT_FDCWD, "/usr/lib/os-release", 65536, &e);
	f->os = text ? os_value(a, text, "PRETTY_NAME") : "Linux";
	f->os_version = text ? os_value(a, text, "VERSION_ID") : "";
	f->forwards = str_eq(forward, "1");
	find_abilities(a, f);
	if (!f->forwards)
		add_warning(a, f, "IPv4 forwarding is disabled");
}

static int64_t count_entries(const char *path)
{
	own_dir dir = opendir(path);
	int64_t n = 0;

	for (struct dirent *d; dir && (d = readdir(dir)) != NULL;)
		n += d->d_name[0] != '.';
	return n;
}

static void write_driver(struct call *c, struct jsonw *w)
{
	struct str_map status = { 0 };
	struct err e;

	jsonw_kstr(w, "Driver", IMAGE_DRIVER);
	jsonw_key(w, "DriverStatus");
	jsonw_arr(w);
	if (image_driver_status(c->api->config.images, c->arena, &status, &e) == 0)
		for (size_t i = 0; i < status.n; i++) {
			jsonw_arr(w);
			jsonw_str(w, status.keys[i]);
			jsonw_str(w, status.v[i]);
			jsonw_arr_end(w);
		}
	jsonw_arr_end(w);
	jsonw_kstr(w, "DockerRootDir", c->api->config.data_root);
	jsonw_key(w, "Plugins");
	jsonw_raw(w, "{\"Volume\":[\"local\"],\"Network\":[\"bridge\",\"host\",\"null\"],"
		     "\"Authorization\":null,\"Log\":[\"json-file\",\"none\"]}");
}

static void write_counts(struct call *c, struct jsonw *w)
{
	struct engine_counts n;
	size_t images = 0;
	struct err e;

	engine_get_counts(c->api->config.engine, &n);
	image_count(c->api->config.images, &images, &e);
	jsonw_kstr(w, "ID", c->api->config.engine_id);
	jsonw_ki64(w, "Containers", n.total);
	jsonw_ki64(w, "ContainersRunning", n.running);
	jsonw_ki64(w, "ContainersPaused", n.paused);
	jsonw_ki64(w, "ContainersStopped", n.stopped);
	jsonw_ki64(w, "Images", (int64_t)images);
	write_driver(c, w);
}

static void write_abilities(const struct call *c, struct jsonw *w, const struct host_facts *f)
{
	jsonw_kbool(w, "MemoryLimit", f->can[CAN_MEMORY]);
	jsonw_kbool(w, "SwapLimit", f->can[CAN_SWAP]);
	if (f->can[CAN_KMEM_TCP])
		jsonw_kbool(w, "KernelMemoryTCP", true);
	jsonw_kbool(w, "CpuCfsPeriod", f->can[CAN_CFS]);
	jsonw_kbool(w, "CpuCfsQuota", f->can[CAN_CFS]);
	jsonw_kbool(w, "CPUShares", f->can[CAN_SHARES]);
	jsonw_kbool(w, "CPUSet", f->can[CAN_CPUSET]);
	jsonw_kbool(w, "PidsLimit", f->can[CAN_PIDS]);
	jsonw_kbool(w, "OomKillDisable", f->can[CAN_OOM_DISABLE]);
	jsonw_kbool(w, "IPv4Forwarding", f->forwards);
	/* Gone in 1.50, always false in 28 before that. */
	if (c->version < API_V(1, 50)) {
		jsonw_kbool(w, "BridgeNfIptables", false);
		jsonw_kbool(w, "BridgeNfIp6tables", false);
	}
}

static void write_debug(struct call *c, struct jsonw *w)
{
	struct engine_counts n;
	char now[CLOCK_TEXT];

	engine_get_counts(c->api->config.engine, &n);
	jsonw_kbool(w, "Debug", c->api->debug);
	jsonw_ki64(w, "NFd", count_entries("/proc/self/fd"));
	jsonw_ki64(w, "NGoroutines", count_entries("/proc/self/task"));
	jsonw_kstr(w, "SystemTime", clock_rfc3339(now, clock_now_ns()));
	jsonw_kstr(w, "LoggingDriver", c->api->config.defaults.log.type);
	jsonw_kstr(w, "CgroupDriver", c->api->config.systemd_cgroup ? "systemd" : "cgroupfs");
	jsonw_ki64(w, "NEventsListener", n.event_listeners);
}

static void write_host(struct call *c, struct jsonw *w, const struct host_facts *f)
{
	struct sysinfo mem;

	sysinfo(&mem);
	jsonw_kstr(w, "CgroupVersion", f->is_v2 ? "2" : "1");
	jsonw_kstr(w, "KernelVersion", f->uts.release);
	jsonw_kstr(w, "OperatingSystem", f->os);
	jsonw_kstr(w, "OSVersion", f->os_version);
	jsonw_kstr(w, "OSType", "linux");
	jsonw_kstr(w, "Architecture", f->uts.machine);
	jsonw_kstr(w, "IndexServerAddress", "https://index.docker.io/v1/");
	info_write_registries(c, w);
	jsonw_ki64(w, "NCPU", sysconf(_SC_NPROCESSORS_ONLN));
	jsonw_ki64(w, "MemTotal", (int64_t)mem.totalram * mem.mem_unit);
	jsonw_knull(w, "GenericResources");
	info_write_proxies(c, w);
	jsonw_kstr(w, "Name", f->uts.nodename);
	write_list_or_empty(w, "Labels", &c->api->config.labels);
	jsonw_kbool(w, "ExperimentalBuild", false);
	jsonw_kstr(w, "ServerVersion", API_DOCKER);
}

/* Before 1.49 each had a second member with what was expected. */
static void write_commit(const struct call *c, struct jsonw *w, const char *key, const char *id)
{
	jsonw_key(w, key);
	jsonw_obj(w);
	jsonw_kstr(w, "ID", id);
	if (c->version < API_V(1, 49))
		jsonw_kstr(w, "Expected", id);
	jsonw_obj_end(w);
}

static void write_runtimes(struct call *c, struct jsonw *w)
{
	const char *dflt = c->api->config.defaults.runtime;

	jsonw_key(w, "Runtimes");
	jsonw_obj(w);
	for (size_t i = 0; engine_runtimes[i]; i++) {
		jsonw_key(w, engine_runtimes[i]);
		jsonw_obj(w);
		jsonw_kstr(w, "path", "tare-runtime");
		jsonw_obj_end(w);
	}
	jsonw_obj_end(w);
	jsonw_kstr(w, "DefaultRuntime", dflt ? dflt : "runc");
	jsonw_key(w, "Swarm");
	jsonw_raw(w, "{\"NodeID\":\"\",\"NodeAddr\":\"\",\"LocalNodeState\":\"inactive\","
		     "\"ControlAvailable\":false,\"Error\":\"\",\"RemoteManagers\":null}");
	jsonw_kbool(w, "LiveRestoreEnabled", true);
	jsonw_kstr(w, "Isolation", "");
	jsonw_kstr(w, "InitBinary", "tare-init");
	write_commit(c, w, "ContainerdCommit", "N/A");
	write_commit(c, w, "RuncCommit", TARE_VERSION);
	write_commit(c, w, "InitCommit", TARE_VERSION);
}

static void write_security(const struct call *c, struct jsonw *w, const struct host_facts *f)
{
	jsonw_key(w, "SecurityOptions");
	jsonw_arr(w);
	if (lsm_has_apparmor())
		jsonw_str(w, "name=apparmor");
	jsonw_str(w, "name=seccomp,profile=builtin");
	/* Containers have a cgroup namespace of their own by default on v2 only. */
	if (f->is_v2)
		jsonw_str(w, "name=cgroupns");
	jsonw_arr_end(w);
	if (c->version >= API_V(1, 49) && c->api->config.has_firewall) {
		jsonw_key(w, "FirewallBackend");
		jsonw_raw(w, "{\"Driver\":\"nftables\"}");
	}
	jsonw_key(w, "CDISpecDirs");
	jsonw_raw(w, "[]");
}

int system_info(struct call *c, struct err *e)
{
	const struct str_list *more = &c->api->config.warnings;
	struct host_facts f;
	struct jsonw w;
	own_buf body = { 0 };

	find_host(c->arena, &f);
	for (size_t i = 0; i < more->n; i++)
		str_list_add(c->arena, &f.warnings, more->v[i]);
	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	jsonw_obj(&w);
	write_counts(c, &w);
	write_abilities(c, &w, &f);
	write_debug(c, &w);
	write_host(c, &w, &f);
	write_runtimes(c, &w);
	write_security(c, &w, &f);
	write_list(&w, "Warnings", &f.warnings);
	jsonw_obj_end(&w);
	return call_reply(c, 200, &body);
}

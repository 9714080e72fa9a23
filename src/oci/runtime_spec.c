/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The binding tables of config.json. The seccomp part, by far the largest, is cut out of the text before the
 * rest is parsed: it is needed as text, and a start that finds its program in the cache never decodes it.
 */
#include "oci/runtime_spec.h"

#include <string.h>

#include "base/json.h"
#include "oci/spec_cut.h"

static const struct bind_field console_size_fields[] = {
	BIND(U32, struct oci_console_size, height, "height", 0),
	BIND(U32, struct oci_console_size, width, "width", 0),
	BIND_END,
};

static const struct bind_field user_fields[] = {
	BIND(U32, struct oci_user, uid, "uid", 0),
	BIND(U32, struct oci_user, gid, "gid", 0),
	BIND(U32P, struct oci_user, umask, "umask", BIND_OMITEMPTY),
	BIND(U32S, struct oci_user, additional_gids, "additionalGids", BIND_OMITEMPTY),
	BIND(STR, struct oci_user, username, "username", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field caps_fields[] = {
	BIND(STRS, struct oci_caps, bounding, "bounding", BIND_OMITEMPTY),
	BIND(STRS, struct oci_caps, effective, "effective", BIND_OMITEMPTY),
	BIND(STRS, struct oci_caps, inheritable, "inheritable", BIND_OMITEMPTY),
	BIND(STRS, struct oci_caps, permitted, "permitted", BIND_OMITEMPTY),
	BIND(STRS, struct oci_caps, ambient, "ambient", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field rlimit_fields[] = {
	BIND(STR, struct oci_rlimit, type, "type", 0),
	BIND(U64, struct oci_rlimit, hard, "hard", 0),
	BIND(U64, struct oci_rlimit, soft, "soft", 0),
	BIND_END,
};

static const struct bind_field scheduler_fields[] = {
	BIND(STR, struct oci_scheduler, policy, "policy", 0),
	BIND(I32, struct oci_scheduler, nice, "nice", BIND_OMITEMPTY),
	BIND(I32, struct oci_scheduler, priority, "priority", BIND_OMITEMPTY),
	BIND(STRS, struct oci_scheduler, flags, "flags", BIND_OMITEMPTY),
	BIND(U64, struct oci_scheduler, runtime, "runtime", BIND_OMITEMPTY),
	BIND(U64, struct oci_scheduler, deadline, "deadline", BIND_OMITEMPTY),
	BIND(U64, struct oci_scheduler, period, "period", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field io_priority_fields[] = {
	BIND(STR, struct oci_io_priority, class, "class", 0),
	BIND(I32, struct oci_io_priority, priority, "priority", 0),
	BIND_END,
};

static const struct bind_field affinity_fields[] = {
	BIND(STR, struct oci_cpu_affinity, initial, "initial", BIND_OMITEMPTY),
	BIND(STR, struct oci_cpu_affinity, final, "final", BIND_OMITEMPTY),
	BIND_END,
};

const struct bind_field oci_process_fields[] = {
	BIND(BOOL, struct oci_process, terminal, "terminal", BIND_OMITEMPTY),
	BIND_NEST(OBJP, struct oci_process, console_size, "consoleSize", BIND_OMITEMPTY,
		console_size_fields, struct oci_console_size),
	BIND_NEST(OBJ, struct oci_process, user, "user", 0, user_fields, struct oci_user),
	BIND(STRS, struct oci_process, args, "args", BIND_OMITEMPTY),
	BIND(STRS, struct oci_process, env, "env", BIND_OMITEMPTY),
	BIND(STR, struct oci_process, cwd, "cwd", 0),
	BIND_NEST(OBJP, struct oci_process, capabilities, "capabilities", BIND_OMITEMPTY,
		caps_fields, struct oci_caps),
	BIND_NEST(OBJS, struct oci_process, rlimits, "rlimits", BIND_OMITEMPTY, rlimit_fields,
		struct oci_rlimit),
	BIND(BOOL, struct oci_process, no_new_privileges, "noNewPrivileges", BIND_OMITEMPTY),
	BIND(STR, struct oci_process, apparmor_profile, "apparmorProfile", BIND_OMITEMPTY),
	BIND(I64P, struct oci_process, oom_score_adj, "oomScoreAdj", BIND_OMITEMPTY),
	BIND_NEST(OBJP, struct oci_process, scheduler, "scheduler", BIND_OMITEMPTY,
		scheduler_fields, struct oci_scheduler),
	BIND(STR, struct oci_process, selinux_label, "selinuxLabel", BIND_OMITEMPTY),
	BIND_NEST(OBJP, struct oci_process, io_priority, "ioPriority", BIND_OMITEMPTY,
		io_priority_fields, struct oci_io_priority),
	BIND_NEST(OBJP, struct oci_process, exec_cpu_affinity, "execCPUAffinity", BIND_OMITEMPTY,
		affinity_fields, struct oci_cpu_affinity),
	BIND_END,
};

static const struct bind_field root_fields[] = {
	BIND(STR, struct oci_root, path, "path", 0),
	BIND(BOOL, struct oci_root, readonly, "readonly", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field id_map_fields[] = {
	BIND(U32, struct oci_id_map, container_id, "containerID", 0),
	BIND(U32, struct oci_id_map, host_id, "hostID", 0),
	BIND(U32, struct oci_id_map, size, "size", 0),
	BIND_END,
};

const struct bind_field oci_mount_fields[] = {
	BIND(STR, struct oci_mount, destination, "destination", 0),
	BIND(STR, struct oci_mount, type, "type", BIND_OMITEMPTY),
	BIND(STR, struct oci_mount, source, "source", BIND_OMITEMPTY),
	BIND(STRS, struct oci_mount, options, "options", BIND_OMITEMPTY),
	BIND_NEST(OBJS, struct oci_mount, uid_mappings, "uidMappings", BIND_OMITEMPTY,
		id_map_fields, struct oci_id_map),
	BIND_NEST(OBJS, struct oci_mount, gid_mappings, "gidMappings", BIND_OMITEMPTY,
		id_map_fields, struct oci_id_map),
	BIND_END,
};

const struct bind_field oci_hook_fields[] = {
	BIND(STR, struct oci_hook, path, "path", 0),
	BIND(STRS, struct oci_hook, args, "args", BIND_OMITEMPTY),
	BIND(STRS, struct oci_hook, env, "env", BIND_OMITEMPTY),
	BIND(I64P, struct oci_hook, timeout, "timeout", BIND_OMITEMPTY),
	BIND_END,
};

#define HOOKS(member, key)                                                              \
	BIND_NEST(OBJS, struct oci_hooks, member, key, BIND_OMITEMPTY, oci_hook_fields, \
		struct oci_hook)

static const struct bind_field hooks_fields[] = {
	HOOKS(prestart, "prestart"),
	HOOKS(create_runtime, "createRuntime"),
	HOOKS(create_container, "createContainer"),
	HOOKS(start_container, "startContainer"),
	HOOKS(poststart, "poststart"),
	HOOKS(poststop, "poststop"),
	BIND_END,
};

static const struct bind_field namespace_fields[] = {
	BIND(STR, struct oci_namespace, type, "type", 0),
	BIND(STR, struct oci_namespace, path, "path", BIND_OMITEMPTY),
	BIND_END,
};

const struct bind_field oci_device_fields[] = {
	BIND(STR, struct oci_device, path, "path", 0),
	BIND(STR, struct oci_device, type, "type", 0),
	BIND(I64, struct oci_device, major, "major", 0),
	BIND(I64, struct oci_device, minor, "minor", 0),
	BIND(U32P, struct oci_device, file_mode, "fileMode", BIND_OMITEMPTY),
	BIND(U32P, struct oci_device, uid, "uid", BIND_OMITEMPTY),
	BIND(U32P, struct oci_device, gid, "gid", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field time_offset_fields[] = {
	BIND(I64, struct oci_time_offset, secs, "secs", BIND_OMITEMPTY),
	BIND(U32, struct oci_time_offset, nanosecs, "nanosecs", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field personality_fields[] = {
	BIND(STR, struct oci_personality, domain, "domain", 0),
	BIND(STRS, struct oci_personality, flags, "flags", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field intel_rdt_fields[] = {
	BIND(STR, struct oci_intel_rdt, clos_id, "closID", BIND_OMITEMPTY),
	BIND(STRS, struct oci_intel_rdt, schemata, "schemata", BIND_OMITEMPTY),
	BIND(STR, struct oci_intel_rdt, l3_cache_schema, "l3CacheSchema", BIND_OMITEMPTY),
	BIND(STR, struct oci_intel_rdt, mem_bw_schema, "memBwSchema", BIND_OMITEMPTY),
	BIND(BOOL, struct oci_intel_rdt, enable_cmt, "enableCMT", BIND_OMITEMPTY),
	BIND(BOOL, struct oci_intel_rdt, enable_mbm, "enableMBM", BIND_OMITEMPTY),
	BIND(BOOL, struct oci_intel_rdt, enable_monitoring, "enableMonitoring", BIND_OMITEMPTY),
	BIND_END,
};

const struct bind_field oci_memory_policy_fields[] = {
	BIND(STR, struct oci_memory_policy, mode, "mode", 0),
	BIND(STR, struct oci_memory_policy, nodes, "nodes", BIND_OMITEMPTY),
	BIND(STRS, struct oci_memory_policy, flags, "flags", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field net_device_fields[] = {
	BIND(STR, struct oci_net_device, name, "name", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field linux_fields[] = {
	BIND_NEST(OBJS, struct oci_linux, uid_mappings, "uidMappings", BIND_OMITEMPTY,
		id_map_fields, struct oci_id_map),
	BIND_NEST(OBJS, struct oci_linux, gid_mappings, "gidMappings", BIND_OMITEMPTY,
		id_map_fields, struct oci_id_map),
	BIND(STRMAP, struct oci_linux, sysctl, "sysctl", BIND_OMITEMPTY),
	BIND_NEST(OBJP, struct oci_linux, resources, "resources", BIND_OMITEMPTY,
		oci_resources_fields, struct oci_resources),
	BIND(STR, struct oci_linux, cgroups_path, "cgroupsPath", BIND_OMITEMPTY),
	BIND_NEST(OBJS, struct oci_linux, namespaces, "namespaces", BIND_OMITEMPTY,
		namespace_fields, struct oci_namespace),
	BIND_NEST(OBJS, struct oci_linux, devices, "devices", BIND_OMITEMPTY, oci_device_fields,
		struct oci_device),
	BIND_NEST(OBJMAP, struct oci_linux, net_devices, "netDevices", BIND_OMITEMPTY,
		net_device_fields, struct oci_net_device),
	BIND(RAW, struct oci_linux, seccomp, "seccomp", BIND_OMITEMPTY),
	BIND(STR, struct oci_linux, rootfs_propagation, "rootfsPropagation", BIND_OMITEMPTY),
	BIND(STRS, struct oci_linux, masked_paths, "maskedPaths", BIND_OMITEMPTY),
	BIND(STRS, struct oci_linux, readonly_paths, "readonlyPaths", BIND_OMITEMPTY),
	BIND(STR, struct oci_linux, mount_label, "mountLabel", BIND_OMITEMPTY),
	BIND_NEST(OBJP, struct oci_linux, intel_rdt, "intelRdt", BIND_OMITEMPTY, intel_rdt_fields,
		struct oci_intel_rdt),
	BIND_NEST(OBJP, struct oci_linux, memory_policy, "memoryPolicy", BIND_OMITEMPTY,
		oci_memory_policy_fields, struct oci_memory_policy),
	BIND_NEST(OBJP, struct oci_linux, personality, "personality", BIND_OMITEMPTY,
		personality_fields, struct oci_personality),
	BIND_NEST(OBJMAP, struct oci_linux, time_offsets, "timeOffsets", BIND_OMITEMPTY,
		time_offset_fields, struct oci_time_offset),
	BIND_END,
};

const struct bind_field oci_spec_fields[] = {
	BIND(STR, struct oci_spec, oci_version, "ociVersion", 0),
	BIND_NEST(OBJP, struct oci_spec, process, "process", BIND_OMITEMPTY, oci_process_fields,
		struct oci_process),
	BIND_NEST(OBJ, struct oci_spec, root, "root", 0, root_fields, struct oci_root),
	BIND(STR, struct oci_spec, hostname, "hostname", BIND_OMITEMPTY),
	BIND(STR, struct oci_spec, domainname, "domainname", BIND_OMITEMPTY),
	BIND_NEST(OBJS, struct oci_spec, mounts, "mounts", BIND_OMITEMPTY, oci_mount_fields,
		struct oci_mount),
	BIND_NEST(OBJP, struct oci_spec, hooks, "hooks", BIND_OMITEMPTY, hooks_fields,
		struct oci_hooks),
	BIND(STRMAP, struct oci_spec, annotations, "annotations", BIND_OMITEMPTY),
	BIND_NEST(OBJ, struct oci_spec, linux, "linux", 0, linux_fields, struct oci_linux),
	BIND_END,
};

/* Parses the text without its seccomp object. */
static struct json *parse_around(const char *text, size_t n, struct slice cut, struct err *e)
{
	own_buf rest = { 0 };

	buf_init(&rest, n + 8);
	buf_add(&rest, text, (size_t)(cut.p - text));
	buf_str(&rest, "null");
	buf_add(&rest, cut.p + cut.n, (size_t)(text + n - (cut.p + cut.n)));
	return json_parse(rest.data, rest.len, e);
}

/* A string with a NUL in it would end there for us: what follows must not go unseen ("/dev\\u0000/../etc"). */
static int check_nul(const char *text, size_t n, struct err *e)
{
	static const char nul[] = "\\u0000";
	const char *end = text + n;

	for (const char *p = text; (p = memmem(p, (size_t)(end - p), nul, 6)); p += 6) {
		const char *first = p;
		while (first > text && first[-1] == '\\')
			first--;
		if ((p - first) % 2 == 0) /* else it is a backslash and four letters */
			return err_set(e, ERR_INVALID, "a string contains a null byte");
	}
	return 0;
}

int oci_spec_parse(struct arena *a, const char *text, size_t n, struct oci_spec *out, struct err *e)
{
	struct slice seccomp = oci_spec_cut((struct slice){ text, n }, "linux", "seccomp");
	own_json doc = seccomp.n ? parse_around(text, n, seccomp, e) : json_parse(text, n, e);

	*out = (struct oci_spec){ 0 };
	if (!doc || check_nul(text, n, e) || bind_decode(a, doc, oci_spec_fields, out, e))
		return -1;
	if (seccomp.n)
		out->linux.seccomp = arena_strndup(a, seccomp.p, seccomp.n);
	return 0;
}

void oci_spec_write(const struct oci_spec *s, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, NULL);
	bind_encode(&w, oci_spec_fields, s);
}

int oci_process_parse(
	struct arena *a, const char *text, size_t n, struct oci_process *out, struct err *e)
{
	own_json doc = json_parse(text, n, e);

	*out = (struct oci_process){ 0 };
	if (!doc || check_nul(text, n, e))
		return -1;
	return bind_decode(a, doc, oci_process_fields, out, e);
}

int oci_spec_parse_process(
	struct arena *a, const char *text, size_t n, struct oci_process *out, struct err *e)
{
	struct slice process = oci_spec_cut((struct slice){ text, n }, "process", NULL);
	struct oci_spec spec;

	if (process.n)
		return oci_process_parse(a, process.p, process.n, out, e);
	if (oci_spec_parse(a, text, n, &spec, e))
		return -1;
	if (!spec.process)
		return err_set(e, ERR_INVALID, "process property must not be empty");
	*out = *spec.process;
	return 0;
}

void oci_process_write(const struct oci_process *p, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, NULL);
	bind_encode(&w, oci_process_fields, p);
}

bool oci_spec_has_ns(const struct oci_spec *s, const char *type, const struct oci_namespace **out)
{
	for (size_t i = 0; i < s->linux.namespaces.n; i++) {
		const struct oci_namespace *ns = &s->linux.namespaces.v[i];
		if (!ns->type || strcmp(ns->type, type) != 0)
			continue;
		if (out)
			*out = ns;
		return true;
	}
	return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.json of an OCI bundle (runtime-spec 1.2, with 1.3's netDevices and memoryPolicy). The
 * engine fills struct oci_spec and writes it, the runtime parses it. A pointer or list that is NULL
 * is absent; numbers that mean something when 0 are pointers into the arena. Members for other
 * systems (windows, solaris, vm, zos) are ignored. linux.seccomp and linux.resources have headers
 * of their own. No I/O, daemon-safe.
 */
#ifndef TARE_OCI_RUNTIME_SPEC_H
#define TARE_OCI_RUNTIME_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bind.h"
#include "base/buf.h"
#include "base/err.h"
#include "oci/resources.h"
#include "oci/seccomp.h"

/* What tare writes into ociVersion; it reads 1.0.0 … 1.x. */
#define OCI_RUNTIME_VERSION "1.2.0"

struct oci_u32_list {
	uint32_t *v;
	size_t n;
};

struct oci_user {
	uint32_t uid;
	uint32_t gid;
	uint32_t *umask; /* NULL: leave 0022 */
	struct oci_u32_list additional_gids;
	const char *username;
};

struct oci_console_size {
	uint32_t height;
	uint32_t width;
};

/* Names are "CAP_…"; sys/caps.h turns them into masks. */
struct oci_caps {
	struct str_list bounding;
	struct str_list effective;
	struct str_list inheritable;
	struct str_list permitted;
	struct str_list ambient;
};

struct oci_rlimit {
	const char *type; /* "RLIMIT_NOFILE" */
	uint64_t hard;
	uint64_t soft; /* UINT64_MAX: unlimited */
};

struct oci_rlimit_list {
	struct oci_rlimit *v;
	size_t n;
};

struct oci_scheduler {
	const char *policy; /* "SCHED_BATCH" */
	int32_t nice;
	int32_t priority;
	struct str_list flags;
	uint64_t runtime, deadline, period; /* SCHED_DEADLINE, nanoseconds */
};

struct oci_io_priority {
	const char *class; /* "IOPRIO_CLASS_BE" */
	int32_t priority;
};

struct oci_cpu_affinity {
	const char *initial; /* "0-3,7" */
	const char *final;
};

struct oci_process {
	bool terminal;
	struct oci_console_size *console_size;
	struct oci_user user;
	struct str_list args;
	struct str_list env;
	const char *cwd;
	struct oci_caps *capabilities; /* NULL: leave as they are */
	struct oci_rlimit_list rlimits;
	bool no_new_privileges;
	const char *apparmor_profile;
	int64_t *oom_score_adj;
	struct oci_scheduler *scheduler;
	const char *selinux_label;
	struct oci_io_priority *io_priority;
	struct oci_cpu_affinity *exec_cpu_affinity;
};

struct oci_id_map {
	uint32_t container_id;
	uint32_t host_id;
	uint32_t size;
};

struct oci_id_map_list {
	struct oci_id_map *v;
	size_t n;
};

struct oci_root {
	const char *path;
	bool readonly;
};

struct oci_mount {
	const char *destination;
	const char *type;
	const char *source;
	struct str_list options;
	struct oci_id_map_list uid_mappings;
	struct oci_id_map_list gid_mappings;
};

struct oci_mount_list {
	struct oci_mount *v;
	size_t n;
};

struct oci_hook {
	const char *path;
	struct str_list args; /* args.v[0] is argv[0] */
	struct str_list env;
	int64_t *timeout; /* seconds */
};

struct oci_hook_list {
	struct oci_hook *v;
	size_t n;
};

struct oci_hooks {
	struct oci_hook_list prestart; /* deprecated, still used */
	struct oci_hook_list create_runtime;
	struct oci_hook_list create_container;
	struct oci_hook_list start_container;
	struct oci_hook_list poststart;
	struct oci_hook_list poststop;
};

struct oci_namespace {
	const char *type; /* "pid", "network", "mount", …: sys/ns.h */
	const char *path; /* NULL: make a new one */
};

struct oci_namespace_list {
	struct oci_namespace *v;
	size_t n;
};

struct oci_device {
	const char *type; /* "c", "b", "u" or "p" */
	const char *path;
	int64_t major;
	int64_t minor;
	uint32_t *file_mode;
	uint32_t *uid;
	uint32_t *gid;
};

struct oci_device_list {
	struct oci_device *v;
	size_t n;
};

struct oci_time_offset {
	int64_t secs;
	uint32_t nanosecs;
};

struct oci_time_offsets {
	const char **keys; /* "monotonic", "boottime" */
	struct oci_time_offset *v;
	size_t n;
};

struct oci_personality {
	const char *domain; /* "LINUX", "LINUX32" */
	struct str_list flags;
};

struct oci_intel_rdt {
	const char *clos_id;
	struct str_list schemata;
	const char *l3_cache_schema;
	const char *mem_bw_schema;
	bool enable_cmt;
	bool enable_mbm;
	bool enable_monitoring;
};

struct oci_memory_policy {
	const char *mode; /* "MPOL_BIND" */
	const char *nodes;
	struct str_list flags;
};

struct oci_net_device {
	const char *name; /* its name inside; NULL: unchanged */
};

struct oci_net_devices {
	const char **keys; /* name on the host */
	struct oci_net_device *v;
	size_t n;
};

struct oci_linux {
	struct oci_id_map_list uid_mappings;
	struct oci_id_map_list gid_mappings;
	struct str_map sysctl;
	struct oci_resources *resources;
	const char *cgroups_path;
	struct oci_namespace_list namespaces;
	struct oci_device_list devices;
	struct oci_net_devices net_devices;
	/*
	 * linux.seccomp as JSON text, exactly as it stood in the document (or as oci_seccomp_write
	 * made it). Kept as text because sys/seccomp.h finds the finished program by it; NULL: no
	 * filter.
	 */
	const char *seccomp;
	const char *rootfs_propagation;
	struct str_list masked_paths;
	struct str_list readonly_paths;
	const char *mount_label;
	struct oci_intel_rdt *intel_rdt;
	struct oci_memory_policy *memory_policy;
	struct oci_personality *personality;
	struct oci_time_offsets time_offsets;
};

struct oci_spec {
	const char *oci_version;
	struct oci_process *process; /* NULL: create works, start does not */
	struct oci_root root;
	const char *hostname;
	const char *domainname;
	struct oci_mount_list mounts;
	struct oci_hooks *hooks;
	struct str_map annotations;
	struct oci_linux linux;
};

extern const struct bind_field oci_spec_fields[];
extern const struct bind_field oci_process_fields[];
extern const struct bind_field oci_memory_policy_fields[];
extern const struct bind_field oci_mount_fields[];
extern const struct bind_field oci_hook_fields[];
extern const struct bind_field oci_device_fields[];

/*
 * Parses text[0..n) into *out (zeroed first); all it points to lies in a. Types are checked,
 * ERR_INVALID.
 */
int oci_spec_parse(
	struct arena *a, const char *text, size_t n, struct oci_spec *out, struct err *e);
/* Appends the spec as compact JSON. */
void oci_spec_write(const struct oci_spec *s, struct buf *out);

/*
 * The rules the runtime-spec states that need no look at the machine: version 1.x, root.path,
 * absolute cwd and mount destinations, a non-empty args[0], known namespace, rlimit, device and
 * scheduler names, no namespace or rlimit twice, absolute hook paths, id maps only with a user
 * namespace, what a scheduler, memory policy, device, id-mapped mount must be, sysctls only of the
 * container's own namespaces. One sentence in e, ERR_INVALID.
 */
int oci_spec_check(const struct oci_spec *s, struct err *e);
/* The same for a process alone (exec). */
int oci_process_check(const struct oci_process *p, struct err *e);

/*
 * A sysctl's name, however it separates its parts (sysctl.d(5)), with dots, or as a path below /proc/sys. ERR_INVALID
 * when it is too long, or leads out.
 */
int oci_sysctl_dotted(const char *name, char *out, size_t size, struct err *e);
int oci_sysctl_path(const char *name, char *out, size_t size, struct err *e);

/*
 * Only the process of config.json. What else is in it is not looked at, which spares most of the time.
 * "process property must not be empty".
 */
int oci_spec_parse_process(
	struct arena *a, const char *text, size_t n, struct oci_process *out, struct err *e);
/* process.json, as `exec --process` takes it. */
int oci_process_parse(
	struct arena *a, const char *text, size_t n, struct oci_process *out, struct err *e);
void oci_process_write(const struct oci_process *p, struct buf *out);

/* Whether the spec wants a namespace of this type; *out (may be NULL) is its row. */
bool oci_spec_has_ns(const struct oci_spec *s, const char *type, const struct oci_namespace **out);

#endif

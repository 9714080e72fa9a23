/* SPDX-License-Identifier: Apache-2.0 */
/* spec: a config.json to begin with, the same as runc's. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/io.h"
#include "base/json.h"
#include "base/slice.h"
#include "command.h"
#include "oci/runtime_spec.h"

#define CONFIG	   "config.json"
#define CONFIG_MAX (1024 * 1024)
#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define LIST(...)                                                                         \
	{                                                                                 \
		(const char *[]){ __VA_ARGS__ }, COUNT(((const char *[]){ __VA_ARGS__ })) \
	}

struct spec_opts {
	const char *bundle;
	bool rootless;
	bool help;
};

static const struct opt options[] = {
	COMMAND_HELP(struct spec_opts),
	OPT(STR, 'b', "bundle", "dir", struct spec_opts, bundle,
		"path to the root of the bundle directory"),
	OPT(BOOL, 0, "rootless", NULL, struct spec_opts, rootless,
		"generate a configuration for a rootless container"),
	OPT_END,
};

#define CAPS LIST("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE")

static struct oci_caps capabilities = {
	.bounding = CAPS,
	.effective = CAPS,
	.permitted = CAPS,
	.ambient = CAPS,
};

static struct oci_rlimit rlimits[] = { { "RLIMIT_NOFILE", 1024, 1024 } };

static struct oci_process process = {
	.terminal = true,
	.args = LIST("sh"),
	.env = LIST(
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"),
	.cwd = "/",
	.capabilities = &capabilities,
	.rlimits = { rlimits, COUNT(rlimits) },
	.no_new_privileges = true,
};

static struct oci_mount mounts[] = {
	{ "/proc", "proc", "proc", { 0 }, { 0 }, { 0 } },
	{ "/dev", "tmpfs", "tmpfs", LIST("nosuid", "strictatime", "mode=755", "size=65536k"), { 0 },
		{ 0 } },
	{ "/dev/pts", "devpts", "devpts",
		LIST("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
		{ 0 }, { 0 } },
	{ "/dev/shm", "tmpfs", "shm", LIST("nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
		{ 0 }, { 0 } },
	{ "/dev/mqueue", "mqueue", "mqueue", LIST("nosuid", "noexec", "nodev"), { 0 }, { 0 } },
	{ "/sys", "sysfs", "sysfs", LIST("nosuid", "noexec", "nodev", "ro"), { 0 }, { 0 } },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", LIST("nosuid", "noexec", "nodev", "relatime", "ro"),
		{ 0 }, { 0 } },
};

/* Group 5 has no place in a map of one id, and sysfs needs a network namespace of one's own. */
static struct oci_mount rootless_mounts[] = {
	{ "/proc", "proc", "proc", { 0 }, { 0 }, { 0 } },
	{ "/dev", "tmpfs", "tmpfs", LIST("nosuid", "strictatime", "mode=755", "size=65536k"), { 0 },
		{ 0 } },
	{ "/dev/pts", "devpts", "devpts",
		LIST("nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"), { 0 },
		{ 0 } },
	{ "/dev/shm", "tmpfs", "shm", LIST("nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
		{ 0 }, { 0 } },
	{ "/dev/mqueue", "mqueue", "mqueue", LIST("nosuid", "noexec", "nodev"), { 0 }, { 0 } },
	{ "/sys", "none", "/sys", LIST("rbind", "nosuid", "noexec", "nodev", "ro"), { 0 }, { 0 } },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", LIST("nosuid", "noexec", "nodev", "relatime", "ro"),
		{ 0 }, { 0 } },
};

static struct oci_namespace namespaces[] = {
	{ "pid", NULL },
	{ "network", NULL },
	{ "ipc", NULL },
	{ "uts", NULL },
	{ "mount", NULL },
};

static struct oci_namespace rootless_namespaces[] = {
	{ "pid", NULL },
	{ "ipc", NULL },
	{ "uts", NULL },
	{ "mount", NULL },
	{ "user", NULL },
};

static struct oci_device_rule deny_all[] = { { .allow = false, .access = "rwm" } };

static const struct str_list masked = LIST("/proc/acpi", "/proc/asound", "/proc/kcore",
	"/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
	"/proc/sched_debug", "/sys/firmware", "/proc/scsi");

static const struct str_list readonly =
	LIST("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

static struct oci_resources resources = { .devices = { deny_all, COUNT(deny_all) } };

static void fill(struct oci_spec *s, bool rootless, struct oci_id_map *uid, struct oci_id_map *gid)
{
	*s = (struct oci_spec){
		.oci_version = OCI_RUNTIME_VERSION,
		.process = &process,
		.root = { "rootfs", true },
		.hostname = "tare",
		.mounts = { mounts, COUNT(mounts) },
		.linux = {
			.resources = &resources,
			.namespaces = { namespaces, COUNT(namespaces) },
			.masked_paths = masked,
			.readonly_paths = readonly,
		},
	};
	if (!rootless)
		return;
	*uid = (struct oci_id_map){ 0, geteuid(), 1 };
	*gid = (struct oci_id_map){ 0, getegid(), 1 };
	s->mounts = (struct oci_mount_list){ rootless_mounts, COUNT(rootless_mounts) };
	s->linux.resources = NULL;
	s->linux.namespaces =
		(struct oci_namespace_list){ rootless_namespaces, COUNT(rootless_namespaces) };
	s->linux.uid_mappings = (struct oci_id_map_list){ uid, 1 };
	s->linux.gid_mappings = (struct oci_id_map_list){ gid, 1 };
}

static int write_spec(const char *dir_path, bool rootless, struct err *e)
{
	struct oci_spec spec;
	struct oci_id_map uid, gid;
	own_buf compact = { 0 }, text = { 0 };

	buf_init(&compact, CONFIG_MAX);
	buf_init(&text, CONFIG_MAX);
	own_fd dir = open(dir_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(
			e, ERR_NOT_FOUND, "chdir %s: %s", dir_path, runtime_errno_text(errno));
	own_fd file = openat(dir, CONFIG, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (file < 0 && errno == EEXIST)
		return err_set(e, ERR_CONFLICT, "File " CONFIG " exists. Remove it first");
	if (file < 0)
		return err_sys(e, "create " CONFIG);
	fill(&spec, rootless, &uid, &gid);
	oci_spec_write(&spec, &compact);
	own_json doc = json_parse(compact.data, compact.len, e);
	if (!doc)
		return -1;
	json_print(doc, "\t", &text);
	buf_char(&text, '\n');
	return io_write(file, text.data, text.len, e);
}

static int run_spec(
	const struct command *self, struct runtime *rt, int argc, char **argv, struct err *e)
{
	struct spec_opts o = { 0 };
	struct command_line line = { argc, argv, { 0 } };
	int rc = command_parse(self, rt, &line, &o, e);

	if (rc)
		return rc == COMMAND_HELPED ? 0 : rc;
	return write_spec(str_empty(o.bundle) ? "." : o.bundle, o.rootless, e);
}

const struct command command_spec = {
	.name = "spec",
	.summary = "create a new specification file",
	.args = "",
	.options = options,
	.help_offset = offsetof(struct spec_opts, help),
	.min_args = 0,
	.max_args = 0,
	.error_prefix = "",
	.error_code = 1,
	.run = run_spec,
};

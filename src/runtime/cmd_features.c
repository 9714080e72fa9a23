/* SPDX-License-Identifier: Apache-2.0 */
/* features: what this runtime can do, in the runtime spec's form (feature row D11). */
#include <linux/seccomp.h>
#include <stdio.h>

#include "base/jsonw.h"
#include "command.h"
#include "oci/runtime_spec.h"
#include "sys/caps.h"
#include "sys/mempolicy.h"
#include "sys/mounts.h"
#include "sys/seccomp.h"

#define OUTPUT_MAX (1024 * 1024)

struct features_opts {
	bool help;
};

static const struct opt options[] = { COMMAND_HELP(struct features_opts), OPT_END };

static const char *const hook_names[] = { "prestart", "createRuntime", "createContainer",
	"startContainer", "poststart", "poststop", NULL };

static const char *const namespace_names[] = { "cgroup", "ipc", "mount", "network", "pid", "time",
	"user", "uts", NULL };

static void write_names(struct jsonw *w, const char *key, const char *const *names)
{
	jsonw_key(w, key);
	jsonw_arr(w);
	for (; *names; names++)
		jsonw_str(w, *names);
	jsonw_arr_end(w);
}

static void write_list(struct jsonw *w, const char *key, const struct str_list *names)
{
	jsonw_key(w, key);
	jsonw_arr(w);
	for (size_t i = 0; i < names->n; i++)
		jsonw_str(w, names->v[i]);
	jsonw_arr_end(w);
}

static void write_capabilities(struct jsonw *w)
{
	jsonw_key(w, "capabilities");
	jsonw_arr(w);
	for (int cap = 0; caps_name(cap); cap++)
		jsonw_str(w, caps_name(cap));
	jsonw_arr_end(w);
}

static void write_cgroup(struct jsonw *w)
{
	jsonw_key(w, "cgroup");
	jsonw_obj(w);
	jsonw_kbool(w, "v1", true);
	jsonw_kbool(w, "v2", true);
	jsonw_kbool(w, "systemd", true);
	jsonw_kbool(w, "systemdUser", true);
	jsonw_kbool(w, "rdma", true);
	jsonw_obj_end(w);
}

static void write_seccomp(struct jsonw *w)
{
	unsigned supported = seccomp_supported_flags();

	jsonw_key(w, "seccomp");
	jsonw_obj(w);
	jsonw_kbool(w, "enabled", true);
	write_names(w, "actions", seccomp_action_names());
	write_names(w, "operators", seccomp_operator_names());
	write_names(w, "archs", seccomp_arch_names());
	write_names(w, "knownFlags", seccomp_flag_names());
	jsonw_key(w, "supportedFlags");
	jsonw_arr(w);
	for (const char *const *f = seccomp_flag_names(); *f; f++)
		if (supported & seccomp_flag_find(*f))
			jsonw_str(w, *f);
	jsonw_arr_end(w);
	jsonw_obj_end(w);
}

static void write_enabled(struct jsonw *w, const char *key, bool enabled)
{
	jsonw_key(w, key);
	jsonw_obj(w);
	jsonw_kbool(w, "enabled", enabled);
	jsonw_obj_end(w);
}

static void write_intel_rdt(struct jsonw *w)
{
	jsonw_key(w, "intelRdt");
	jsonw_obj(w);
	jsonw_kbool(w, "enabled", true);
	jsonw_kbool(w, "schemata", true);
	jsonw_kbool(w, "monitoring", true);
	jsonw_obj_end(w);
}

static void write_memory_policy(struct jsonw *w)
{
	jsonw_key(w, "memoryPolicy");
	jsonw_obj(w);
	write_names(w, "modes", mempolicy_mode_names());
	write_names(w, "flags", mempolicy_flag_names());
	jsonw_obj_end(w);
}

/* The names runc has for it, which callers look for; and the key that names a file CRIU obeys. */
static void write_annotations(struct jsonw *w)
{
	static const char *const unsafe[] = { "org.criu.config", NULL };

	jsonw_key(w, "annotations");
	jsonw_obj(w);
	jsonw_kstr(w, "dev.tare.runtime.version", TARE_VERSION);
	jsonw_kstr(w, "org.opencontainers.runc.checkpoint.enabled", "true");
	jsonw_obj_end(w);
	write_names(w, "potentiallyUnsafeConfigAnnotations", unsafe);
}

static void write_linux(struct jsonw *w)
{
	jsonw_key(w, "linux");
	jsonw_obj(w);
	write_names(w, "namespaces", namespace_names);
	write_capabilities(w);
	write_cgroup(w);
	write_seccomp(w);
	write_enabled(w, "apparmor", true);
	write_enabled(w, "selinux", true);
	write_intel_rdt(w);
	jsonw_key(w, "mountExtensions");
	jsonw_obj(w);
	write_enabled(w, "idmap", true);
	jsonw_obj_end(w);
	write_enabled(w, "netDevices", true);
	write_memory_policy(w);
	jsonw_obj_end(w);
}

static int run_features(
	const struct command *self, struct runtime *rt, int argc, char **argv, struct err *e)
{
	struct features_opts o = { 0 };
	struct command_line line = { argc, argv, { 0 } };
	struct str_list mount_options = { 0 };
	struct jsonw w;
	own_buf out = { 0 };

	buf_init(&out, OUTPUT_MAX);
	int rc = command_parse(self, rt, &line, &o, e);
	if (rc)
		return rc == COMMAND_HELPED ? 0 : rc;
	mount_option_names(rt->arena, &mount_options);
	jsonw_init(&w, &out, "    ");
	jsonw_obj(&w);
	jsonw_kstr(&w, "ociVersionMin", "1.0.0");
	jsonw_kstr(&w, "ociVersionMax", OCI_RUNTIME_VERSION);
	write_names(&w, "hooks", hook_names);
	write_list(&w, "mountOptions", &mount_options);
	write_linux(&w);
	write_annotations(&w);
	jsonw_obj_end(&w);
	puts(out.data);
	return 0;
}

const struct command command_features = {
	.name = "features",
	.summary = "show the enabled features",
	.args = "",
	.options = options,
	.help_offset = offsetof(struct features_opts, help),
	.min_args = 0,
	.max_args = 0,
	.error_prefix = "",
	.error_code = 1,
	.run = run_features,
};

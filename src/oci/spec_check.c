/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of the runtime-spec that a look at the document alone can check, in runc's words where it has
 * any. What needs the machine (does root.path exist, is AppArmor on) is the runtime's to find out.
 */
#include <string.h>

#include "base/slice.h"
#include "oci/runtime_spec.h"

static const char *const namespace_types[] = { "pid", "network", "mount", "ipc", "uts", "user",
	"cgroup", "time", NULL };

/* Sysctls that belong to a namespace: a name, or a prefix ending in '.'. */
static const struct scope {
	const char *name;
	const char *ns;
} sysctl_scopes[] = {
	{ "kernel.msgmax", "ipc" },
	{ "kernel.msgmnb", "ipc" },
	{ "kernel.msgmni", "ipc" },
	{ "kernel.sem", "ipc" },
	{ "kernel.shmall", "ipc" },
	{ "kernel.shmmax", "ipc" },
	{ "kernel.shmmni", "ipc" },
	{ "kernel.shm_rmid_forced", "ipc" },
	{ "fs.mqueue.", "ipc" },
	{ "net.", "network" },
	{ "kernel.domainname", "uts" },
	{ "user.", "user" },
};

static bool is_in(const char *const *list, const char *s)
{
	for (; *list; list++)
		if (str_eq(*list, s))
			return true;
	return false;
}

static int check_version(const char *version, struct err *e)
{
	struct slice major, rest;
	uint16_t n;

	if (str_empty(version))
		return err_set(e, ERR_INVALID, "`ociVersion` must be set");
	if (!slice_cut(slice_str(version), '.', &major, &rest) || !parse_u16(major, &n) || n != 1)
		return err_set(e, ERR_INVALID, "unsupported ociVersion \"%s\": 1.x is", version);
	return 0;
}

static int check_rlimits(const struct oci_rlimit_list *l, struct err *e)
{
	for (size_t i = 0; i < l->n; i++) {
		if (!l->v[i].type || !str_starts(l->v[i].type, "RLIMIT_"))
			return err_set(e, ERR_INVALID, "invalid rlimit type: %s",
				l->v[i].type ? l->v[i].type : "");
		for (size_t k = 0; k < i; k++)
			if (str_eq(l->v[i].type, l->v[k].type))
				return err_set(
					e, ERR_INVALID, "rlimit %s is given twice", l->v[i].type);
		if (l->v[i].soft > l->v[i].hard)
			return err_set(e, ERR_INVALID,
				"rlimit %s: soft limit is above the hard limit", l->v[i].type);
	}
	return 0;
}

int oci_process_check(const struct oci_process *p, struct err *e)
{
	if (str_empty(p->cwd))
		return err_set(e, ERR_INVALID, "Cwd property must not be empty");
	if (p->cwd[0] != '/')
		return err_set(e, ERR_INVALID, "Cwd must be an absolute path");
	if (p->args.n == 0)
		return err_set(e, ERR_INVALID, "args must not be empty");
	return check_rlimits(&p->rlimits, e);
}

static int check_namespaces(const struct oci_spec *s, struct err *e)
{
	const struct oci_namespace_list *l = &s->linux.namespaces;

	for (size_t i = 0; i < l->n; i++) {
		if (!is_in(namespace_types, l->v[i].type))
			return err_set(e, ERR_INVALID, "unknown namespace type \"%s\"",
				l->v[i].type ? l->v[i].type : "");
		for (size_t k = 0; k < i; k++)
			if (str_eq(l->v[i].type, l->v[k].type))
				return err_set(e, ERR_INVALID,
					"malformed spec file: duplicated ns \"%s\"", l->v[i].type);
		if (!str_empty(l->v[i].path) && l->v[i].path[0] != '/')
			return err_set(
				e, ERR_INVALID, "namespace path %s is not absolute", l->v[i].path);
	}
	return 0;
}

/* What only makes sense in a namespace of the container's own. */
static int check_private(const struct oci_spec *s, struct err *e)
{
	const struct oci_namespace *ns;

	if (!str_empty(s->hostname) && !oci_spec_has_ns(s, "uts", NULL))
		return err_set(
			e, ERR_INVALID, "unable to set hostname without a private UTS namespace");
	if (!str_empty(s->domainname) && !oci_spec_has_ns(s, "uts", NULL))
		return err_set(
			e, ERR_INVALID, "unable to set domainname without a private UTS namespace");
	if ((s->linux.masked_paths.n || s->linux.readonly_paths.n) &&
		!oci_spec_has_ns(s, "mount", NULL))
		return err_set(e, ERR_INVALID,
			"unable to restrict sys entries without a private MNT namespace");
	if ((s->linux.uid_mappings.n || s->linux.gid_mappings.n) &&
		!oci_spec_has_ns(s, "user", &ns))
		return err_set(e, ERR_INVALID,
			"User namespace mappings specified, but user namespace isn't enabled in the config");
	if (s->linux.time_offsets.n && !oci_spec_has_ns(s, "time", NULL))
		return err_set(e, ERR_INVALID,
			"time namespace offsets specified, but time namespace isn't enabled in the config");
	return 0;
}

static int check_sysctl(const struct oci_spec *s, const char *name, struct err *e)
{
	if (strcmp(name, "kernel.hostname") == 0)
		return err_set(e, ERR_INVALID,
			"sysctl \"%s\" is not allowed as it conflicts with the OCI \"hostname\" field",
			name);
	for (size_t i = 0; i < sizeof(sysctl_scopes) / sizeof(sysctl_scopes[0]); i++) {
		const struct scope *sc = &sysctl_scopes[i];
		size_t n = strlen(sc->name);
		bool matches = sc->name[n - 1] == '.' ? strncmp(name, sc->name, n) == 0
						      : strcmp(name, sc->name) == 0;
		if (matches && oci_spec_has_ns(s, sc->ns, NULL))
			return 0;
		if (matches)
			return err_set(e, ERR_INVALID,
				"sysctl \"%s\" is not allowed in the hosts %s namespace", name,
				sc->ns);
	}
	return err_set(e, ERR_INVALID, "sysctl \"%s\" is not in a separate kernel namespace", name);
}

static int check_mounts(const struct oci_mount_list *l, struct err *e)
{
	for (size_t i = 0; i < l->n; i++) {
		if (str_empty(l->v[i].destination))
			return err_set(e, ERR_INVALID, "mount destination must not be empty");
		if (!l->v[i].uid_mappings.n != !l->v[i].gid_mappings.n)
			return err_set(e, ERR_INVALID,
				"mount %s: id-mapped mounts need both uidMappings and gidMappings",
				l->v[i].destination);
	}
	return 0;
}

static int check_devices(const struct oci_device_list *l, struct err *e)
{
	static const char *const types[] = { "c", "b", "u", "p", NULL };

	for (size_t i = 0; i < l->n; i++) {
		if (str_empty(l->v[i].path) || l->v[i].path[0] != '/')
			return err_set(e, ERR_INVALID, "device path \"%s\" is not absolute",
				l->v[i].path ? l->v[i].path : "");
		if (!is_in(types, l->v[i].type))
			return err_set(e, ERR_INVALID, "invalid device type \"%s\" of %s",
				l->v[i].type ? l->v[i].type : "", l->v[i].path);
	}
	return 0;
}

static int check_hooks(const struct oci_hooks *h, struct err *e)
{
	const struct oci_hook_list *const lists[] = { &h->prestart, &h->create_runtime,
		&h->create_container, &h->start_container, &h->poststart, &h->poststop };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (size_t k = 0; k < lists[i]->n; k++) {
			const struct oci_hook *hook = &lists[i]->v[k];
			if (str_empty(hook->path) || hook->path[0] != '/')
				return err_set(e, ERR_INVALID, "hook path \"%s\" is not absolute",
					hook->path ? hook->path : "");
			if (hook->timeout && *hook->timeout <= 0)
				return err_set(e, ERR_INVALID, "hook %s: timeout must be positive",
					hook->path);
		}
	return 0;
}

int oci_spec_check(const struct oci_spec *s, struct err *e)
{
	if (check_version(s->oci_version, e))
		return -1;
	if (str_empty(s->root.path))
		return err_set(e, ERR_INVALID, "root.path must not be empty");
	if (s->process && oci_process_check(s->process, e))
		return -1;
	if (check_mounts(&s->mounts, e) || check_namespaces(s, e) || check_private(s, e) ||
		check_devices(&s->linux.devices, e) || (s->hooks && check_hooks(s->hooks, e)))
		return -1;
	for (size_t i = 0; i < s->linux.sysctl.n; i++)
		if (check_sysctl(s, s->linux.sysctl.keys[i], e))
			return -1;
	return 0;
}

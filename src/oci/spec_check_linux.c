/* SPDX-License-Identifier: Apache-2.0 */
/* What linux.* must keep to: each row of it against the namespaces the container has. Texts are runc's. */
#include "oci/spec_check.h"

#include <string.h>

#include "base/slice.h"

#define IFNAME_MOST 15 /* IFNAMSIZ without the NUL */

static const char *const namespace_types[] = { "pid", "network", "mount", "ipc", "uts", "user",
	"cgroup", "time", NULL };
static const char *const device_types[] = { "c", "b", "u", "p", NULL };
static const char *const rule_types[] = { "a", "c", "b", NULL };

/* Sysctls of ipc namespaces; those ending in '.' are prefixes. */
static const char *const ipc_sysctls[] = { "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni",
	"kernel.sem", "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced",
	"fs.mqueue.", NULL };

static bool is_in(const char *const *list, const char *s)
{
	for (; *list; list++)
		if (str_eq(*list, s))
			return true;
	return false;
}

static const char *text(const char *s)
{
	return s ? s : "";
}

static int check_namespaces(const struct oci_namespace_list *l, struct err *e)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *type = text(l->v[i].type), *path = text(l->v[i].path);
		if (!is_in(namespace_types, type))
			return err_set(e, ERR_INVALID, "namespace {\"%s\" \"%s\"} does not exist",
				type, path);
		for (size_t k = 0; k < i; k++)
			if (str_eq(type, l->v[k].type))
				return err_set(e, ERR_INVALID,
					"malformed spec file: duplicated ns {\"%s\" \"%s\"}", type,
					path);
		if (*path && *path != '/')
			return err_set(e, ERR_INVALID, "namespace path %s is not absolute", path);
	}
	return 0;
}

static int check_user_ns(const struct oci_spec *s, struct err *e)
{
	const struct oci_namespace *ns;
	bool has_maps = s->linux.uid_mappings.n || s->linux.gid_mappings.n;

	if (!oci_spec_has_ns(s, "user", &ns))
		return !has_maps
			       ? 0
			       : err_set(e, ERR_INVALID,
					 "user namespace mappings specified, but user namespace isn't enabled in the config");
	if (!has_maps && str_empty(ns->path))
		return err_set(e, ERR_INVALID,
			"user namespaces enabled, but no namespace path to join nor mappings to apply specified");
	return 0;
}

static int check_time_ns(const struct oci_spec *s, struct err *e)
{
	const struct oci_time_offsets *o = &s->linux.time_offsets;
	const struct oci_namespace *ns;

	if (o->n && !oci_spec_has_ns(s, "time", &ns))
		return err_set(e, ERR_INVALID,
			"time namespace offsets specified, but time namespace isn't enabled in the config");
	if (o->n && !str_empty(ns->path))
		return err_set(e, ERR_INVALID,
			"time namespace enabled, but both namespace path and time offsets specified -- you may only provide one");
	for (size_t i = 0; i < o->n; i++) {
		if (!str_eq(o->keys[i], "monotonic") && !str_eq(o->keys[i], "boottime"))
			return err_set(
				e, ERR_INVALID, "unknown clock \"%s\" in timeOffsets", o->keys[i]);
		if (o->v[i].nanosecs >= 1000000000)
			return err_set(e, ERR_INVALID, "timeOffsets.%s: nanosecs is out of range",
				o->keys[i]);
	}
	return 0;
}

/* What only makes sense in a namespace of the container's own. */
static int check_private(const struct oci_spec *s, struct err *e)
{
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
	return 0;
}

static bool is_ipc_sysctl(const char *name)
{
	for (const char *const *s = ipc_sysctls; *s; s++)
		if (str_ends(*s, ".") ? str_starts(name, *s) : strcmp(name, *s) == 0)
			return true;
	return false;
}

/* name has dots between its parts. */
static int check_sysctl(const struct oci_spec *s, const char *name, struct err *e)
{
	bool has_uts = oci_spec_has_ns(s, "uts", NULL);

	if (is_ipc_sysctl(name))
		return oci_spec_has_ns(s, "ipc", NULL)
			       ? 0
			       : err_set(e, ERR_INVALID,
					 "sysctl \"%s\" is not allowed in the hosts ipc namespace",
					 name);
	if (str_starts(name, "net."))
		return oci_spec_has_ns(s, "network", NULL)
			       ? 0
			       : err_set(e, ERR_INVALID,
					 "sysctl \"%s\" not allowed in host network namespace",
					 name);
	if (has_uts && strcmp(name, "kernel.domainname") == 0)
		return 0;
	if (has_uts && strcmp(name, "kernel.hostname") == 0)
		return err_set(e, ERR_INVALID,
			"sysctl \"%s\" is not allowed as it conflicts with the OCI \"hostname\" field",
			name);
	if (str_starts(name, "user."))
		return oci_spec_has_ns(s, "user", NULL)
			       ? 0
			       : err_set(e, ERR_INVALID,
					 "setting ucounts without a user namespace not allowed: %s",
					 name);
	return err_set(e, ERR_INVALID, "sysctl \"%s\" is not in a separate kernel namespace", name);
}

static int check_sysctls(const struct oci_spec *s, struct err *e)
{
	char name[256];

	for (size_t i = 0; i < s->linux.sysctl.n; i++)
		if (oci_sysctl_dotted(s->linux.sysctl.keys[i], name, sizeof(name), e) ||
			check_sysctl(s, name, e))
			return -1;
	return 0;
}

static int check_devices(const struct oci_linux *l, struct err *e)
{
	const struct oci_device_rule_list *rules = l->resources ? &l->resources->devices : NULL;

	for (size_t i = 0; i < l->devices.n; i++) {
		const struct oci_device *d = &l->devices.v[i];
		if (str_empty(d->path) || d->path[0] != '/')
			return err_set(e, ERR_INVALID, "device path \"%s\" is not absolute",
				text(d->path));
		if (!is_in(device_types, d->type))
			return err_set(e, ERR_INVALID, "invalid device type \"%s\"", text(d->type));
	}
	for (size_t i = 0; rules && i < rules->n; i++) {
		const struct oci_device_rule *r = &rules->v[i];
		if (str_empty(r->access))
			return err_set(
				e, ERR_INVALID, "device access at %zu field cannot be empty", i);
		if (!str_empty(r->type) && !is_in(rule_types, r->type))
			return err_set(
				e, ERR_INVALID, "invalid cgroup device type \"%s\"", r->type);
	}
	return 0;
}

/* What the kernel takes for an interface's name (dev_valid_name). */
static bool is_device_name(const char *name)
{
	size_t n = strlen(name);

	return n && n <= IFNAME_MOST && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       !strpbrk(name, "/: \t\n\v\f\r");
}

static int check_net_devices(const struct oci_spec *s, struct err *e)
{
	const struct oci_net_devices *d = &s->linux.net_devices;

	if (d->n && !oci_spec_has_ns(s, "network", NULL))
		return err_set(
			e, ERR_INVALID, "unable to move network devices without a NET namespace");
	for (size_t i = 0; i < d->n; i++) {
		if (!is_device_name(d->keys[i]))
			return err_set(
				e, ERR_INVALID, "invalid network device name \"%s\"", d->keys[i]);
		if (!str_empty(d->v[i].name) && !is_device_name(d->v[i].name))
			return err_set(
				e, ERR_INVALID, "invalid network device name \"%s\"", d->v[i].name);
	}
	return 0;
}

static int check_others(const struct oci_linux *l, struct err *e)
{
	const char *clos = l->intel_rdt ? text(l->intel_rdt->clos_id) : "";

	if (l->personality && !str_eq(l->personality->domain, "LINUX") &&
		!str_eq(l->personality->domain, "LINUX32"))
		return err_set(e, ERR_INVALID, "invalid personality domain %s",
			text(l->personality->domain));
	/* "/" is the root class, which everything is in anyway. */
	if (strcmp(clos, ".") == 0 || strcmp(clos, "..") == 0 ||
		(strlen(clos) > 1 && strchr(clos, '/')))
		return err_set(e, ERR_INVALID, "invalid intelRdt.ClosID \"%s\"", clos);
	return 0;
}

int oci_spec_check_linux(const struct oci_spec *s, struct err *e)
{
	const struct oci_linux *l = &s->linux;

	if (check_namespaces(&l->namespaces, e) || check_user_ns(s, e) || check_time_ns(s, e) ||
		check_private(s, e) || check_devices(l, e) || check_net_devices(s, e))
		return -1;
	return check_sysctls(s, e) || check_others(l, e) ? -1 : 0;
}

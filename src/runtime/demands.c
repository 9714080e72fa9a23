/* SPDX-License-Identifier: Apache-2.0 */
/* One function a demand, in the order runc's validator has them. */
#include "demands.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/slice.h"
#include "rootfs.h"
#include "sys/caps.h"
#include "sys/lsm.h"
#include "sys/mempolicy.h"
#include "sys/mounts.h"
#include "sys/resctrl.h"

/* A network namespace by path may be the one we are in. */
static int check_net_sysctls(const struct oci_spec *s, struct err *e)
{
	const struct oci_namespace *ns;
	struct stat mine, theirs;

	if (!oci_spec_has_ns(s, "network", &ns) || str_empty(ns->path))
		return 0;
	for (size_t i = 0; i < s->linux.sysctl.n; i++) {
		const char *name = s->linux.sysctl.keys[i];
		if (!str_starts(name, "net.") && !str_starts(name, "net/"))
			continue;
		if (stat("/proc/self/ns/net", &mine) || stat(ns->path, &theirs))
			return err_sys(e, "invalid netns path: stat %s", ns->path);
		if (mine.st_dev == theirs.st_dev && mine.st_ino == theirs.st_ino)
			return err_set(e, ERR_INVALID,
				"sysctl \"%s\" not allowed in host network namespace", name);
	}
	return 0;
}

int demands_check_labels(const struct oci_process *p, struct err *e)
{
	if (lsm_selinux_check(p->selinux_label, e))
		return -1;
	return lsm_apparmor_check(p->apparmor_profile, e)
		       ? err_in(e, "unable to start container process: error during container init")
		       : 0;
}

static int check_cache(struct arena *a, const struct oci_intel_rdt *rdt, struct err *e)
{
	const char *root = resctrl_find(a, e);

	return root ? resctrl_check(root, rdt, e) : -1;
}

static bool is_mapped(const struct oci_id_map_list *maps, uint32_t id)
{
	for (size_t i = 0; i < maps->n; i++)
		if (id >= maps->v[i].container_id && id - maps->v[i].container_id < maps->v[i].size)
			return true;
	return false;
}

/* One option "uid=N" or "gid=N" of a mount. */
static int check_owner_option(const char *option, const char *key,
	const struct oci_id_map_list *maps, const char *kind, struct err *e)
{
	uint32_t id;

	if (!str_starts(option, key) || !parse_u32(slice_str(option + 4), &id) ||
		is_mapped(maps, id))
		return 0;
	return err_set(e, ERR_INVALID,
		"cannot specify %s mount option for rootless container: container's %s %u is not mapped to the host",
		option, kind, id);
}

static int check_rootless_mounts(const struct oci_spec *s, bool owns_maps, struct err *e)
{
	for (size_t i = 0; i < s->mounts.n; i++) {
		const struct oci_mount *m = &s->mounts.v[i];
		if (mount_is_idmapped(m))
			return err_set(e, ERR_INVALID,
				"invalid mount \"%s\": id-mapped mounts are not supported for rootless containers",
				m->destination);
		for (size_t k = 0; owns_maps && k < m->options.n; k++) {
			const char *o = m->options.v[k];
			if (check_owner_option(o, "uid=", &s->linux.uid_mappings, "UID", e) ||
				check_owner_option(o, "gid=", &s->linux.gid_mappings, "GID", e))
				return -1;
		}
	}
	return 0;
}

static int check_rootless(const struct oci_spec *s, struct err *e)
{
	const struct oci_namespace *ns;

	if (geteuid() == 0)
		return 0;
	if (s->linux.net_devices.n)
		return err_set(e, ERR_INVALID,
			"network devices are not supported for rootless containers");
	if (!oci_spec_has_ns(s, "user", &ns))
		return err_set(e, ERR_INVALID, "rootless container requires user namespaces");
	if (str_empty(ns->path) && !s->linux.uid_mappings.n)
		return err_set(
			e, ERR_INVALID, "rootless containers requires at least one UID mapping");
	if (str_empty(ns->path) && !s->linux.gid_mappings.n)
		return err_set(
			e, ERR_INVALID, "rootless containers requires at least one GID mapping");
	return check_rootless_mounts(s, str_empty(ns->path), e);
}

/* What becomes of a name this runtime does not know: nothing, and the log says so, as runc's does. */
static void warn_of_caps(struct arena *a, const struct oci_caps *c)
{
	const struct str_list *const sets[] = { &c->bounding, &c->effective, &c->inheritable,
		&c->permitted, &c->ambient };
	struct str_list unknown = { 0 };

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		for (size_t k = 0; k < sets[i]->n; k++)
			if (caps_find(sets[i]->v[k]) < 0 && !str_list_has(&unknown, sets[i]->v[k]))
				str_list_add(a, &unknown, sets[i]->v[k]);
	for (size_t i = 0; i < unknown.n; i++)
		log_warn("ignoring unknown or unavailable capabilities: [%s]", unknown.v[i]);
}

int demands_check(struct arena *a, const struct oci_spec *s, bool no_pivot, struct err *e)
{
	const struct oci_linux *l = &s->linux;

	if (!oci_spec_has_ns(s, "mount", NULL))
		return err_set(e, ERR_INVALID, "a container needs a mount namespace");
	if (rootfs_check(s, no_pivot, e) || demands_check_labels(s->process, e) ||
		check_net_sysctls(s, e))
		return -1;
	if ((l->intel_rdt && check_cache(a, l->intel_rdt, e)) ||
		(l->memory_policy && mempolicy_check(l->memory_policy, e)))
		return -1;
	if (s->process->capabilities)
		warn_of_caps(a, s->process->capabilities);
	if (l->personality && l->personality->flags.n)
		log_warn("ignoring unsupported personality flags: %s", l->personality->flags.v[0]);
	return check_rootless(s, e);
}

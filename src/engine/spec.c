/* SPDX-License-Identifier: Apache-2.0 */
/* Process, namespaces and the rest of the spec; mounts and devices have files of their own. */
#include "spec.h"

#include <ctype.h>

#include "base/slice.h"
#include "checks.h"
#include "env_list.h"
#include "limits.h"
#include "sys/caps.h"

#define INIT_INSIDE "/sbin/docker-init"

void spec_process_env(struct arena *a, const struct container *c, bool tty, struct str_list *out)
{
	*out = (struct str_list){ 0 };
	str_list_add(a, out, ENV_PATH);
	str_list_add(a, out, arena_printf(a, "HOSTNAME=%s", c->config.hostname));
	if (tty)
		str_list_add(a, out, "TERM=xterm");
	env_override(a, out, &c->config.env);
}

struct oci_caps *spec_caps(struct arena *a, uint64_t mask, uint32_t uid)
{
	struct oci_caps *caps = ARENA_NEW(a, struct oci_caps);

	caps_to_list(a, mask, &caps->bounding);
	if (uid == 0)
		caps->effective = caps->permitted = caps->bounding;
	return caps;
}

/* -1 is "unlimited" */
void spec_rlimits(struct arena *a, const struct container *c, struct oci_rlimit_list *out)
{
	const struct ulimit_list *in = &c->host.ulimits;

	*out = (struct oci_rlimit_list){ 0 };
	for (size_t i = 0; i < in->n; i++) {
		char *type = arena_printf(a, "RLIMIT_%s", in->v[i].name);

		for (char *p = type; *p; p++)
			*p = (char)toupper((unsigned char)*p);
		out->v = arena_grow(a, out->v, &out->n, sizeof(*out->v));
		out->v[out->n - 1] = (struct oci_rlimit){ type, (uint64_t)in->v[i].hard,
			(uint64_t)in->v[i].soft };
	}
}

static void compose_args(struct arena *a, const struct spec_input *in, struct str_list *out)
{
	const struct container *c = in->ctr;

	if (in->init) {
		str_list_add(a, out, INIT_INSIDE);
		str_list_add(a, out, "--");
	}
	str_list_add(a, out, c->path);
	for (size_t i = 0; i < c->args.n; i++)
		str_list_add(a, out, c->args.v[i]);
}

static void compose_process(struct arena *a, const struct spec_input *in, struct oci_spec *out)
{
	const struct container *c = in->ctr;
	struct oci_process *p = ARENA_NEW(a, struct oci_process);
	uint32_t height, width;

	p->terminal = c->config.tty;
	if (c->config.tty && host_config_console_size(c->host.console_size, &height, &width) &&
		(height || width)) {
		p->console_size = ARENA_NEW(a, struct oci_console_size);
		*p->console_size = (struct oci_console_size){ height, width };
	}
	p->user = in->user;
	compose_args(a, in, &p->args);
	spec_process_env(a, c, c->config.tty, &p->env);
	p->cwd = str_empty(c->config.working_dir) ? "/" : c->config.working_dir;
	p->capabilities = spec_caps(a, in->caps, in->user.uid);
	spec_rlimits(a, c, &p->rlimits);
	p->no_new_privileges = in->security.no_new_privileges;
	p->apparmor_profile = in->apparmor;
	p->oom_score_adj = ARENA_NEW(a, int64_t);
	*p->oom_score_adj = c->host.oom_score_adj;
	out->process = p;
}

static void add_namespace(struct arena *a, struct oci_linux *l, const char *type, const char *path)
{
	l->namespaces.v =
		arena_grow(a, l->namespaces.v, &l->namespaces.n, sizeof(*l->namespaces.v));
	l->namespaces.v[l->namespaces.n - 1] = (struct oci_namespace){ type, path };
}

static void compose_namespaces(struct arena *a, const struct spec_input *in, struct oci_linux *l)
{
	const struct host_config *h = &in->ctr->host;

	add_namespace(a, l, "mount", NULL);
	if (!in->netns || *in->netns)
		add_namespace(a, l, "network", in->netns);
	if (!str_eq(h->uts_mode, "host"))
		add_namespace(a, l, "uts", NULL);
	if (in->pidns || !str_eq(h->pid_mode, "host"))
		add_namespace(a, l, "pid", in->pidns);
	if (!str_eq(h->ipc_mode, "host"))
		add_namespace(a, l, "ipc", NULL);
	if (str_eq(h->cgroupns_mode, "private"))
		add_namespace(a, l, "cgroup", NULL);
}

/* dockerd lets everybody ping and bind low ports inside a network namespace of its own. */
static void compose_sysctls(struct arena *a, const struct spec_input *in, struct oci_linux *l)
{
	const struct str_map *wanted = &in->ctr->host.sysctls;

	if (!in->netns || *in->netns) {
		str_map_set(a, &l->sysctl, "net.ipv4.ip_unprivileged_port_start", "0");
		str_map_set(a, &l->sysctl, "net.ipv4.ping_group_range", "0 2147483647");
	}
	for (size_t i = 0; i < wanted->n; i++)
		str_map_set(a, &l->sysctl, wanted->keys[i], wanted->v[i]);
}

/* A mount that shall propagate needs a root that lets it through. */
static const char *root_propagation(const struct ctr_mounts *m)
{
	const char *found = NULL;

	for (size_t i = 0; i < m->n; i++) {
		const char *p = m->v[i].propagation;

		if (str_eq(p, "shared") || str_eq(p, "rshared"))
			return "shared";
		if (str_eq(p, "slave") || str_eq(p, "rslave"))
			found = "rslave";
	}
	return found;
}

static int compose_linux(
	struct arena *a, const struct spec_input *in, struct oci_linux *l, struct err *e)
{
	const struct container *c = in->ctr;

	l->cgroups_path = c->cgroup_path;
	l->seccomp = in->seccomp;
	l->masked_paths = c->host.masked_paths;
	l->readonly_paths = c->host.readonly_paths;
	l->rootfs_propagation = root_propagation(&c->mounts);
	l->resources = ARENA_NEW(a, struct oci_resources);
	compose_namespaces(a, in, l);
	compose_sysctls(a, in, l);
	return spec_devices(a, in, l, e) || limits_to_spec(a, &c->host, l->resources, e) ? -1 : 0;
}

int spec_compose(struct arena *a, const struct spec_input *in, struct oci_spec *out, struct err *e)
{
	const struct container *c = in->ctr;

	*out = (struct oci_spec){ .oci_version = OCI_RUNTIME_VERSION };
	out->root.path = in->rootfs;
	out->root.readonly = c->host.readonly_rootfs;
	if (!str_eq(c->host.uts_mode, "host")) {
		out->hostname = c->config.hostname;
		out->domainname = str_empty(c->config.domainname) ? NULL : c->config.domainname;
	}
	out->annotations = c->host.annotations;
	compose_process(a, in, out);
	return spec_mounts(a, in, &out->mounts, e) || compose_linux(a, in, &out->linux, e) ? -1 : 0;
}

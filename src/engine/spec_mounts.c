/* SPDX-License-Identifier: Apache-2.0 */
/* The spec's mounts: Docker's defaults, less what the user mounts over, then the user's by depth. */
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "mount_spec.h"
#include "spec.h"
#include "subpath.h"

#define SHM	    "/dev/shm"
#define INIT_INSIDE "/sbin/docker-init"

struct default_mount {
	const char *destination, *type, *source;
	const char *options; /* comma-separated */
};

static const struct default_mount default_mounts[] = {
	{ "/proc", "proc", "proc", "nosuid,noexec,nodev" },
	{ "/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k" },
	{ "/dev/pts", "devpts", "devpts",
		"nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5" },
	{ "/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro" },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", "ro,nosuid,noexec,nodev" },
	{ "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev" },
	{ SHM, "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777" },
};

#define N_DEFAULTS (sizeof(default_mounts) / sizeof(*default_mounts))

static void add_options(struct arena *a, struct str_list *l, const char *text)
{
	struct slice rest = slice_str(text), one;

	for (bool more = *text; more;) {
		more = slice_cut(rest, ',', &one, &rest);
		str_list_add(a, l, arena_strndup(a, one.p, one.n));
	}
}

static struct oci_mount *add_mount(struct arena *a, struct oci_mount_list *l)
{
	l->v = arena_grow(a, l->v, &l->n, sizeof(*l->v));
	return &l->v[l->n - 1];
}

/* Whether the user mounts something at destination. */
static bool user_has(const struct container *c, const char *destination)
{
	for (size_t i = 0; i < c->mounts.n; i++)
		if (str_eq(c->mounts.v[i].destination, destination))
			return true;
	return str_map_get(&c->host.tmpfs, destination) != NULL;
}

static bool default_is_wanted(const struct container *c, const struct default_mount *d)
{
	if (user_has(c, d->destination))
		return false;
	if (str_starts(d->destination, "/dev/") && user_has(c, "/dev"))
		return false;
	return !str_eq(d->destination, SHM) || str_eq(c->host.ipc_mode, "private");
}

/* Read-only by default, but not for those who may change it. */
static bool drops_ro(const struct spec_input *in, const struct default_mount *d)
{
	bool privileged = in->ctr->host.privileged;

	return (str_eq(d->type, "sysfs") && privileged) ||
	       (str_eq(d->type, "cgroup") && (privileged || in->security.writable_cgroups));
}

/* With --read-only these stay writable; everything else the user did not mount becomes read-only. */
static bool stays_writable(const struct default_mount *d)
{
	return !str_eq(d->type, "sysfs") && !str_eq(d->type, "cgroup");
}

static void add_defaults(struct arena *a, const struct spec_input *in, struct oci_mount_list *out)
{
	const struct container *c = in->ctr;

	for (const struct default_mount *d = default_mounts; d < default_mounts + N_DEFAULTS; d++) {
		struct str_list options = { 0 };

		if (!default_is_wanted(c, d))
			continue;
		struct oci_mount *m = add_mount(a, out);
		*m = (struct oci_mount){
			.destination = d->destination, .type = d->type, .source = d->source
		};
		add_options(a, &options, d->options);
		for (size_t i = 0; i < options.n; i++)
			if (!str_eq(options.v[i], "ro") || !drops_ro(in, d))
				str_list_add(a, &m->options, options.v[i]);
		if (str_eq(d->destination, SHM))
			str_list_add(a, &m->options,
				arena_printf(a, "size=%lld", (long long)c->host.shm_size));
		if (c->host.readonly_rootfs && !stays_writable(d) && !drops_ro(in, d) &&
			!str_list_has(&m->options, "ro"))
			str_list_add(a, &m->options, "ro");
	}
}

/* One of the user's mounts, or of the files the engine makes. */
struct user_mount {
	struct oci_mount mount;
	size_t depth;
	size_t at; /* keeps equal depths in order */
};

struct user_mounts {
	struct user_mount *v;
	size_t n;
};

static struct oci_mount *add_user(struct arena *a, struct user_mounts *l, const char *destination)
{
	l->v = arena_grow(a, l->v, &l->n, sizeof(*l->v));
	struct user_mount *u = &l->v[l->n - 1];

	u->at = l->n;
	for (const char *p = destination; *p; p++)
		u->depth += *p == '/';
	u->mount.destination = destination;
	return &u->mount;
}

static void add_bind(struct arena *a, struct user_mounts *l, const struct ctr_mount *m)
{
	struct oci_mount *out = add_user(a, l, m->destination);

	out->type = "bind";
	out->source = m->source;
	str_list_add(a, &out->options, m->non_recursive ? "bind" : "rbind");
	if (!m->rw)
		str_list_add(a, &out->options,
			m->ro_forced || (!m->ro_top_only && !m->non_recursive) ? "rro" : "ro");
	str_list_add(a, &out->options, str_empty(m->propagation) ? "rprivate" : m->propagation);
}

static int add_tmpfs(struct arena *a, struct user_mounts *l, const char *destination,
	const char *options, struct err *e)
{
	struct oci_mount *out = add_user(a, l, destination);

	out->type = out->source = "tmpfs";
	return mount_spec_tmpfs_options(a, options, &out->options, e);
}

/* resolv.conf, hostname and hosts of the container's directory, unless the user mounts there. */
static void add_files(struct arena *a, const struct container *c, struct user_mounts *l)
{
	static const char *const files[] = { "resolv.conf", "hostname", "hosts" };

	for (size_t i = 0; i < 3; i++) {
		struct ctr_mount m = {
			.source = arena_printf(a, "%s/%s", c->dir, files[i]),
			.destination = arena_printf(a, "/etc/%s", files[i]),
			.rw = !c->host.readonly_rootfs,
			.ro_top_only = true,
		};

		if (!user_has(c, m.destination))
			add_bind(a, l, &m);
	}
}

static void add_shm(struct arena *a, const struct spec_input *in, struct user_mounts *l)
{
	const struct container *c = in->ctr;
	const char *source = str_eq(c->host.ipc_mode, "host") ? SHM : in->shm_path;

	if (source && !user_has(c, SHM))
		add_bind(a, l,
			&(struct ctr_mount){ .source = source, .destination = SHM, .rw = true });
}

static int by_depth(const void *x, const void *y)
{
	const struct user_mount *a = x, *b = y;

	if (a->depth != b->depth)
		return a->depth < b->depth ? -1 : 1;
	return a->at < b->at ? -1 : 1;
}

int spec_mounts(
	struct arena *a, const struct spec_input *in, struct oci_mount_list *out, struct err *e)
{
	const struct container *c = in->ctr;
	struct user_mounts users = { 0 };

	add_defaults(a, in, out);
	for (size_t i = 0; i < c->mounts.n; i++) {
		struct ctr_mount m = c->mounts.v[i];

		m.source = subpath_source(a, c, i);
		if (!str_eq(m.type, "tmpfs"))
			add_bind(a, &users, &m);
		else if (add_tmpfs(a, &users, m.destination, m.options, e))
			return -1;
	}
	for (size_t i = 0; i < c->host.tmpfs.n; i++)
		if (add_tmpfs(a, &users, c->host.tmpfs.keys[i], c->host.tmpfs.v[i], e))
			return -1;
	add_files(a, c, &users);
	add_shm(a, in, &users);
	if (users.n)
		qsort(users.v, users.n, sizeof(*users.v), by_depth);
	for (size_t i = 0; i < users.n; i++)
		*add_mount(a, out) = users.v[i].mount;
	if (in->init) {
		struct oci_mount *m = add_mount(a, out);

		*m = (struct oci_mount){
			.destination = INIT_INSIDE, .type = "bind", .source = in->init
		};
		add_options(a, &m->options, "bind,ro");
	}
	return 0;
}

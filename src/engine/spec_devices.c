/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes and device rules of the spec (feature row K4). */
#include <string.h>

#include "base/slice.h"
#include "spec.h"
#include "sys/device.h"

static int64_t *number(struct arena *a, int64_t v)
{
	int64_t *p = ARENA_NEW(a, int64_t);

	*p = v;
	return p;
}

static struct oci_device_rule *add_rule(struct arena *a, struct oci_linux *l)
{
	struct oci_device_rule_list *rules = &l->resources->devices;

	rules->v = arena_grow(a, rules->v, &rules->n, sizeof(*rules->v));
	return &rules->v[rules->n - 1];
}

struct default_rule {
	int major, minor;
	bool allow;
};

static const struct default_rule default_rules[] = {
	{ 1, 5, true },	    /* zero */
	{ 1, 3, true },	    /* null */
	{ 1, 9, true },	    /* urandom */
	{ 1, 8, true },	    /* random */
	{ 5, 0, true },	    /* tty */
	{ 5, 1, true },	    /* console */
	{ 10, 229, false }, /* fuse */
};

static void add_default_rules(struct arena *a, struct oci_linux *l)
{
	*add_rule(a, l) = (struct oci_device_rule){ .allow = false, .access = "rwm" };
	for (size_t i = 0; i < sizeof(default_rules) / sizeof(*default_rules); i++)
		*add_rule(a, l) = (struct oci_device_rule){
			.allow = default_rules[i].allow,
			.type = "c",
			.major = number(a, default_rules[i].major),
			.minor = number(a, default_rules[i].minor),
			.access = "rwm",
		};
}

static void add_device(struct arena *a, struct oci_linux *l, const struct oci_device *d)
{
	l->devices.v = arena_grow(a, l->devices.v, &l->devices.n, sizeof(*l->devices.v));
	l->devices.v[l->devices.n - 1] = *d;
}

static void add_mapped(
	struct arena *a, struct oci_linux *l, const struct oci_device *d, const char *access)
{
	add_device(a, l, d);
	*add_rule(a, l) = (struct oci_device_rule){
		.allow = true,
		.type = d->type,
		.major = number(a, d->major),
		.minor = number(a, d->minor),
		.access = str_empty(access) ? "rwm" : access,
	};
}

/* --device: a node, or a directory of nodes. */
static int add_mapping(
	struct arena *a, struct oci_linux *l, const struct device_mapping *m, struct err *e)
{
	const char *inside =
		str_empty(m->path_in_container) ? m->path_on_host : m->path_in_container;
	struct oci_device one;
	struct oci_device_list many = { 0 };

	if (device_lookup(a, m->path_on_host, &one, e) == 0) {
		one.path = inside;
		add_mapped(a, l, &one, m->cgroup_permissions);
		return 0;
	}
	if (device_lookup_dir(a, m->path_on_host, &many, e) || !many.n)
		return err_set(e, ERR_INTERNAL,
			"error gathering device information while adding custom device \"%s\": no such "
			"file or directory",
			m->path_on_host);
	for (size_t i = 0; i < many.n; i++) {
		many.v[i].path =
			arena_printf(a, "%s%s", inside, many.v[i].path + strlen(m->path_on_host));
		add_mapped(a, l, &many.v[i], m->cgroup_permissions);
	}
	return 0;
}

/* "*" is any number */
static int64_t *rule_number(struct arena *a, struct slice s)
{
	int64_t v;

	return parse_i64(s, &v) ? number(a, v) : NULL;
}

/* "c 1:3 rwm", checked at create */
static void add_custom_rule(struct arena *a, struct oci_linux *l, const char *text)
{
	struct slice type, numbers, access, major, minor;

	slice_cut(slice_str(text), ' ', &type, &numbers);
	slice_cut(numbers, ' ', &numbers, &access);
	slice_cut(numbers, ':', &major, &minor);
	*add_rule(a, l) = (struct oci_device_rule){
		.allow = true,
		.type = arena_strndup(a, type.p, type.n),
		.major = rule_number(a, major),
		.minor = rule_number(a, minor),
		.access = arena_strndup(a, access.p, access.n),
	};
}

int spec_devices(struct arena *a, const struct spec_input *in, struct oci_linux *out, struct err *e)
{
	const struct host_config *h = &in->ctr->host;

	if (h->privileged) {
		*add_rule(a, out) = (struct oci_device_rule){ .allow = true, .access = "rwm" };
		for (size_t i = 0; in->host_devices && i < in->host_devices->n; i++)
			add_device(a, out, &in->host_devices->v[i]);
		for (size_t i = 0; i < h->devices.n; i++)
			if (!str_empty(h->devices.v[i].path_in_container) &&
				!str_eq(h->devices.v[i].path_in_container,
					h->devices.v[i].path_on_host) &&
				add_mapping(a, out, &h->devices.v[i], e))
				return -1;
		return 0;
	}
	add_default_rules(a, out);
	for (size_t i = 0; i < h->devices.n; i++)
		if (add_mapping(a, out, &h->devices.v[i], e))
			return -1;
	for (size_t i = 0; i < h->device_cgroup_rules.n; i++)
		add_custom_rule(a, out, h->device_cgroup_rules.v[i]);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* --mount: a table of keys; groups of options must fit the mount's type. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/unit.h"
#include "spec.h"

struct parse {
	struct arena *arena;
	struct mount *m;
	const char *key;   /* lower-case */
	const char *field; /* as given */
	const char **warning;
};

static const char *lower(struct arena *a, const char *s)
{
	char *out = arena_strdup(a, s);

	for (char *c = out; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return out;
}

static int bad_value(const struct parse *p, const char *v, struct err *e)
{
	return err_set(e, ERR_INVALID, "invalid value for %s: %s", p->key, v);
}

/* --- option groups, made when first needed --- */

static struct mount_bind_options *bind_of(struct parse *p)
{
	if (p->m->bind == NULL)
		p->m->bind = ARENA_NEW(p->arena, struct mount_bind_options);
	return p->m->bind;
}

static struct mount_volume_options *volume_of(struct parse *p)
{
	struct mount_volume_options *v = p->m->volume;

	if (v == NULL) {
		v = ARENA_NEW(p->arena, struct mount_volume_options);
		v->labels.keys = arena_array(p->arena, 1, sizeof(*v->labels.keys));
		v->driver_config = ARENA_NEW(p->arena, struct mount_driver);
		p->m->volume = v;
	}
	return v;
}

static struct mount_tmpfs_options *tmpfs_of(struct parse *p)
{
	if (p->m->tmpfs == NULL)
		p->m->tmpfs = ARENA_NEW(p->arena, struct mount_tmpfs_options);
	return p->m->tmpfs;
}

/* --- keys --- */

static int set_type(struct parse *p, const char *v, struct err *e)
{
	p->m->type = lower(p->arena, v);
	return 0;
}

static int set_source(struct parse *p, const char *v, struct err *e)
{
	struct spec_volume as_path = { .is_path = true };
	const char *with_colon;

	p->m->source = v;
	if (*v != '.')
		return 0;
	with_colon = spec_volume_bind(p->arena, arena_printf(p->arena, "%s:", v), &as_path);
	p->m->source = arena_strndup(p->arena, with_colon, strlen(with_colon) - 1);
	return 0;
}

static int set_target(struct parse *p, const char *v, struct err *e)
{
	p->m->target = v;
	return 0;
}

static int set_readonly(struct parse *p, const char *v, struct err *e)
{
	return spec_bool(v, &p->m->read_only) ? 0 : bad_value(p, v, e);
}

static int set_consistency(struct parse *p, const char *v, struct err *e)
{
	p->m->consistency = lower(p->arena, v);
	return 0;
}

static int set_propagation(struct parse *p, const char *v, struct err *e)
{
	bind_of(p)->propagation = lower(p->arena, v);
	return 0;
}

static int set_nonrecursive(struct parse *p, const char *v, struct err *e)
{
	if (!spec_bool(v, &bind_of(p)->non_recursive))
		return bad_value(p, v, e);
	*p->warning = "bind-nonrecursive is deprecated, use bind-recursive=disabled instead";
	return 0;
}

static int set_recursive(struct parse *p, const char *v, struct err *e)
{
	if (str_eq(v, "enabled"))
		return 0;
	if (str_eq(v, "disabled"))
		bind_of(p)->non_recursive = true;
	else if (str_eq(v, "writable"))
		bind_of(p)->read_only_non_recursive = true;
	else if (str_eq(v, "readonly"))
		bind_of(p)->read_only_force_recursive = true;
	else
		return err_set(e, ERR_INVALID,
			"invalid value for %s: %s (must be \"enabled\", \"disabled\", "
			"\"writable\", or \"readonly\")",
			p->key, v);
	return 0;
}

static int set_volume_subpath(struct parse *p, const char *v, struct err *e)
{
	volume_of(p)->subpath = v;
	return 0;
}

static int set_nocopy(struct parse *p, const char *v, struct err *e)
{
	return spec_bool(v, &volume_of(p)->no_copy) ? 0 : bad_value(p, v, e);
}

static void set_pair(struct arena *a, struct str_map *map, const char *pair)
{
	struct slice k, v;

	slice_cut(slice_str(pair), '=', &k, &v);
	if (k.n > 0)
		str_map_set(a, map, arena_strndup(a, k.p, k.n), arena_strndup(a, v.p, v.n));
}

static int set_volume_label(struct parse *p, const char *v, struct err *e)
{
	set_pair(p->arena, &volume_of(p)->labels, v);
	return 0;
}

static int set_volume_driver(struct parse *p, const char *v, struct err *e)
{
	volume_of(p)->driver_config->name = v;
	return 0;
}

static int set_volume_opt(struct parse *p, const char *v, struct err *e)
{
	set_pair(p->arena, &volume_of(p)->driver_config->options, v);
	return 0;
}

static int set_image_subpath(struct parse *p, const char *v, struct err *e)
{
	if (p->m->image == NULL)
		p->m->image = ARENA_NEW(p->arena, struct mount_image_options);
	p->m->image->subpath = v;
	return 0;
}

static int set_tmpfs_size(struct parse *p, const char *v, struct err *e)
{
	struct err why;

	if (unit_parse_bytes(v, &tmpfs_of(p)->size_bytes, &why) || *v == '-')
		return bad_value(p, v, e);
	return 0;
}

static int set_tmpfs_mode(struct parse *p, const char *v, struct err *e)
{
	return parse_oct(slice_str(v), &tmpfs_of(p)->mode) ? 0 : bad_value(p, v, e);
}

static const struct {
	const char *name;
	int (*set)(struct parse *p, const char *v, struct err *e);
	bool is_flag; /* may stand without a value: true */
} keys[] = {
	{ "type", set_type, false },
	{ "source", set_source, false },
	{ "src", set_source, false },
	{ "target", set_target, false },
	{ "dst", set_target, false },
	{ "destination", set_target, false },
	{ "readonly", set_readonly, true },
	{ "ro", set_readonly, true },
	{ "consistency", set_consistency, false },
	{ "bind-propagation", set_propagation, false },
	{ "bind-nonrecursive", set_nonrecursive, true },
	{ "bind-recursive", set_recursive, false },
	{ "volume-subpath", set_volume_subpath, false },
	{ "volume-nocopy", set_nocopy, true },
	{ "volume-label", set_volume_label, false },
	{ "volume-driver", set_volume_driver, false },
	{ "volume-opt", set_volume_opt, false },
	{ "image-subpath", set_image_subpath, false },
	{ "tmpfs-size", set_tmpfs_size, false },
	{ "tmpfs-mode", set_tmpfs_mode, false },
};

static int set_field(struct parse *p, const char *field, struct err *e)
{
	struct slice k, v;
	bool has_value = slice_cut(slice_str(field), '=', &k, &v);
	const char *value = has_value ? arena_strndup(p->arena, v.p, v.n) : "true";

	p->field = field;
	p->key = lower(p->arena, arena_strndup(p->arena, k.p, k.n));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!str_eq(keys[i].name, p->key) || (!has_value && !keys[i].is_flag))
			continue;
		if (keys[i].set(p, value, e))
			return -1;
		if (!has_value)
			*p->warning = NULL;
		return 0;
	}
	if (!has_value)
		return err_set(
			e, ERR_INVALID, "invalid field '%s' must be a key=value pair", field);
	return err_set(e, ERR_INVALID, "unexpected key '%s' in '%s'", p->key, field);
}

static int check_groups(const struct mount *m, struct err *e)
{
	const struct {
		const void *group;
		const char *name, *type;
	} groups[] = { { m->volume, "volume", "volume" }, { m->image, "image", "image" },
		{ m->bind, "bind", "bind" }, { m->tmpfs, "tmpfs", "tmpfs" } };

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (groups[i].group && !str_eq(m->type, groups[i].type))
			return err_set(e, ERR_INVALID,
				"cannot mix '%s-*' options with mount type '%s'", groups[i].name,
				m->type);
	}
	return 0;
}

static int check_bind(const struct mount *m, struct err *e)
{
	static const char need[] = "option 'bind-recursive=%s' requires '%s' to be specified in "
				   "conjunction";

	if (m->bind == NULL)
		return 0;
	if (m->bind->read_only_non_recursive && !m->read_only)
		return err_set(e, ERR_INVALID, need, "writable", "readonly");
	if (m->bind->read_only_force_recursive && !m->read_only)
		return err_set(e, ERR_INVALID, need, "readonly", "readonly");
	if (m->bind->read_only_force_recursive && !str_eq(m->bind->propagation, "rprivate"))
		return err_set(e, ERR_INVALID, need, "readonly", "bind-propagation=rprivate");
	return 0;
}

int spec_mount(
	struct arena *a, const char *text, struct mount *out, const char **warning, struct err *e)
{
	struct parse p = { .arena = a, .m = out, .warning = warning };
	struct str_list fields = { 0 };

	*out = (struct mount){ .type = "volume" };
	*warning = NULL;
	if (spec_csv(a, text, &fields, e))
		return -1;
	for (size_t i = 0; i < fields.n; i++) {
		if (set_field(&p, fields.v[i], e))
			return -1;
	}
	if (str_empty(out->type))
		return err_set(e, ERR_INVALID, "type is required");
	if (str_empty(out->target))
		return err_set(e, ERR_INVALID, "target is required");
	return check_groups(out, e) || check_bind(out, e) ? -1 : 0;
}

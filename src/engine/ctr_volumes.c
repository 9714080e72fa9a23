/* SPDX-License-Identifier: Apache-2.0 */
#include "ctr_volumes.h"

#include <fcntl.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/slice.h"
#include "engine_int.h"
#include "image/root.h"
#include "mount_spec.h"
#include "subpath.h"
#include "volume/volume.h"
#include "volumes.h"

static bool is_volume(const struct ctr_mount *m)
{
	return str_eq(m->type, "volume");
}

/* ---- making ---- */

static void spec_of(const struct container *c, const struct ctr_mount *m, struct volume_spec *out)
{
	const struct mount_volume_options *o = m->spec.volume;

	*out = (struct volume_spec){
		.name = m->name, .driver = m->driver, .is_passing = c->host.auto_remove
	};
	if (o) {
		out->labels = o->labels;
		if (o->driver_config)
			out->options = o->driver_config->options;
	}
}

static int make_one(struct engine *eng, struct container *c, struct ctr_mount *m, struct err *e)
{
	struct volume_spec spec;
	struct volume v;

	spec_of(c, m, &spec);
	if (volume_create(eng->volumes, c->arena, &spec, c->id, &v, e))
		return -1;
	m->name = v.name;
	m->source = v.mountpoint;
	m->driver = VOLUME_DRIVER;
	/* As dockerd says it of every volume that was asked for. */
	if (!m->is_anonymous && !m->is_taken_over && str_empty(m->mode))
		m->mode = "z";
	m->is_new = v.is_new;
	if (v.is_new)
		volumes_event(eng, v.name, "create", NULL);
	return 0;
}

static bool wants_filling(const struct ctr_mount *m)
{
	return is_volume(m) && !m->no_copy;
}

/* A volume with options is mounted for as long as it is filled. */
static int fill_one(
	struct engine *eng, struct container *c, const struct ctr_mount *m, int root, struct err *e)
{
	int rc;

	if (volume_mount(eng->volumes, m->name, c->id, e))
		return -1;
	rc = volume_fill(m->source, root, m->destination, e);
	volume_unmount(eng->volumes, m->name, c->id);
	return rc;
}

static int fill_from(struct engine *eng, struct container *c, const char *path, struct err *e)
{
	int rc = 0;
	own_fd root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return err_sys(e, "open %s", path);
	for (size_t i = 0; i < c->mounts.n && rc == 0; i++)
		if (wants_filling(&c->mounts.v[i]))
			rc = fill_one(eng, c, &c->mounts.v[i], root, e);
	return rc;
}

static int fill(struct engine *eng, struct container *c, struct err *e)
{
	own_arena a = arena_new();
	struct err ignored;
	const char *path;
	bool is_needed = false;
	int rc;

	for (size_t i = 0; i < c->mounts.n && !is_needed; i++)
		is_needed = wants_filling(&c->mounts.v[i]) &&
			    volume_wants_filling(c->mounts.v[i].source);
	if (!is_needed)
		return 0;
	if (image_root_mount(eng->images, a, c->id, &path, e))
		return -1;
	rc = fill_from(eng, c, path, e);
	if (image_root_unmount(eng->images, c->id, &ignored))
		log_warn("ctr %s: %s, ignoring", c->id, ignored.msg);
	return rc;
}

int ctr_volumes_make(struct engine *eng, struct container *c, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < c->mounts.n && rc == 0; i++)
		if (is_volume(&c->mounts.v[i]))
			rc = make_one(eng, c, &c->mounts.v[i], e);
	if (rc == 0)
		rc = fill(eng, c, e);
	if (rc == 0)
		return 0;
	ctr_volumes_undo(eng, c);
	return -1;
}

/* ---- letting go ---- */

void ctr_volumes_drop(struct engine *eng, struct container *c, bool with_anonymous)
{
	for (size_t i = 0; i < c->mounts.n; i++) {
		const struct ctr_mount *m = &c->mounts.v[i];
		struct err e;

		if (!is_volume(m) || str_empty(m->name))
			continue;
		volume_release(eng->volumes, m->name, c->id);
		if (!with_anonymous || !m->is_anonymous || volumes_remove(eng, m->name, &e) == 0 ||
			e.kind == ERR_NOT_FOUND || e.kind == ERR_CONFLICT)
			continue;
		log_warn("ctr %s: %s, ignoring", c->id, e.msg);
	}
}

void ctr_volumes_undo(struct engine *eng, struct container *c)
{
	ctr_volumes_drop(eng, c, true);
	for (size_t i = 0; i < c->mounts.n; i++) {
		const struct ctr_mount *m = &c->mounts.v[i];
		struct err e;

		/* Another container may have it already: then it stays. */
		if (is_volume(m) && m->is_new && !m->is_anonymous &&
			volumes_remove(eng, m->name, &e))
			log_debug("ctr %s: %s", c->id, e.msg);
	}
}

void ctr_volumes_hold(struct engine *eng, struct container *c, bool is_running)
{
	for (size_t i = 0; i < c->mounts.n; i++) {
		const struct ctr_mount *m = &c->mounts.v[i];
		struct err e;

		if (!is_volume(m))
			continue;
		volume_hold(eng->volumes, m->name, c->id);
		if (is_running && volume_mount(eng->volumes, m->name, c->id, &e))
			log_warn("ctr %s: volume %s: %s, ignoring", c->id, m->name, e.msg);
	}
}

/* ---- running ---- */

static void publish(
	struct engine *eng, const struct container *c, const struct ctr_mount *m, bool mounts)
{
	own_arena a = arena_new();
	struct str_map attributes = { 0 };

	str_map_set(a, &attributes, "container", c->id);
	if (mounts) {
		str_map_set(a, &attributes, "destination", m->destination);
		str_map_set(a, &attributes, "propagation", m->propagation ? m->propagation : "");
		str_map_set(a, &attributes, "read/write", m->rw ? "true" : "false");
	}
	volumes_event(eng, m->name, mounts ? "mount" : "unmount", &attributes);
}

static void unmount_first(struct engine *eng, struct container *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_volume(&c->mounts.v[i]))
			continue;
		subpath_unmount(c, i);
		volume_unmount(eng->volumes, c->mounts.v[i].name, c->id);
		publish(eng, c, &c->mounts.v[i], false);
	}
}

int ctr_volumes_mount(struct engine *eng, struct container *c, struct err *e)
{
	for (size_t i = 0; i < c->mounts.n; i++) {
		const struct ctr_mount *m = &c->mounts.v[i];

		if (!is_volume(m))
			continue;
		if (volume_mount(eng->volumes, m->name, c->id, e) || subpath_mount(c, i, e)) {
			volume_unmount(eng->volumes, m->name, c->id);
			unmount_first(eng, c, i);
			return err_in(e, "error while mounting volume '%s'", m->source);
		}
		publish(eng, c, m, true);
	}
	return 0;
}

void ctr_volumes_unmount(struct engine *eng, struct container *c)
{
	unmount_first(eng, c, c->mounts.n);
}

/* ---- --volumes-from ---- */

/* "NAME[:MODE]"; *rw is false with ro. */
static int parse_from(struct arena *a, const char *text, const char **name, bool *rw, struct err *e)
{
	struct slice head, mode;
	const char *m;

	if (str_empty(text))
		return err_set(e, ERR_INVALID, "malformed volumes from specification: \"\"");
	*rw = true;
	slice_cut(slice_str(text), ':', &head, &mode);
	*name = arena_strndup(a, head.p, head.n);
	m = arena_strndup(a, mode.n ? mode.p : "", mode.n);
	return mode.n ? mount_spec_sharing_mode(m, rw, e) : 0;
}

static void take_over(
	struct arena *a, const struct ctr_mount *from, bool rw, struct ctr_mounts *out)
{
	struct ctr_mount *to;

	if (str_eq(from->type, "tmpfs"))
		return;
	for (size_t i = 0; i < out->n; i++)
		if (str_eq(out->v[i].destination, from->destination))
			return;
	out->v = arena_grow(a, out->v, &out->n, sizeof(*out->v));
	to = &out->v[out->n - 1];
	*to = (struct ctr_mount){
		.type = arena_strdup(a, from->type),
		.source = arena_strdup(a, from->source),
		.destination = arena_strdup(a, from->destination),
		.name = arena_strdup(a, from->name),
		.driver = arena_strdup(a, from->driver),
		.mode = "",
		.propagation = arena_strdup(a, from->propagation),
		.rw = rw && from->rw,
		.is_anonymous = from->is_anonymous,
		.no_copy = true,
		.is_taken_over = true,
	};
}

int ctr_volumes_from(struct engine *eng, struct arena *a, const struct str_list *from,
	struct ctr_mounts *out, struct err *e)
{
	for (size_t i = 0; i < from->n; i++) {
		const char *name = "";
		bool rw = true;

		if (parse_from(a, from->v[i], &name, &rw, e))
			return -1;
		own_ctr other = registry_find(eng->registry, name, e);
		if (!other)
			return -1;
		for (size_t k = 0; k < other->mounts.n; k++)
			take_over(a, &other->mounts.v[k], rw, out);
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering a container's mounts. What each text means is mount_spec.h. */
#include "mount_table.h"

#include "base/slice.h"
#include "mount_spec.h"
#include "path_clean.h"

static struct ctr_mount *find(const struct ctr_mounts *m, const char *destination)
{
	for (size_t i = 0; i < m->n; i++)
		if (str_eq(m->v[i].destination, destination))
			return &m->v[i];
	return NULL;
}

static bool has_destination(
	const struct ctr_mounts *m, const struct host_config *h, const char *destination)
{
	if (find(m, destination))
		return true;
	for (size_t i = 0; i < h->tmpfs.n; i++)
		if (str_eq(h->tmpfs.keys[i], destination))
			return true;
	return false;
}

static int add(struct arena *a, const struct host_config *h, struct ctr_mounts *m,
	const struct ctr_mount *one, struct err *e)
{
	struct ctr_mount *before = find(m, one->destination);

	if (before && before->is_taken_over) {
		*before = *one;
		return 0;
	}
	if (has_destination(m, h, one->destination))
		return err_set(e, ERR_INVALID, "Duplicate mount point: %s", one->destination);
	m->v = arena_grow(a, m->v, &m->n, sizeof(*m->v));
	m->v[m->n - 1] = *one;
	return 0;
}

/* --volume-driver is for the volumes of -v. */
static const struct ctr_mount *drive(
	struct arena *a, const struct host_config *h, struct ctr_mount *one)
{
	if (str_eq(one->type, "volume") && !str_empty(h->volume_driver))
		one->driver = arena_strdup(a, h->volume_driver);
	return one;
}

/* VOLUME of the image and -v /path: anonymous, and not where something is mounted already. */
static int add_declared(struct arena *a, const struct container_config *c,
	const struct host_config *h, struct ctr_mounts *m, struct err *e)
{
	for (size_t i = 0; i < c->volumes.n; i++) {
		struct ctr_mount one;

		if (*c->volumes.v[i] != '/')
			return err_set(e, ERR_INVALID,
				"invalid volume specification: '%s': invalid mount path: '%s' mount path "
				"must be absolute",
				c->volumes.v[i], c->volumes.v[i]);
		if (has_destination(m, h, path_clean(a, c->volumes.v[i])))
			continue;
		if (mount_spec_parse(a, path_clean(a, c->volumes.v[i]), &one, e) ||
			add(a, h, m, &one, e))
			return -1;
	}
	return 0;
}

int mount_table_gather(struct arena *a, const struct container_config *c,
	const struct host_config *h, struct ctr_mounts *out, struct err *e)
{
	struct ctr_mount one;
	struct str_list ignored;

	for (size_t i = 0; i < h->tmpfs.n; i++)
		if (*h->tmpfs.keys[i] != '/')
			return err_set(e, ERR_INVALID,
				"invalid mount path: '%s' mount path must be absolute",
				h->tmpfs.keys[i]);
		else if (mount_spec_tmpfs_options(a, h->tmpfs.v[i], &ignored, e))
			return -1;
	for (size_t i = 0; i < h->binds.n; i++)
		if (mount_spec_parse(a, h->binds.v[i], &one, e) ||
			add(a, h, out, drive(a, h, &one), e))
			return -1;
	for (size_t i = 0; i < h->mounts.n; i++)
		if (mount_spec_from(a, &h->mounts.v[i], &one, e) ||
			mount_spec_check_source(&one, e) || add(a, h, out, &one, e))
			return -1;
	return add_declared(a, c, h, out, e);
}

void mount_table_points(struct arena *a, const struct ctr_mounts *m, struct mount_point_list *out)
{
	out->v = arena_array(a, m->n ? m->n : 1, sizeof(*out->v));
	for (out->n = 0; out->n < m->n; out->n++) {
		const struct ctr_mount *from = &m->v[out->n];

		out->v[out->n] = (struct mount_point){
			.type = arena_strdup(a, from->type),
			.name = arena_strdup(a, from->name),
			.source = arena_strdup(a, from->source),
			.destination = arena_strdup(a, from->destination),
			.driver = arena_strdup(a, from->driver),
			.mode = arena_strdup(a, from->mode),
			.rw = from->rw,
			.propagation = arena_strdup(a, from->propagation),
		};
	}
}

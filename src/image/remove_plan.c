/* SPDX-License-Identifier: Apache-2.0 */
/* What dockerd's image_delete.go decides (feature row B20), worked out on a copy of the names. */
#include <string.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "oci/reference.h"
#include "remove_int.h"

#define SHORT 12

enum conflict {
	CONFLICT_CHILD = 1,
	CONFLICT_RUNNING = 2,
	CONFLICT_REFERENCE = 4,
	CONFLICT_STOPPED = 8,
	CONFLICT_HARD = CONFLICT_CHILD | CONFLICT_RUNNING,
	CONFLICT_SOFT = CONFLICT_REFERENCE | CONFLICT_STOPPED,
};

static const char *short_id(struct arena *a, const char *id)
{
	const char *hex = str_starts(id, "sha256:") ? oci_digest_hex(id) : id;

	return arena_strndup(a, hex, strnlen(hex, SHORT));
}

/* --- Conflicts ----------------------------------------------------------------------------------- */

/* Counted once, then kept while images are doomed: a prune asks it of all. */
static void count_children(struct removal *r)
{
	r->children = map_new();
	for (struct map_iter it = map_iter(r->store->images); map_next(&it);) {
		const char *parent = ((struct image *)it.value)->parent;
		if (*parent)
			map_set(r->children, parent,
				(void *)((uintptr_t)map_get(r->children, parent) + 1));
	}
}

bool removal_has_children(struct removal *r, const char *id)
{
	if (!r->children)
		count_children(r);
	return map_get(r->children, id);
}

static void doom(struct removal *r, const struct image *img)
{
	if (!r->children)
		count_children(r);
	uintptr_t n = (uintptr_t)map_get(r->children, img->parent);
	if (n)
		map_set(r->children, img->parent, (void *)(n - 1));
	if (!r->doomed_ids)
		r->doomed_ids = map_new();
	map_set(r->doomed_ids, img->id, r);
	str_list_add(r->arena, &r->doomed, img->id);
}

static const struct image_user *find_user(struct removal *r, const char *id, bool is_running)
{
	const struct image_users *users = &r->opts->users;

	for (size_t i = 0; i < users->n; i++)
		if (strcmp(users->v[i].image_id, id) == 0 && users->v[i].is_running == is_running)
			return &users->v[i];
	return NULL;
}

static const struct image_user *find_any_user(struct removal *r, const char *id)
{
	const struct image_user *u = find_user(r, id, true);

	return u ? u : find_user(r, id, false);
}

static int refuse(struct removal *r, const char *id, bool is_hard, const char *why, struct err *e)
{
	return err_set(e, ERR_CONFLICT, "conflict: unable to delete %s (%s) - %s",
		short_id(r->arena, id), is_hard ? "cannot be forced" : "must be forced", why);
}

/* 0, or -1 with e for the first conflict of the mask. *is_used: a container is why. */
static int check_conflicts(
	struct removal *r, const char *id, unsigned mask, bool *is_used, struct err *e)
{
	struct str_list tags = { 0 };
	const struct image_user *u;

	*is_used = false;
	if ((mask & CONFLICT_CHILD) && removal_has_children(r, id))
		return refuse(r, id, true, "image has dependent child images", e);
	if ((mask & CONFLICT_RUNNING) && (u = find_user(r, id, true))) {
		*is_used = true;
		return refuse(r, id, true,
			arena_printf(r->arena, "image is being used by running container %s",
				short_id(r->arena, u->container_id)),
			e);
	}
	refs_of(r->refs, r->arena, id, &tags, &tags);
	if ((mask & CONFLICT_REFERENCE) && tags.n)
		return refuse(r, id, false, "image is referenced in multiple repositories", e);
	if ((mask & CONFLICT_STOPPED) && (u = find_user(r, id, false))) {
		*is_used = true;
		return refuse(r, id, false,
			arena_printf(r->arena, "image is being used by stopped container %s",
				short_id(r->arena, u->container_id)),
			e);
	}
	return 0;
}

/* --- Names --------------------------------------------------------------------------------------- */

void removal_add_row(struct removal *r, const struct image_removed *row)
{
	struct image_removed_list *out = r->out;

	out->v = arena_grow(r->arena, out->v, &out->n, sizeof(*out->v));
	out->v[out->n - 1] = (struct image_removed){
		.untagged = arena_strdup(r->arena, row->untagged),
		.deleted = arena_strdup(r->arena, row->deleted),
		.is_image = row->is_image,
		.image_id = arena_strdup(r->arena, row->image_id),
		.size_bytes = row->size_bytes,
		.labels = row->labels,
	};
}

static void untag(struct removal *r, const char *name, const char *id)
{
	const struct image *img = store_find_image(r->store, id);
	struct image_removed row = { .untagged = name, .image_id = id };

	for (size_t i = 0; img && i < img->labels.n; i++)
		str_map_set(r->arena, &row.labels, img->labels.keys[i], img->labels.v[i]);
	removal_add_row(r, &row);
	refs_remove(r->refs, name);
	r->has_untagged = true;
}

static void untag_all(struct removal *r, const char *id)
{
	struct str_list names = { 0 };

	refs_of(r->refs, r->arena, id, &names, &names);
	for (size_t i = 0; i < names.n; i++)
		untag(r, names.v[i], id);
}

/* Names of id, as indices into refs would be unstable: copied entries. */
static struct refs_entry *names_of(struct removal *r, const char *id, size_t *n)
{
	struct refs_entry *v = NULL;

	*n = 0;
	for (size_t i = 0; i < refs_count(r->refs); i++) {
		const struct refs_entry *entry = refs_at(r->refs, i);
		if (strcmp(entry->id, id) != 0)
			continue;
		v = arena_grow(r->arena, v, n, sizeof(*v));
		v[*n - 1] = (struct refs_entry){ arena_strdup(r->arena, entry->repo),
			arena_strdup(r->arena, entry->name), id };
	}
	return v;
}

/* All names are of one repository, and at most one of them is a tag. */
static bool is_single_reference(struct removal *r, const char *id)
{
	size_t n, tags = 0;
	struct refs_entry *v = names_of(r, id, &n);

	for (size_t i = 0; i < n; i++) {
		tags += !refs_is_digest(v[i].name);
		if (strcmp(v[i].repo, v[0].repo) != 0)
			return false;
	}
	return n && tags <= 1;
}

/* With the last tag of a repository its digests go too. True: other names remain. */
static bool untag_digests(struct removal *r, const char *id, const char *repo)
{
	size_t n, left;
	struct refs_entry *v = names_of(r, id, &n);

	for (size_t i = 0; i < n; i++)
		if (!refs_is_digest(v[i].name) && strcmp(v[i].repo, repo) == 0)
			return true;
	left = n;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(v[i].repo, repo) != 0)
			continue;
		untag(r, v[i].name, id);
		left--;
	}
	return left > 0;
}

/* --- Images -------------------------------------------------------------------------------------- */

/* is_quiet: a conflict is no error, unless it concerns a dangling image no container uses. */
static int doom_image(
	struct removal *r, const char *id, bool is_forced, bool is_quiet, struct err *e)
{
	for (;;) {
		unsigned mask = CONFLICT_HARD | (is_forced ? 0 : CONFLICT_SOFT);
		struct str_list names = { 0 };
		bool is_used;

		struct image *img = store_find_image(r->store, id);
		if (!img || (r->doomed_ids && map_get(r->doomed_ids, id)))
			return 0;
		if (check_conflicts(r, id, mask, &is_used, e)) {
			refs_of(r->refs, r->arena, id, &names, &names);
			bool is_dangling = names.n == 0 && !removal_has_children(r, id);
			return is_quiet && (!is_dangling || is_used) ? 0 : -1;
		}
		untag_all(r, id);
		doom(r, img);
		if (r->opts->no_prune || !*img->parent)
			return 0;
		id = arena_strdup(r->arena, img->parent);
		is_forced = false;
		is_quiet = true;
	}
}

static bool is_id_prefix(const char *id, const char *name)
{
	return str_starts(id, name) || str_starts(oci_digest_hex(id), name);
}

/* `rmi name` where name is a reference. *is_done: names of the image remain. */
static int plan_by_name(
	struct removal *r, const char *name, const char *id, bool *is_done, struct err *e)
{
	struct oci_ref ref = { 0 };
	const struct image_user *u;

	if (!r->opts->force && is_single_reference(r, id) && (u = find_any_user(r, id)))
		return err_set(e, ERR_CONFLICT,
			"conflict: unable to remove repository reference \"%s\" (must force) - "
			"container %s is using its referenced image %s",
			name, short_id(r->arena, u->container_id), short_id(r->arena, id));
	if (oci_ref_parse(r->arena, name, &ref, e))
		return -1;
	oci_ref_default_tag(&ref);
	const char *key = refs_key(r->arena, &ref);
	untag(r, key, id);
	if (refs_is_digest(key)) {
		size_t n;
		names_of(r, id, &n);
		*is_done = n > 0;
	} else {
		*is_done = untag_digests(r, id, oci_ref_familiar_name(r->arena, &ref));
	}
	return 0;
}

int removal_plan(struct removal *r, const char *name, const char *id, struct err *e)
{
	bool is_done = false, is_used;
	bool by_name = !is_id_prefix(id, name);

	if (by_name) {
		if (plan_by_name(r, name, id, &is_done, e))
			return -1;
		if (is_done)
			return 0;
	} else if (is_single_reference(r, id)) {
		unsigned soft = CONFLICT_SOFT & ~(unsigned)CONFLICT_REFERENCE;
		if (check_conflicts(
			    r, id, CONFLICT_HARD | (r->opts->force ? 0 : soft), &is_used, e))
			return -1;
		untag_all(r, id);
	}
	return doom_image(r, id, r->opts->force, by_name, e);
}

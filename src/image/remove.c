/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `docker rmi`: what dockerd's image_delete.go decides (feature row B20), worked out on a copy of the names first.
 * Then it is done: names, configurations, layers, so that an interruption leaves a dangling image or layers
 * nobody sees, never a name without an image.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/slice.h"
#include "layerdb.h"
#include "layers.h"
#include "oci/reference.h"
#include "store_int.h"

#define SHORT 12

enum conflict {
	CONFLICT_CHILD = 1,
	CONFLICT_RUNNING = 2,
	CONFLICT_REFERENCE = 4,
	CONFLICT_STOPPED = 8,
	CONFLICT_HARD = CONFLICT_CHILD | CONFLICT_RUNNING,
	CONFLICT_SOFT = CONFLICT_REFERENCE | CONFLICT_STOPPED,
};

struct removal {
	struct image_store *store;
	struct arena *arena;
	const struct image_remove_opts *opts;
	struct refs *refs; /* as they will be */
	bool has_untagged;
	struct str_list doomed; /* image ids, in order */
	struct image_removed_list *out;
};

static const char *short_id(struct arena *a, const char *id)
{
	const char *hex = str_starts(id, "sha256:") ? oci_digest_hex(id) : id;

	return arena_strndup(a, hex, strnlen(hex, SHORT));
}

/* --- Conflicts ----------------------------------------------------------------------------------- */

static bool has_children(struct removal *r, const char *id)
{
	for (struct map_iter it = map_iter(r->store->images); map_next(&it);) {
		struct image *img = it.value;
		if (strcmp(img->parent, id) == 0 && !str_list_has(&r->doomed, img->id))
			return true;
	}
	return false;
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
	if ((mask & CONFLICT_CHILD) && has_children(r, id))
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

static void add_record(
	struct removal *r, const char *untagged, const char *deleted, bool is_image, const char *id)
{
	struct image_removed_list *out = r->out;

	out->v = arena_grow(r->arena, out->v, &out->n, sizeof(*out->v));
	out->v[out->n - 1] = (struct image_removed){
		.untagged = arena_strdup(r->arena, untagged),
		.deleted = arena_strdup(r->arena, deleted),
		.is_image = is_image,
		.image_id = arena_strdup(r->arena, id),
	};
}

static void untag(struct removal *r, const char *name, const char *id)
{
	add_record(r, name, NULL, false, id);
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
		if (!img)
			return 0;
		if (check_conflicts(r, id, mask, &is_used, e)) {
			refs_of(r->refs, r->arena, id, &names, &names);
			bool is_dangling = names.n == 0 && !has_children(r, id);
			return is_quiet && (!is_dangling || is_used) ? 0 : -1;
		}
		untag_all(r, id);
		str_list_add(r->arena, &r->doomed, id);
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

static int plan(struct removal *r, const char *name, const char *id, struct err *e)
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

/* --- Doing it ------------------------------------------------------------------------------------ */

static int remove_image(struct removal *r, const char *id, struct err *e)
{
	struct image_store *s = r->store;
	struct str_list chain = { 0 }, removed = { 0 };

	if (imagedb_remove(s, id, e))
		return -1;
	{
		own_lock guard = lock_take(&s->lock);
		struct image *img = store_find_image(s, id);
		for (size_t i = img->n_layers; i-- > 0;)
			str_list_add(r->arena, &chain, img->layers[i]->chain_id);
		store_drop_image(s, img);
	}
	add_record(r, NULL, id, true, id);
	int rc = layers_collect(s, r->arena, chain.v, chain.n, &removed, e);
	for (size_t i = 0; i < removed.n; i++)
		add_record(r, NULL, removed.v[i], false, id);
	return rc;
}

static int carry_out(struct removal *r, struct err *e)
{
	if (r->has_untagged) {
		struct refs *refs = r->refs;
		r->refs = NULL;
		if (store_replace_refs(r->store, refs, e)) {
			r->out->n = 0;
			return -1;
		}
	}
	for (size_t i = 0; i < r->doomed.n; i++)
		if (remove_image(r, r->doomed.v[i], e))
			return -1;
	return 0;
}

int image_remove(struct image_store *s, struct arena *a, const char *name,
	const struct image_remove_opts *opts, struct image_removed_list *out, struct err *e)
{
	struct removal r = { .store = s, .arena = a, .opts = opts, .out = out };
	const char *id;

	*out = (struct image_removed_list){ 0 };
	if (store_read(s, e))
		return -1;
	own_lock change = lock_take(&s->change);
	if (image_resolve(s, a, name, &id, e))
		return -1;
	r.refs = refs_clone(s->refs);
	int rc;
	{
		own_lock guard = lock_take(&s->lock);
		rc = plan(&r, name, id, e);
	}
	if (rc)
		out->n = 0;
	else
		rc = carry_out(&r, e);
	refs_free(r.refs);
	return rc;
}

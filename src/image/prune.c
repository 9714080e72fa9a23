/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `docker image prune`. All is decided first, on one copy of the names, so that these are written once. Unlike dockerd, which
 * takes some of the names of an image with several that a container uses, an image in use stays as it is.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "remove_int.h"

struct choice {
	const char *id;
	int64_t created_ns;
};

/* Children first: a tagged parent can go when they are gone. */
static int by_age(const void *x, const void *y)
{
	const struct choice *a = x, *b = y;

	if (a->created_ns != b->created_ns)
		return a->created_ns < b->created_ns ? 1 : -1;
	return strcmp(a->id, b->id);
}

static bool has_tag(const struct str_list *names)
{
	for (size_t i = 0; i < names->n; i++)
		if (!refs_is_digest(names->v[i]))
			return true;
	return false;
}

/* *names gets its names. */
static bool is_wanted(struct removal *r, const struct image_prune_opts *o, const struct image *img,
	const struct str_list *names)
{
	if (removal_has_children(r, img->id) && (!o->all || !names->n))
		return false;
	if (!o->all && has_tag(names))
		return false;
	if (o->until_ns && (img->created_ns == CLOCK_NEVER || img->created_ns > o->until_ns))
		return false;
	if (o->not_labels.n && store_has_labels(img, &o->not_labels))
		return false;
	return store_has_labels(img, &o->labels);
}

static void add_id(struct map *names, struct arena *a, const struct refs_entry *entry)
{
	struct str_list *of = map_get(names, entry->id);

	if (!of) {
		of = ARENA_NEW(a, struct str_list);
		map_set(names, entry->id, of);
	}
	str_list_add(a, of, entry->name);
}

/* Names by image id, those in use by container. */
struct facts {
	struct map *names; /* id → struct str_list * */
	struct map *used;
};

static void facts_gather(struct removal *r, struct facts *f)
{
	const struct image_users *users = &r->opts->users;

	f->names = map_new();
	f->used = map_new();
	for (size_t i = 0; i < refs_count(r->refs); i++)
		add_id(f->names, r->arena, refs_at(r->refs, i));
	for (size_t i = 0; i < users->n; i++)
		map_set(f->used, users->v[i].image_id, r);
}

static struct choice *choose(
	struct removal *r, const struct image_prune_opts *o, const struct facts *f, size_t *n)
{
	static const struct str_list none;
	struct image_store *s = r->store;
	struct choice *v = arena_array(r->arena, map_len(s->images) + 1, sizeof(*v));

	*n = 0;
	for (struct map_iter it = map_iter(s->images); map_next(&it);) {
		const struct image *img = it.value;
		const struct str_list *names = map_get(f->names, img->id);
		if (!map_get(f->used, img->id) && is_wanted(r, o, img, names ? names : &none))
			v[(*n)++] = (struct choice){ img->id, img->created_ns };
	}
	qsort(v, *n, sizeof(*v), by_age);
	return v;
}

/* A conflict keeps an image; that is no error. Under lock. */
static void plan_all(struct removal *r, const struct image_prune_opts *o)
{
	struct facts f;
	struct err conflict;
	size_t n;

	facts_gather(r, &f);
	struct choice *v = choose(r, o, &f, &n);
	for (size_t i = 0; i < n; i++) {
		const struct str_list *names = map_get(f.names, v[i].id);
		for (size_t k = 0; names && k < names->n; k++)
			if (refs_find(r->refs, names->v[k]))
				(void)removal_plan(r, names->v[k], v[i].id, &conflict);
		if (!names)
			(void)removal_plan(r, oci_digest_hex(v[i].id), v[i].id, &conflict);
	}
	map_free(f.names);
	map_free(f.used);
}

/* Docker's order: the names of an image stand before it. */
static void order_rows(struct arena *a, struct image_removed_list *out)
{
	struct image_removed *v = arena_array(a, out->n + 1, sizeof(*v));
	struct map *first = map_new(); /* image id → its first Untagged row + 1 */
	size_t n = 0;

	for (size_t i = out->n; i-- > 0;)
		if (out->v[i].untagged)
			map_set(first, out->v[i].image_id, (void *)(uintptr_t)(i + 1));
	for (size_t i = 0; i < out->n; i++) {
		const struct image_removed *row = &out->v[i];
		uintptr_t from = row->is_image ? (uintptr_t)map_get(first, row->image_id) : 0;
		for (size_t k = from; k && k <= out->n && out->v[k - 1].untagged &&
				      strcmp(out->v[k - 1].image_id, row->image_id) == 0;
			k++)
			v[n++] = out->v[k - 1];
		if (from)
			map_remove(first, row->image_id);
		if (!row->untagged)
			v[n++] = *row;
	}
	/* Those of images that stay. */
	for (size_t i = 0; i < out->n; i++)
		if (out->v[i].untagged && map_get(first, out->v[i].image_id))
			v[n++] = out->v[i];
	out->v = v;
	out->n = n;
	map_free(first);
}

int image_prune(struct image_store *s, struct arena *a, const struct image_prune_opts *opts,
	struct image_removed_list *out, int64_t *bytes, struct err *e)
{
	struct image_remove_opts remove = { .users = opts->users };
	struct removal r = { .store = s, .arena = a, .opts = &remove, .out = out };

	*out = (struct image_removed_list){ 0 };
	*bytes = 0;
	if (store_read(s, e))
		return -1;
	if (atomic_exchange(&s->is_pruning, true))
		return err_set(e, ERR_CONFLICT, "a prune operation is already running");
	own_lock change = lock_take(&s->change);
	r.refs = refs_clone(s->refs);
	{
		own_lock guard = lock_take(&s->lock);
		plan_all(&r, opts);
	}
	int rc = removal_carry_out(&r, e);
	for (size_t i = 0; i < out->n; i++)
		*bytes += out->v[i].size_bytes;
	order_rows(a, out);
	removal_done(&r);
	s->is_pruning = false;
	return rc;
}

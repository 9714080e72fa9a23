/* SPDX-License-Identifier: Apache-2.0 */
/* `docker images` and `docker history`. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/glob.h"
#include "base/slice.h"
#include "layerdb.h"
#include "layers.h"
#include "store_int.h"

/* What the query means once its names are looked up. */
struct criteria {
	const struct image_query *q;
	int64_t before_ns, since_ns; /* when q names an image for it */
};

static int created_of(
	struct image_store *s, struct arena *a, const char *name, int64_t *ns, struct err *e)
{
	const char *id;

	if (image_resolve(s, a, name, &id, e))
		return -1;
	own_lock guard = lock_take(&s->lock);
	struct image *img = store_find_image(s, id);
	if (!img)
		return store_no_image(id, e);
	*ns = img->created_ns;
	return 0;
}

/* "k" or "k=v" */
static bool has_label(const struct str_map *labels, const char *want)
{
	const char *eq = strchr(want, '=');
	size_t n = eq ? (size_t)(eq - want) : strlen(want);

	for (size_t i = 0; i < labels->n; i++)
		if (strncmp(labels->keys[i], want, n) == 0 && !labels->keys[i][n])
			return !eq || strcmp(labels->v[i], eq + 1) == 0;
	return false;
}

bool store_has_labels(const struct image *img, const struct str_list *want)
{
	for (size_t i = 0; i < want->n; i++)
		if (!has_label(&img->labels, want->v[i]))
			return false;
	return true;
}

/* Docker's FamiliarMatch: the pattern fits the whole name, or the repository alone. */
static bool fits(const struct refs_entry *entry, const struct str_list *patterns)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (glob_match(patterns->v[i], entry->name) ||
			glob_match(patterns->v[i], entry->repo))
			return true;
	return patterns->n == 0;
}

/* One image while it is chosen. */
struct candidate {
	struct image *img;
	bool has_names, has_children;
	struct image_summary row;
};

/* All images, found by id. Under lock. */
struct candidates {
	struct candidate *v;
	size_t n;
	struct map *by_id;
};

static void gather(struct image_store *s, struct arena *a, struct candidates *all)
{
	all->n = 0;
	all->v = arena_array(a, map_len(s->images) + 1, sizeof(*all->v));
	all->by_id = map_new();
	for (struct map_iter it = map_iter(s->images); map_next(&it);) {
		struct candidate *one = &all->v[all->n++];
		one->img = it.value;
		map_set(all->by_id, one->img->id, one);
	}
	for (size_t i = 0; i < all->n; i++) {
		const char *parent = all->v[i].img->parent;
		struct candidate *above = *parent ? map_get(all->by_id, parent) : NULL;
		if (above)
			above->has_children = true;
	}
}

/* Gives each image its names that fit. */
static void add_names(struct image_store *s, struct arena *a, const struct criteria *c,
	const struct candidates *all)
{
	for (size_t i = 0; i < refs_count(s->refs); i++) {
		const struct refs_entry *entry = refs_at(s->refs, i);
		struct candidate *one = map_get(all->by_id, entry->id);
		if (!one)
			continue;
		one->has_names = true;
		if (fits(entry, &c->q->references))
			str_list_add(a,
				refs_is_digest(entry->name) ? &one->row.repo_digests
							    : &one->row.repo_tags,
				entry->name);
	}
}

/* Whether an image is wanted; fills its row. Under lock. */
static bool select_image(struct arena *a, const struct criteria *c, struct candidate *one)
{
	const struct image_query *q = c->q;
	const struct image *img = one->img;
	struct image_summary *out = &one->row;

	if ((c->before_ns && img->created_ns >= c->before_ns) ||
		(c->since_ns && img->created_ns <= c->since_ns) ||
		(q->until_ns && img->created_ns >= q->until_ns) ||
		!store_has_labels(img, &q->labels))
		return false;
	/* Docker's dangling images are heads: nothing was built on them, whether all are asked for or not. */
	if (q->dangling && *q->dangling && one->has_children)
		return false;
	if (!one->has_names) {
		/* Untagged: shown unless it is a step of another image. */
		if (q->references.n || (q->dangling && !*q->dangling) ||
			(!q->all && one->has_children))
			return false;
	} else if ((q->dangling && *q->dangling) ||
		   (out->repo_tags.n == 0 && out->repo_digests.n == 0)) {
		return false;
	}
	out->id = arena_strdup(a, img->id);
	out->parent = arena_strdup(a, img->parent);
	out->created_ns = img->created_ns;
	out->shared_bytes = out->n_containers = -1;
	for (size_t i = 0; i < img->labels.n; i++)
		str_map_set(a, &out->labels, img->labels.keys[i], img->labels.v[i]);
	return true;
}

static int by_created(const void *x, const void *y)
{
	const struct image_summary *a = x, *b = y;

	if (a->created_ns != b->created_ns)
		return a->created_ns < b->created_ns ? 1 : -1;
	return strcmp(a->id, b->id);
}

/* Sizes need the disk at the first time, so they are found without lock. */
static int size_all(
	struct image_store *s, struct pinned *layers, struct image_summary_list *out, struct err *e)
{
	size_t kept = 0;
	int rc = 0;

	for (size_t i = 0; i < out->n; i++) {
		struct image_summary *row = &out->v[i];
		if (rc == 0 && layers_size(s, layers[i].v, layers[i].n, &row->size_bytes, e) == 0) {
			layers[kept] = layers[i];
			out->v[kept++] = *row;
			continue;
		}
		/* An image that is just being removed has no layers any more: it is left out. */
		rc = rc || e->kind != ERR_NOT_FOUND ? -1 : 0;
		store_unpin(s, &layers[i]);
	}
	out->n = kept;
	return rc;
}

/* Shared is what another image stands on, too, be it listed or not (dockerd 26 has it so, 20.10 counted those listed). */
static void share_all(
	struct image_store *s, const struct pinned *layers, struct image_summary_list *out)
{
	own_lock guard = lock_take(&s->lock);

	for (size_t i = 0; i < out->n; i++) {
		out->v[i].shared_bytes = 0;
		for (size_t j = 0; j < layers[i].n; j++)
			if (layers[i].v[j]->images > 1)
				out->v[i].shared_bytes += layers[i].v[j]->size;
	}
}

/* The images that fit, unsorted, with their layers pinned. */
static void select_all(struct image_store *s, struct arena *a, const struct criteria *c,
	struct image_summary_list *out, struct pinned **layers)
{
	struct candidates all;
	own_lock guard = lock_take(&s->lock);

	gather(s, a, &all);
	add_names(s, a, c, &all);
	out->v = arena_array(a, all.n + 1, sizeof(*out->v));
	*layers = arena_array(a, all.n + 1, sizeof(**layers));
	for (size_t i = 0; i < all.n; i++) {
		if (!select_image(a, c, &all.v[i]))
			continue;
		out->v[out->n] = all.v[i].row;
		store_pin(a, all.v[i].img, &(*layers)[out->n++]);
	}
	map_free(all.by_id);
}

/* Several values of before and since narrow each other down. */
static int find_limits(struct image_store *s, struct arena *a, struct criteria *c, struct err *e)
{
	int64_t ns;

	for (size_t i = 0; i < c->q->before.n; i++) {
		if (created_of(s, a, c->q->before.v[i], &ns, e))
			return -1;
		c->before_ns = !c->before_ns || ns < c->before_ns ? ns : c->before_ns;
	}
	for (size_t i = 0; i < c->q->since.n; i++) {
		if (created_of(s, a, c->q->since.v[i], &ns, e))
			return -1;
		c->since_ns = !c->since_ns || ns > c->since_ns ? ns : c->since_ns;
	}
	return 0;
}

int image_list(struct image_store *s, struct arena *a, const struct image_query *q,
	struct image_summary_list *out, struct err *e)
{
	struct criteria c = { .q = q };
	struct pinned *layers;

	*out = (struct image_summary_list){ 0 };
	if (store_read(s, e) || find_limits(s, a, &c, e))
		return -1;
	select_all(s, a, &c, out, &layers);
	int rc = size_all(s, layers, out, e);
	if (rc == 0 && q->with_shared_size)
		share_all(s, layers, out);
	for (size_t i = 0; i < out->n; i++)
		store_unpin(s, &layers[i]);
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_created);
	return rc;
}

int image_layers_size(struct image_store *s, int64_t *bytes, struct err *e)
{
	own_arena a = arena_new();
	struct image_query q = { .references = { 0 } };
	struct criteria c = { .q = &q };
	struct image_summary_list list = { 0 };
	struct map *seen = map_new();
	struct pinned *layers;

	*bytes = 0;
	if (store_read(s, e)) {
		map_free(seen);
		return -1;
	}
	select_all(s, a, &c, &list, &layers);
	int rc = size_all(s, layers, &list, e);
	for (size_t i = 0; i < list.n; i++) {
		for (size_t j = 0; rc == 0 && j < layers[i].n; j++)
			if (!map_set(seen, layers[i].v[j]->chain_id, s))
				*bytes += layers[i].v[j]->size;
		store_unpin(s, &layers[i]);
	}
	map_free(seen);
	return rc;
}

/* --- History ------------------------------------------------------------------------------------- */

static void fill_row(struct arena *a, const struct oci_history *h, struct image_history_row *row)
{
	row->id = "<missing>";
	if (!h->created || !clock_parse_rfc3339(slice_str(h->created), &row->created_ns))
		row->created_ns = CLOCK_NEVER;
	row->created_by = h->created_by ? arena_strdup(a, h->created_by) : "";
	row->comment = h->comment ? arena_strdup(a, h->comment) : "";
}

/* The image itself and its parents name the newest rows. */
static void name_rows(
	struct image_store *s, struct arena *a, const char *id, struct image_history *out)
{
	own_lock guard = lock_take(&s->lock);

	for (size_t i = 0; i < out->n; i++) {
		struct image *img = store_find_image(s, id);
		if (!img)
			return;
		out->v[i].id = arena_strdup(a, id);
		refs_of(s->refs, a, id, &out->v[i].tags, NULL);
		id = img->parent;
	}
}

int image_history(struct image_store *s, struct arena *a, const char *id, struct image_history *out,
	struct err *e)
{
	char chain[OCI_DIGEST_SIZE] = "";
	struct image_info info;
	size_t layer = 0;

	*out = (struct image_history){ 0 };
	if (image_inspect(s, a, id, &info, e))
		return -1;
	const struct oci_history_list *h = &info.config.history;
	const struct str_list *diff_ids = &info.config.rootfs.diff_ids;
	out->n = h->n;
	out->v = arena_array(a, h->n + 1, sizeof(*out->v));
	for (size_t i = 0; i < h->n; i++) {
		struct image_history_row *row = &out->v[h->n - 1 - i];
		struct layer_record r;
		fill_row(a, &h->v[i], row);
		if (h->v[i].empty_layer)
			continue;
		if (layer == diff_ids->n)
			return err_set(
				e, ERR_INTERNAL, "too many non-empty layers in History section");
		oci_chain_id(chain, diff_ids->v[layer++], chain);
		if (layerdb_read(s, a, chain, &r, e))
			return -1;
		row->size_bytes = r.size;
	}
	name_rows(s, a, id, out);
	return 0;
}

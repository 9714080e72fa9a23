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

	if (!name)
		return 0;
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

static bool has_labels(const struct image *img, const struct str_list *want)
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

static bool has_children(struct image_store *s, const char *id)
{
	for (struct map_iter it = map_iter(s->images); map_next(&it);)
		if (strcmp(((struct image *)it.value)->parent, id) == 0)
			return true;
	return false;
}

/* Adds the names of an image that fit; *n counts all it has. */
static void add_names(struct image_store *s, struct arena *a, const struct criteria *c,
	struct image_summary *out, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < refs_count(s->refs); i++) {
		const struct refs_entry *entry = refs_at(s->refs, i);
		if (strcmp(entry->id, out->id) != 0)
			continue;
		++*n;
		if (fits(entry, &c->q->references))
			str_list_add(a,
				refs_is_digest(entry->name) ? &out->repo_digests : &out->repo_tags,
				entry->name);
	}
}

/* Whether an image is wanted; fills its row. Under lock. */
static bool select_image(struct image_store *s, struct arena *a, const struct criteria *c,
	const struct image *img, struct image_summary *out)
{
	const struct image_query *q = c->q;
	size_t n_names;

	if ((q->before && img->created_ns >= c->before_ns) ||
		(q->since && img->created_ns <= c->since_ns) ||
		(q->until_ns && img->created_ns >= q->until_ns) || !has_labels(img, &q->labels))
		return false;
	*out = (struct image_summary){ .id = arena_strdup(a, img->id) };
	add_names(s, a, c, out, &n_names);
	if (n_names == 0) {
		/* Untagged: shown unless it is a step of another image. */
		if (q->references.n || (q->dangling && !*q->dangling) ||
			(!q->all && has_children(s, img->id)))
			return false;
	} else if ((q->dangling && *q->dangling) ||
		   (out->repo_tags.n == 0 && out->repo_digests.n == 0)) {
		return false;
	}
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
static int add_sizes(struct image_store *s, bool with_shared, const struct pinned *layers,
	struct image_summary *out, struct err *e)
{
	if (layers_size(s, layers->v, layers->n, &out->size_bytes, e))
		return -1;
	if (!with_shared)
		return 0;
	out->shared_bytes = 0;
	own_lock guard = lock_take(&s->lock);
	for (size_t i = 0; i < layers->n; i++)
		if (layers->v[i]->images > 1)
			out->shared_bytes += layers->v[i]->size;
	return 0;
}

static int size_all(struct image_store *s, bool with_shared, const struct pinned *layers,
	struct image_summary_list *out, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < out->n; i++) {
		/* An image that is just being removed has no layers any more: it is left out below. */
		if (rc == 0 && add_sizes(s, with_shared, &layers[i], &out->v[i], e)) {
			rc = e->kind == ERR_NOT_FOUND ? 0 : -1;
			out->v[i].size_bytes = -1;
		}
		store_unpin(s, &layers[i]);
	}
	size_t kept = 0;
	for (size_t i = 0; i < out->n; i++)
		if (out->v[i].size_bytes >= 0)
			out->v[kept++] = out->v[i];
	out->n = kept;
	return rc;
}

int image_list(struct image_store *s, struct arena *a, const struct image_query *q,
	struct image_summary_list *out, struct err *e)
{
	struct criteria c = { .q = q };
	struct pinned *layers = NULL;
	size_t n_layers = 0;

	*out = (struct image_summary_list){ 0 };
	if (store_read(s, e) || created_of(s, a, q->before, &c.before_ns, e) ||
		created_of(s, a, q->since, &c.since_ns, e))
		return -1;
	{
		own_lock guard = lock_take(&s->lock);
		for (struct map_iter it = map_iter(s->images); map_next(&it);) {
			struct image_summary row;
			struct image *img = it.value;
			if (!select_image(s, a, &c, img, &row))
				continue;
			out->v = arena_grow(a, out->v, &out->n, sizeof(*out->v));
			out->v[out->n - 1] = row;
			layers = arena_grow(a, layers, &n_layers, sizeof(*layers));
			store_pin(a, img, &layers[n_layers - 1]);
		}
	}
	int rc = size_all(s, q->with_shared_size, layers, out, e);
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_created);
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

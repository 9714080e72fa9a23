/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `docker rmi`: first it is decided (remove_plan.c), then it is done: names, configurations, layers, so that an
 * interruption leaves a dangling image or layers nobody sees, never a name without an image.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "journal.h"
#include "layerdb.h"
#include "layers.h"
#include "remove_int.h"

/* Layers from the top; sizes are asked while they are still there. */
static int collect_layers(
	struct removal *r, const char *id, const struct pinned *layers, struct err *e)
{
	struct str_list chain = { 0 }, removed = { 0 };

	for (size_t i = layers->n; i-- > 0;)
		str_list_add(r->arena, &chain, layers->v[i]->chain_id);
	int rc = layers_collect(r->store, r->arena, chain.v, chain.n, &removed, e);
	for (size_t i = 0; i < removed.n; i++)
		removal_add_row(r, &(struct image_removed){ .deleted = removed.v[i],
					   .image_id = id,
					   .size_bytes = layers->v[layers->n - 1 - i]->size });
	return rc;
}

static int remove_image(struct removal *r, const char *id, struct err *e)
{
	struct image_store *s = r->store;
	struct pinned layers = { 0 };
	struct err unreadable;
	int64_t size;

	if (imagedb_remove(s, id, e))
		return -1;
	{
		own_lock guard = lock_take(&s->lock);
		struct image *img = store_find_image(s, id);
		store_pin(r->arena, img, &layers);
	}
	/* One that cannot be read counts nothing. */
	(void)layers_size(s, layers.v, layers.n, &size, &unreadable);
	{
		own_lock guard = lock_take(&s->lock);
		store_drop_image(s, store_find_image(s, id));
	}
	removal_add_row(
		r, &(struct image_removed){ .deleted = id, .is_image = true, .image_id = id });
	int rc = collect_layers(r, id, &layers, e);
	store_unpin(s, &layers);
	return rc;
}

/* Lowest first, each once. */
static void list_layers(struct removal *r, struct str_list *chain_ids)
{
	struct image_store *s = r->store;
	struct map *seen = map_new();
	own_lock guard = lock_take(&s->lock);

	for (size_t i = 0; i < r->doomed.n; i++) {
		const struct image *img = store_find_image(s, r->doomed.v[i]);
		for (size_t k = 0; img && k < img->n_layers; k++)
			if (!map_set(seen, img->layers[k]->chain_id, r))
				str_list_add(r->arena, chain_ids, img->layers[k]->chain_id);
	}
	map_free(seen);
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

int removal_carry_out(struct removal *r, struct err *e)
{
	struct str_list chain_ids = { 0 };
	char journal[JOURNAL_NAME];

	list_layers(r, &chain_ids);
	if (!chain_ids.n)
		return carry_out(r, e);
	if (journal_begin(r->store, r->arena, &chain_ids, journal, e)) {
		r->out->n = 0;
		return -1;
	}
	int rc = carry_out(r, e);
	journal_end(r->store, journal);
	return rc;
}

void removal_done(struct removal *r)
{
	refs_free(r->refs);
	map_free(r->children);
	map_free(r->doomed_ids);
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
		rc = removal_plan(&r, name, id, e);
	}
	if (rc)
		out->n = 0;
	else
		rc = removal_carry_out(&r, e);
	removal_done(&r);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "takeback.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "layerdb.h"
#include "layers.h"
#include "overlay.h"

static bool stands_on(const struct image *img, const struct journal *j)
{
	for (size_t i = 0; i < img->n_layers; i++)
		if (str_map_get(&j->layers, img->layers[i]->chain_id))
			return true;
	return false;
}

static void find_images(
	struct image_store *s, struct arena *a, const struct journal *j, struct str_list *ids)
{
	for (size_t i = 0; i < j->images.n; i++)
		str_list_add(a, ids, j->images.v[i]);
	for (struct map_iter it = map_iter(s->images); map_next(&it);) {
		struct image *img = it.value;
		if (stands_on(img, j) && !str_list_has(ids, img->id))
			str_list_add(a, ids, arena_strdup(a, img->id));
	}
}

static int drop_names(
	struct image_store *s, struct arena *a, const struct str_list *ids, struct err *e)
{
	struct refs *refs = refs_clone(s->refs);
	size_t before = refs_count(refs);

	for (size_t i = 0; i < ids->n; i++) {
		struct str_list names = { 0 };
		refs_of(refs, a, ids->v[i], &names, &names);
		for (size_t k = 0; k < names.n; k++)
			refs_remove(refs, names.v[k]);
	}
	if (refs_count(refs) != before)
		return store_replace_refs(s, refs, e);
	refs_free(refs);
	return 0;
}

/* Layers of other loads above those of this one lose their images, too. */
static int drop_image(struct image_store *s, struct arena *a, const char *id, struct err *e)
{
	struct str_list chain = { 0 };

	log_warn("image %s: it was not on disk when the machine went down, removing it", id);
	{
		own_lock guard = lock_take(&s->lock);
		struct image *img = store_find_image(s, id);
		for (size_t i = img ? img->n_layers : 0; i-- > 0;)
			str_list_add(a, &chain, arena_strdup(a, img->layers[i]->chain_id));
		if (img)
			store_drop_image(s, img);
	}
	if (imagedb_remove(s, id, e))
		return -1;
	struct err why;
	if (layers_collect(s, a, chain.v, chain.n, NULL, &why))
		log_warn("layer of %s: %s, ignoring", id, why.msg);
	return 0;
}

/* Its record may be empty, or tell of an older directory of the same content, which stays. */
static int drop_layer(struct image_store *s, struct arena *a, const char *chain_id,
	const char *cache_id, struct err *e)
{
	struct layer_record r;
	const char *hidden;
	struct err unreadable;

	if (layerdb_read(s, a, chain_id, &r, &unreadable) || strcmp(r.cache_id, cache_id) == 0) {
		if (layerdb_hide(s, a, chain_id, &hidden, e)) {
			if (e->sys != ENOENT)
				return -1;
		} else if (layerdb_forget(s, hidden, e)) {
			return -1;
		}
	}
	return overlay_discard(s, cache_id, e);
}

int takeback_load(struct image_store *s, struct arena *a, const struct journal *j, struct err *e)
{
	struct str_list ids = { 0 };

	if (store_read(s, e))
		return -1;
	own_lock change = lock_take(&s->change);
	find_images(s, a, j, &ids);
	if (drop_names(s, a, &ids, e))
		return -1;
	for (size_t i = 0; i < ids.n; i++)
		if (drop_image(s, a, ids.v[i], e))
			return -1;
	for (size_t i = j->layers.n; i-- > 0;)
		if (drop_layer(s, a, j->layers.keys[i], j->layers.v[i], e))
			return -1;
	overlay_drop_links(s);
	return 0;
}

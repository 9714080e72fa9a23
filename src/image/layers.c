/* SPDX-License-Identifier: Apache-2.0 */
#include "layers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "init_layer.h"
#include "layerdb.h"
#include "overlay.h"

int layers_read(struct image_store *s, struct layer *l, struct err *e)
{
	own_arena a = arena_new();
	struct layer_record r;

	{
		own_lock guard = lock_take(&s->lock);
		if (l->is_read)
			return 0;
	}
	if (layerdb_read(s, a, l->chain_id, &r, e))
		return -1;
	own_lock guard = lock_take(&s->lock);
	if (l->is_read)
		return 0;
	snprintf(l->diff_id, sizeof(l->diff_id), "%s", r.diff_id);
	snprintf(l->cache_id, sizeof(l->cache_id), "%s", r.cache_id);
	l->size = r.size;
	l->is_read = l->has_size = true;
	return 0;
}

int layers_lower(struct image_store *s, struct layer *l, const char **lower, struct err *e)
{
	own_arena a = arena_new();

	{
		own_lock guard = lock_take(&s->lock);
		*lower = l->lower;
	}
	if (*lower)
		return 0;
	if (layers_read(s, l, e))
		return -1;
	const char *text = overlay_lower_above(s, a, l->cache_id, e);
	if (!text || overlay_mark_parent(s, l->cache_id, e))
		return -1;
	own_lock guard = lock_take(&s->lock);
	if (!l->lower && !(l->lower = strdup(text)))
		abort();
	*lower = l->lower;
	return 0;
}

int layers_size(
	struct image_store *s, struct layer *const *v, size_t n, int64_t *bytes, struct err *e)
{
	*bytes = 0;
	for (size_t i = 0; i < n; i++) {
		bool has_size;
		{
			own_lock guard = lock_take(&s->lock);
			has_size = v[i]->has_size;
		}
		if (!has_size && layers_read(s, v[i], e))
			return -1;
		*bytes += v[i]->size;
	}
	return 0;
}

int layers_chain_down(struct image_store *s, struct arena *a, const char *top,
	struct str_list *chain, struct err *e)
{
	struct layer_record r;

	for (const char *id = top; *id; id = r.parent) {
		if (chain->n > OVERLAY_LAYERS_MOST)
			return err_set(e, ERR_INTERNAL, "layer %s: its parents go round", top);
		if (layerdb_read(s, a, id, &r, e))
			return -1;
		str_list_add(a, chain, id);
	}
	return 0;
}

static bool has_image(struct image_store *s, const char *chain_id)
{
	own_lock guard = lock_take(&s->lock);
	const struct layer *l = map_get(s->layers, chain_id);

	return l && l->images;
}

/*
 * Chain ids of the layers below containers' roots that no image tells of: that of the container was removed by force. All
 * layers down to the lowest; where there is an image, it counts them itself.
 */
static int mounted_chains(
	struct image_store *s, struct arena *a, struct str_list *out, struct err *e)
{
	struct str_list ctrs = { 0 };

	if (mountdb_list(s, a, &ctrs, e))
		return -1;
	for (size_t i = 0; i < ctrs.n; i++) {
		struct str_list chain = { 0 };
		struct mount_record m;
		struct err why;
		if (mountdb_read(s, a, ctrs.v[i], &m, &why) || !*m.parent ||
			has_image(s, m.parent) || str_list_has(out, m.parent))
			continue; /* being removed just now, or nothing to be done */
		if (layers_chain_down(s, a, m.parent, &chain, &why))
			log_warn("root of container %s: %s, ignoring", ctrs.v[i], why.msg);
		for (size_t k = 0; k < chain.n; k++)
			if (!str_list_has(out, chain.v[k]))
				str_list_add(a, out, chain.v[k]);
	}
	return 0;
}

/* What stands in layers on top of others: children of a layer that are registered. */
static bool is_used(struct image_store *s, const char *chain_id, const struct str_list *mounted)
{
	own_lock guard = lock_take(&s->lock);
	struct layer *l = map_get(s->layers, chain_id);

	return (l && (l->images || l->holds)) || str_list_has(mounted, chain_id);
}

static int remove_layer(struct image_store *s, struct arena *a, const char *chain_id, struct err *e)
{
	struct layer_record r;
	const char *hidden;

	if (layerdb_read(s, a, chain_id, &r, e))
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	if (layerdb_hide(s, a, chain_id, &hidden, e))
		return -1;
	{
		own_lock guard = lock_take(&s->lock);
		struct layer *l = map_get(s->layers, chain_id);
		if (l)
			store_drop_layer(s, l);
	}
	/* From here on it is gone; what stays behind is swept at the next start. */
	struct err why;
	if (overlay_discard(s, r.cache_id, &why) || layerdb_forget(s, hidden, &why))
		log_warn("layer %s: %s, ignoring", chain_id, why.msg);
	return 0;
}

int layers_collect(struct image_store *s, struct arena *a, const char *const *chain, size_t n,
	struct str_list *removed, struct err *e)
{
	struct str_list mounted = { 0 };

	if (n == 0)
		return 0;
	if (mounted_chains(s, a, &mounted, e))
		return -1;
	/* A used layer uses all below it. */
	for (size_t i = 0; i < n && !is_used(s, chain[i], &mounted); i++) {
		if (remove_layer(s, a, chain[i], e))
			return -1;
		if (removed)
			str_list_add(a, removed, chain[i]);
	}
	return 0;
}

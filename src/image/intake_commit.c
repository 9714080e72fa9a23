/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From verified places to images. Order: journal, layers, configurations, names. A failure walks back; a crash leaves
 * the journal, by which the next start takes back layers no image came of. The journal stays until all is on disk
 * (settle.h).
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/steps.h"
#include "intake.h"
#include "layerdb.h"
#include "layers.h"
#include "oci/reference.h"
#include "overlay.h"
#include "refs.h"
#include "sweep.h"

#define JOURNAL_MOST (16 * 1024 * 1024)

struct commit {
	struct intake *in;
	struct str_list chains;	   /* registered here, upper ones first when undone */
	struct str_list image_ids; /* new in the store */
};

static bool has_image(struct image_store *s, const char *id)
{
	own_lock guard = lock_take(&s->lock);

	return store_find_image(s, id);
}

static int write_journal(void *ctx, struct err *e)
{
	struct commit *c = ctx;
	struct intake *in = c->in;
	own_buf b = { 0 };

	buf_init(&b, JOURNAL_MOST);
	sweep_print_boot(in->arena, &b);
	for (size_t i = 0; i < in->n_images; i++) {
		struct intake_image *img = in->images[i];
		if (!has_image(in->store, img->id))
			buf_fmt(&b, "image %s\n", img->id);
		for (size_t j = 0; j < img->n_layers; j++) {
			if (!img->layers[j].is_brought)
				continue;
			id_hex64(img->layers[j].cache_id);
			buf_fmt(&b, "%s %s\n", img->layers[j].chain_id, img->layers[j].cache_id);
		}
	}
	return fs_replace(in->folder.fd, SWEEP_JOURNAL, b.data, b.len, 0600, FS_SYNC, e);
}

static int register_layer(
	struct commit *c, const struct intake_layer *layer, const char *parent, struct err *e)
{
	struct intake *in = c->in;
	struct image_store *s = in->store;
	const struct intake_place *place = layer->place;
	struct layer_record below, r = { .diff_id = layer->diff_id,
		.parent = parent,
		.cache_id = layer->cache_id,
		.size = layer->size };
	const char *lower = "";

	/* Another one may have been faster. */
	if (layerdb_has(s, layer->chain_id))
		return 0;
	if (*parent && (layerdb_read(s, in->arena, parent, &below, e) ||
			       !(lower = overlay_lower_above(s, in->arena, below.cache_id, e)) ||
			       overlay_mark_parent(s, below.cache_id, e)))
		return -1;
	if (overlay_adopt(s, place->dir, place->tree, r.cache_id, lower, e))
		return -1;
	struct err ignored;
	if (layerdb_write(s, layer->chain_id, &r, place->dir, place->split, e)) {
		overlay_discard(s, r.cache_id, &ignored);
		return -1;
	}
	str_list_add(in->arena, &c->chains, layer->chain_id);
	if (in->registered)
		in->registered(in->arg, layer);
	return 0;
}

static void undo_layers(void *ctx)
{
	struct commit *c = ctx;
	struct err e;

	for (size_t i = c->chains.n; i-- > 0;)
		if (layers_collect(c->in->store, c->in->arena, &c->chains.v[i], 1, NULL, &e))
			log_warn("layer %s: %s, ignoring", c->chains.v[i], e.msg);
}

static int register_layers(void *ctx, struct err *e)
{
	struct commit *c = ctx;

	for (size_t i = 0; i < c->in->n_images; i++) {
		struct intake_image *img = c->in->images[i];
		const char *parent = "";
		for (size_t j = 0; j < img->n_layers; j++) {
			struct intake_layer *layer = &img->layers[j];
			if (layer->is_brought && register_layer(c, layer, parent, e)) {
				undo_layers(c);
				return err_in(e, "register layer %s", layer->chain_id);
			}
			parent = layer->chain_id;
		}
	}
	return 0;
}

static void undo_images(void *ctx)
{
	struct commit *c = ctx;
	struct image_store *s = c->in->store;
	struct err e;

	for (size_t i = c->image_ids.n; i-- > 0;) {
		{
			own_lock guard = lock_take(&s->lock);
			struct image *img = store_find_image(s, c->image_ids.v[i]);
			if (img)
				store_drop_image(s, img);
		}
		if (imagedb_remove(s, c->image_ids.v[i], &e))
			log_warn("image %s: %s, ignoring", c->image_ids.v[i], e.msg);
	}
	c->image_ids.n = 0;
}

static int register_image(struct commit *c, const struct intake_image *img, struct err *e)
{
	struct image_store *s = c->in->store;

	if (has_image(s, img->id))
		return 0;
	str_list_add(c->in->arena, &c->image_ids, img->id);
	if (imagedb_write(s, img->id, img->config, img->config_len, e) ||
		(img->parent && imagedb_set_meta(s, img->id, "parent", img->parent, e)))
		return -1;
	own_lock guard = lock_take(&s->lock);
	return store_add_image(s, img->id, img->config, img->config_len, img->parent, e) ? 0 : -1;
}

static int register_images(void *ctx, struct err *e)
{
	struct commit *c = ctx;

	for (size_t i = 0; i < c->in->n_images; i++) {
		if (register_image(c, c->in->images[i], e)) {
			undo_images(c);
			return -1;
		}
	}
	return 0;
}

static int set_names(
	struct intake *in, const struct intake_image *img, struct refs *refs, struct err *e)
{
	for (size_t j = 0; j < img->names.n; j++) {
		struct oci_ref ref = { 0 };
		if (oci_ref_parse(in->arena, img->names.v[j], &ref, e))
			return -1;
		refs_set(refs, oci_ref_familiar_name(in->arena, &ref), refs_key(in->arena, &ref),
			img->id);
	}
	return 0;
}

static int register_names(void *ctx, struct err *e)
{
	struct commit *c = ctx;
	struct intake *in = c->in;
	bool has_changed = false;

	struct refs *refs = refs_clone(in->store->refs);
	for (size_t i = 0; i < in->n_images; i++) {
		if (set_names(in, in->images[i], refs, e)) {
			refs_free(refs);
			return -1;
		}
		has_changed |= in->images[i]->names.n > 0;
	}
	in->refs_before = refs_clone(in->store->refs);
	if (has_changed)
		return store_replace_refs(in->store, refs, e);
	refs_free(refs);
	return 0;
}

static const struct step commit_steps[] = {
	{ "journal", write_journal, NULL },
	{ "layers", register_layers, undo_layers },
	{ "images", register_images, undo_images },
	{ "names", register_names, NULL },
	{ 0 },
};

int intake_commit(struct intake *in, struct err *e)
{
	struct commit c = { .in = in };
	own_lock change = lock_take(&in->store->change);

	if (steps_run(in->action, commit_steps, &c, e))
		return -1;
	in->is_committed = true;
	return 0;
}

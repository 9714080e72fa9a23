/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From verified directories to images. Order: journal, layers, configurations, names. A failure walks back; a
 * crash leaves the journal, by which the next start takes back layers no image came of. The journal stays until all is
 * on disk (settle.h).
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/steps.h"
#include "layerdb.h"
#include "layers.h"
#include "load_int.h"
#include "oci/reference.h"
#include "overlay.h"
#include "sweep.h"

static int verify_layer(const struct load_layer *layer, size_t i, struct err *e)
{
	const struct job *job = layer->job;

	/* Those still at it are not looked at: one that failed ends the load before them. */
	if (!job || job->state == JOB_WAITING || job->state == JOB_RUNNING)
		return 0;
	if (job->state == JOB_FAILED) {
		*e = job->err;
		return err_in(e, "layer %zu", i);
	}
	/* A streamed layer is a plain tar: its own digest is the diff id. */
	if (layer->digest && job->member->is_streamed &&
		strcmp(layer->digest, job->done.diff_id) != 0)
		return load_wrong_digest(layer, job->done.diff_id, e);
	if (strcmp(job->done.diff_id, layer->diff_id) != 0)
		return err_set(e, ERR_INVALID,
			"invalid diffID for layer %zu: expected \"%s\", got \"%s\"", i,
			layer->diff_id, job->done.diff_id);
	return 0;
}

int load_verify(struct load *l, struct err *e)
{
	for (size_t i = 0; i < l->n_images; i++)
		for (size_t j = 0; j < l->images[i].n_layers; j++)
			if (verify_layer(&l->images[i].layers[j], j, e))
				return -1;
	return 0;
}

/* Lets go of an image's layers; *chain gets those that have lost their image meanwhile, upper ones first. */
static void release_image(struct load *l, struct load_image *img, struct str_list *chain)
{
	own_lock guard = lock_take(&l->store->lock);

	for (size_t j = img->n_layers; j-- > 0;) {
		struct load_layer *layer = &img->layers[j];
		if (!layer->is_held)
			continue;
		struct layer *known = store_layer(l->store, layer->chain_id);
		layer->is_held = false;
		if (--known->holds == 0 && !known->images)
			str_list_add(l->arena, chain, layer->chain_id);
	}
}

void load_release(struct load *l)
{
	struct err e;

	for (size_t i = 0; i < l->n_images; i++) {
		struct str_list chain = { 0 };
		release_image(l, &l->images[i], &chain);
		if (!chain.n)
			continue;
		own_lock change = lock_take(&l->store->change);
		if (layers_collect(l->store, l->arena, chain.v, chain.n, NULL, &e))
			log_warn("load: %s, ignoring", e.msg);
	}
}

int load_report(struct load *l, const struct image_load_event *ev, struct err *e)
{
	return l->opts->report ? l->opts->report(l->opts->arg, ev, e) : 0;
}

/* --- The steps ----------------------------------------------------------------------------------- */

struct commit {
	struct load *load;
	struct str_list chains;	   /* registered by this load, upper ones first when undone */
	struct str_list image_ids; /* new in the store */
	struct refs *refs;
	char (*cache_ids)[ID_HEX + 1]; /* of job number n at n - 1 */
};

static bool has_image(struct image_store *s, const char *id)
{
	own_lock guard = lock_take(&s->lock);

	return store_find_image(s, id);
}

static int write_journal(void *ctx, struct err *e)
{
	struct commit *c = ctx;
	struct load *l = c->load;
	own_buf b = { 0 };

	buf_init(&b, 16 * 1024 * 1024);
	sweep_print_boot(l->arena, &b);
	for (size_t i = 0; i < l->n_images; i++) {
		if (!has_image(l->store, l->images[i].id))
			buf_fmt(&b, "image %s\n", l->images[i].id);
		for (size_t j = 0; j < l->images[i].n_layers; j++) {
			struct load_layer *layer = &l->images[i].layers[j];
			if (!layer->job)
				continue;
			char *cache_id = c->cache_ids[layer->job->number - 1];
			id_hex64(cache_id);
			buf_fmt(&b, "%s %s\n", layer->chain_id, cache_id);
		}
	}
	return fs_replace(l->dir_fd, SWEEP_JOURNAL, b.data, b.len, 0600, FS_SYNC, e);
}

static int register_layer(
	struct commit *c, const struct load_layer *layer, const char *parent, struct err *e)
{
	struct load *l = c->load;
	struct image_store *s = l->store;
	char dir[16], split[16];
	const char *lower = "";
	struct layer_record below, r = { .diff_id = layer->diff_id, .parent = parent };

	r.cache_id = c->cache_ids[layer->job->number - 1];
	r.size = layer->job->done.size;
	/* Another load may have been faster. */
	if (layerdb_has(s, layer->chain_id))
		return 0;
	snprintf(dir, sizeof(dir), "l%u", layer->job->number);
	snprintf(split, sizeof(split), "s%u", layer->job->number);
	if (*parent && (layerdb_read(s, l->arena, parent, &below, e) ||
			       !(lower = overlay_lower_above(s, l->arena, below.cache_id, e)) ||
			       overlay_mark_parent(s, below.cache_id, e)))
		return -1;
	if (overlay_adopt(s, l->dir_fd, dir, r.cache_id, lower, e))
		return -1;
	struct err ignored;
	if (layerdb_write(s, layer->chain_id, &r, l->dir_fd, split, e)) {
		overlay_discard(s, r.cache_id, &ignored);
		return -1;
	}
	str_list_add(l->arena, &c->chains, layer->chain_id);
	return 0;
}

static void undo_layers(void *ctx)
{
	struct commit *c = ctx;
	struct err e;

	for (size_t i = c->chains.n; i-- > 0;)
		if (layers_collect(c->load->store, c->load->arena, &c->chains.v[i], 1, NULL, &e))
			log_warn("layer %s: %s, ignoring", c->chains.v[i], e.msg);
}

static int register_layers(void *ctx, struct err *e)
{
	struct commit *c = ctx;
	struct load *l = c->load;

	for (size_t i = 0; i < l->n_images; i++) {
		const char *parent = "";
		for (size_t j = 0; j < l->images[i].n_layers; j++) {
			struct load_layer *layer = &l->images[i].layers[j];
			if (layer->job && register_layer(c, layer, parent, e)) {
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
	struct image_store *s = c->load->store;
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

static int register_image(struct commit *c, const struct load_image *img, struct err *e)
{
	struct image_store *s = c->load->store;

	if (has_image(s, img->id))
		return 0;
	str_list_add(c->load->arena, &c->image_ids, img->id);
	if (imagedb_write(s, img->id, img->config, img->config_len, e))
		return -1;
	own_lock guard = lock_take(&s->lock);
	return store_add_image(s, img->id, img->config, img->config_len, NULL, e) ? 0 : -1;
}

static int register_images(void *ctx, struct err *e)
{
	struct commit *c = ctx;

	for (size_t i = 0; i < c->load->n_images; i++) {
		if (register_image(c, &c->load->images[i], e)) {
			undo_images(c);
			return -1;
		}
	}
	return 0;
}

static int register_names(void *ctx, struct err *e)
{
	struct commit *c = ctx;
	struct load *l = c->load;
	bool has_changed = false;

	struct refs *refs = refs_clone(l->store->refs);
	for (size_t i = 0; i < l->n_images; i++) {
		for (size_t j = 0; j < l->images[i].tags.n; j++) {
			struct oci_ref ref = { 0 };
			if (oci_ref_parse(l->arena, l->images[i].tags.v[j], &ref, e)) {
				refs_free(refs);
				return -1;
			}
			refs_set(refs, oci_ref_familiar_name(l->arena, &ref),
				refs_key(l->arena, &ref), l->images[i].id);
			has_changed = true;
		}
	}
	c->refs = refs_clone(l->store->refs);
	if (has_changed)
		return store_replace_refs(l->store, refs, e);
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

/* --- What the client is told --------------------------------------------------------------------- */

static int say(struct load *l, const char *text, struct err *e)
{
	struct image_load_event ev = { .type = IMAGE_LOAD_STREAM, .text = text };

	return load_report(l, &ev, e);
}

static int report_image(struct commit *c, const struct load_image *img, struct err *e)
{
	struct load *l = c->load;
	struct image_load_event ev = { .type = IMAGE_LOAD_IMAGE, .image_id = img->id };

	for (size_t i = 0; i < img->tags.n; i++) {
		struct oci_ref ref = { 0 };
		if (oci_ref_parse(l->arena, img->tags.v[i], &ref, e))
			return -1;
		const char *name = refs_key(l->arena, &ref);
		const struct refs_entry *old = refs_find(c->refs, name);
		struct image_load_event tagged = {
			.type = IMAGE_LOAD_TAGGED, .text = name, .image_id = img->id
		};
		if (old && strcmp(old->id, img->id) != 0 &&
			say(l,
				arena_printf(l->arena,
					"The image %s already exists, renaming the old one with ID %s to empty string\n",
					name, old->id),
				e))
			return -1;
		if (say(l, arena_printf(l->arena, "Loaded image: %s\n", name), e) ||
			load_report(l, &tagged, e))
			return -1;
	}
	return load_report(l, &ev, e);
}

/* dockerd lists the ids of all images when the last one has no name. */
static int report_all(struct commit *c, struct err *e)
{
	struct load *l = c->load;

	for (size_t i = 0; i < l->n_images; i++)
		if (report_image(c, &l->images[i], e))
			return -1;
	if (l->n_images == 0 || l->images[l->n_images - 1].tags.n)
		return 0;
	for (size_t i = 0; i < l->n_images; i++)
		if (say(l, arena_printf(l->arena, "Loaded image ID: %s\n", l->images[i].id), e))
			return -1;
	return 0;
}

int load_commit(struct load *l, struct err *e)
{
	struct commit c = { .load = l };
	int rc;

	c.cache_ids = arena_array(l->arena, l->n_jobs + 1, sizeof(*c.cache_ids));
	{
		own_lock change = lock_take(&l->store->change);
		rc = steps_run("load", commit_steps, &c, e);
	}
	/* Who went away now has missed the news, not the image. */
	struct err ignored;
	if (rc == 0)
		report_all(&c, &ignored);
	refs_free(c.refs);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Which images a save is about. Errors are those of dockerd's tarexport. */
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "layerdb.h"
#include "layers.h"
#include "oci/reference.h"
#include "refs.h"
#include "save_int.h"
#include "worker.h"

static struct save_image *find_image(const struct image_save *sv, const char *id)
{
	for (size_t i = 0; i < sv->n_images; i++)
		if (strcmp(sv->images[i]->id, id) == 0)
			return sv->images[i];
	return NULL;
}

struct save_layer *save_find_layer(const struct image_save *sv, const char *diff_id)
{
	for (size_t i = 0; i < sv->n_layers; i++)
		if (strcmp(sv->layers[i]->diff_id, diff_id) == 0)
			return sv->layers[i];
	return NULL;
}

/* The layers stay on disk from here on. */
static int hold(struct image_save *sv, struct save_image *img, struct err *e)
{
	own_lock guard = lock_take(&sv->store->lock);
	struct image *known = store_find_image(sv->store, img->id);

	if (!known)
		return store_no_image(img->id, e);
	img->held = arena_array(sv->arena, known->n_layers + 1, sizeof(*img->held));
	for (size_t i = 0; i < known->n_layers; i++) {
		known->layers[i]->holds++;
		img->held[i] = arena_strdup(sv->arena, known->layers[i]->chain_id);
	}
	img->n_layers = known->n_layers;
	img->parent = arena_strdup(sv->arena, known->parent);
	return 0;
}

static void add_layer(struct image_save *sv, const struct save_image *img, size_t i)
{
	const char *diff_id = img->parsed.rootfs.diff_ids.v[i];

	if (save_find_layer(sv, diff_id))
		return;
	struct save_layer *layer = ARENA_NEW(sv->arena, struct save_layer);
	*layer = (struct save_layer){
		.diff_id = diff_id, .chain_id = img->held[i], .tar_size = -1, .mtime = img->created
	};
	sv->layers = arena_grow(sv->arena, sv->layers, &sv->n_layers, sizeof(struct save_layer *));
	sv->layers[sv->n_layers - 1] = layer;
}

static int read_config(struct image_save *sv, struct save_image *img, struct err *e)
{
	own_buf text = { 0 };
	int64_t created_ns;

	buf_init(&text, CONFIG_MOST + 1);
	if (imagedb_read(sv->store, img->id, &text, e))
		return -1;
	img->config = arena_strndup(sv->arena, text.data, text.len);
	img->config_len = text.len;
	if (oci_image_config_parse(sv->arena, img->config, img->config_len, &img->parsed, e))
		return err_in(e, "image %s", img->id);
	if (img->parsed.created && clock_parse_rfc3339(slice_str(img->parsed.created), &created_ns))
		img->created = created_ns / 1000000000;
	if (img->created < 0)
		img->created = 0;
	return 0;
}

static int check_platform(
	const struct image_save *sv, const struct save_image *img, const char *name, struct err *e)
{
	struct oci_platform have = { .os = img->parsed.os,
		.architecture = img->parsed.architecture,
		.variant = img->parsed.variant };

	oci_platform_normalize(&have);
	if (!sv->platform || oci_platform_same(sv->platform, &have))
		return 0;
	return err_set(e, ERR_NOT_FOUND,
		"image with reference %s was found but does not provide the specified platform (%s)",
		name, oci_platform_text(sv->arena, sv->platform));
}

/* The image of an id, taken up when it is a new one. */
static int add_image(struct image_save *sv, const char *id, const char *name,
	struct save_image **out, struct err *e)
{
	*out = find_image(sv, id);
	if (*out)
		return 0;
	struct save_image *img = *out = ARENA_NEW(sv->arena, struct save_image);
	img->id = arena_strdup(sv->arena, id);
	if (hold(sv, img, e))
		return -1;
	sv->images = arena_grow(sv->arena, sv->images, &sv->n_images, sizeof(struct save_image *));
	sv->images[sv->n_images - 1] = img;
	if (read_config(sv, img, e) || check_platform(sv, img, name, e))
		return -1;
	if (img->n_layers == 0)
		return err_set(e, ERR_INTERNAL, "empty export - not implemented");
	if (img->n_layers != img->parsed.rootfs.diff_ids.n)
		return err_set(e, ERR_INTERNAL, "image %s: layers are missing", id);
	for (size_t i = 0; i < img->n_layers; i++)
		add_layer(sv, img, i);
	return 0;
}

/* A tag to be saved with it; digests are not. */
static void add_ref(struct image_save *sv, struct save_image *img, const struct oci_ref *ref)
{
	const char *full = oci_ref_full(sv->arena, ref);

	if (ref->digest || !ref->tag)
		return;
	for (size_t i = 0; i < img->n_refs; i++)
		if (strcmp(img->refs[i].full, full) == 0)
			return;
	img->refs = arena_grow(sv->arena, img->refs, &img->n_refs, sizeof(*img->refs));
	img->refs[img->n_refs - 1] = (struct save_ref){ .full = full,
		.familiar = oci_ref_familiar(sv->arena, ref),
		.repo = oci_ref_familiar_name(sv->arena, ref),
		.tag = ref->tag };
}

/* One name of repositories.json. */
static int add_entry(struct image_save *sv, const struct refs_entry *entry, struct err *e)
{
	struct save_image *img;
	struct oci_ref ref;

	if (oci_ref_parse(sv->arena, entry->name, &ref, e) ||
		add_image(sv, entry->id, entry->name, &img, e))
		return -1;
	add_ref(sv, img, &ref);
	return 0;
}

/* The names that fit, copied: the store's may change. All of a repository, or the one of that key. */
static struct refs_entry *find_names(
	struct image_save *sv, const char *repo, const char *key, size_t *n)
{
	own_lock guard = lock_take(&sv->store->lock);
	const struct refs *refs = sv->store->refs;
	struct refs_entry *v = NULL;

	for (size_t i = 0; i < refs_count(refs); i++) {
		const struct refs_entry *r = refs_at(refs, i);
		if (strcmp(repo ? r->repo : r->name, repo ? repo : key) != 0)
			continue;
		v = arena_grow(sv->arena, v, n, sizeof(*v));
		v[*n - 1] = (struct refs_entry){ .name = arena_strdup(sv->arena, r->name),
			.id = arena_strdup(sv->arena, r->id) };
	}
	return v;
}

static int add_by_id(struct image_save *sv, const char *name, struct err *e)
{
	struct save_image *img;
	const char *id;

	if (image_resolve(sv->store, sv->arena, name, &id, e))
		return e->kind == ERR_NOT_FOUND
			       ? err_set(e, ERR_NOT_FOUND, "No such image: %s", name)
			       : -1;
	return add_image(sv, id, name, &img, e);
}

static int add_name(struct image_save *sv, const char *name, struct err *e)
{
	struct oci_ref ref;
	size_t n = 0;

	if (oci_ref_parse_any(sv->arena, name, &ref, e))
		return -1;
	/* "sha256:0123" reads as a tag of a repository sha256. */
	if (!ref.path || str_starts(name, "sha256:"))
		return add_by_id(sv, name, e);
	bool is_whole = !ref.tag && !ref.digest;
	struct refs_entry *found =
		find_names(sv, is_whole ? oci_ref_familiar_name(sv->arena, &ref) : NULL,
			refs_key(sv->arena, &ref), &n);
	if (n == 0)
		return is_whole ? add_by_id(sv, name, e)
				: err_set(e, ERR_NOT_FOUND, "reference does not exist");
	for (size_t i = 0; i < n; i++)
		if (add_entry(sv, &found[i], e))
			return -1;
	return 0;
}

int image_save_open(struct image_store *s, const struct str_list *names,
	const struct image_save_opts *opts, struct image_save **out, struct err *e)
{
	if (store_read(s, e))
		return -1;
	struct arena *a = arena_new();
	struct image_save *sv = ARENA_NEW(a, struct image_save);
	sv->store = s;
	sv->arena = a;
	sv->program = worker_program(a, opts->layer_program);
	sv->platform = opts->platform;
	for (size_t i = 0; i < names->n; i++) {
		if (add_name(sv, names->v[i], e)) {
			image_save_close(sv);
			return -1;
		}
	}
	for (size_t i = 0; i < sv->n_images; i++)
		save_docs_legacy(sv, sv->images[i]);
	*out = sv;
	return 0;
}

/* Lets go of an image's layers; *chain gets those whose image was removed meanwhile, upper ones first. */
static void release_image(
	struct image_save *sv, const struct save_image *img, struct str_list *chain)
{
	own_lock guard = lock_take(&sv->store->lock);

	for (size_t i = img->n_layers; i-- > 0;) {
		struct layer *known = store_layer(sv->store, img->held[i]);
		if (--known->holds == 0 && !known->images)
			str_list_add(sv->arena, chain, img->held[i]);
	}
}

void image_save_close(struct image_save *sv)
{
	struct err e;

	if (!sv)
		return;
	for (size_t i = 0; i < sv->n_images; i++) {
		struct str_list chain = { 0 };
		release_image(sv, sv->images[i], &chain);
		if (!chain.n)
			continue;
		own_lock change = lock_take(&sv->store->change);
		if (layers_collect(sv->store, sv->arena, chain.v, chain.n, NULL, &e))
			log_warn("save: %s, ignoring", e.msg);
	}
	arena_free(sv->arena);
}

void image_save_ids(const struct image_save *sv, struct str_list *out, struct arena *a)
{
	for (size_t i = 0; i < sv->n_images; i++)
		str_list_add(a, out, sv->images[i]->id);
}

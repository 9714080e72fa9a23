/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading what is in the store, once. Which images and layers there are is asked of the disk; what they are comes from
 * the index where that knows it (index.h), else from their files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/thread.h"
#include "index.h"
#include "layerdb.h"
#include "layers.h"
#include "store_int.h"

struct reading {
	struct image_store *store;
	struct index *index;   /* NULL: none */
	struct layer **layers; /* of the index, by number */
	int metadata_fd;       /* imagedb/metadata/sha256 */
	size_t n_known;	       /* images it knew */
};

static int read_refs(struct image_store *s, struct err *e)
{
	own_buf text = { 0 };

	s->refs = refs_new();
	buf_init(&text, REFS_MOST);
	if (fs_read(s->image_fd, "repositories.json", REFS_MOST, &text, e))
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	return refs_parse(s->refs, text.data, text.len, e) ? err_in(e, "repositories.json") : 0;
}

static const char *read_parent(struct reading *r, struct arena *a, const char *id)
{
	char path[SHA_HEX + sizeof("/parent")];
	struct err none;

	memcpy(path, oci_digest_hex(id), SHA_HEX);
	memcpy(path + SHA_HEX, "/parent", sizeof("/parent"));
	/* Most have none: asked without making an error's text. */
	if (faccessat(r->metadata_fd, path, F_OK, 0))
		return "";
	const char *parent = fs_read_str(a, r->metadata_fd, path, SHA_DIGEST_TEXT + 1, &none);
	return parent && oci_digest_is_sha256(parent) ? parent : "";
}

static bool add_known(struct reading *r, struct arena *a, const char *id)
{
	struct index_image known;
	struct image img = { .id = id };

	if (!r->index || !index_find(r->index, a, id, &known))
		return false;
	img.parent = read_parent(r, a, id);
	img.created_ns = known.created_ns;
	img.labels = known.labels;
	img.n_layers = known.n_layers;
	img.layers = arena_array(a, known.n_layers + 1, sizeof(*img.layers));
	for (size_t i = 0; i < known.n_layers; i++) {
		size_t number = known.layers[i];
		if (!r->layers[number]) {
			char chain_id[OCI_DIGEST_SIZE];
			int64_t size;
			index_layer(r->index, number, chain_id, &size);
			r->layers[number] = store_layer(r->store, chain_id);
			r->layers[number]->size = size;
		}
		img.layers[i] = r->layers[number];
	}
	store_add_known(r->store, &img);
	r->n_known++;
	return true;
}

/* An image that cannot be understood is left alone on disk and is not there for anyone (as dockerd). */
static void read_image(struct reading *r, const char *id)
{
	own_arena a = arena_new();
	own_buf config = { 0 };
	struct err e;

	if (add_known(r, a, id))
		return;
	buf_init(&config, CONFIG_MOST + 1);
	if (imagedb_read(r->store, id, &config, &e) ||
		!store_add_image(r->store, id, config.data, config.len, read_parent(r, a, id), &e))
		log_warn("image %s: %s, ignoring", id, e.msg);
}

/* A size of the index counts when the layer is still there. */
static int confirm_sizes(struct reading *r, struct arena *a, struct err *e)
{
	struct str_list chains = { 0 };

	if (!r->n_known)
		return 0;
	if (layerdb_list(r->store, a, &chains, e))
		return -1;
	for (size_t i = 0; i < chains.n; i++) {
		struct layer *l = map_get(r->store->layers, chains.v[i]);
		if (l && l->size >= 0 && l->images)
			l->has_size = true;
	}
	return 0;
}

static int read_images(struct reading *r, const struct str_list *ids, struct err *e)
{
	own_arena a = arena_new();
	own_fd metadata = openat(
		r->store->image_fd, "imagedb/metadata/sha256", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (metadata < 0)
		return err_sys(e, "open imagedb/metadata");
	r->metadata_fd = metadata;
	if (r->index)
		r->layers = arena_array(a, index_layers(r->index) + 1, sizeof(*r->layers));
	for (size_t i = 0; i < ids->n; i++)
		read_image(r, ids->v[i]);
	return confirm_sizes(r, a, e);
}

/* Names are read beside the images: with many of both it is half the time each. */
struct names {
	struct image_store *store;
	int rc;
	struct err err;
};

static void read_names(void *arg)
{
	struct names *n = arg;

	n->rc = read_refs(n->store, &n->err);
}

static int read_all(struct image_store *s, struct err *e)
{
	own_arena a = arena_new();
	own_buf text = { 0 };
	struct reading r = { .store = s };
	struct str_list ids = { 0 };
	struct names names = { .store = s };
	pthread_t thread;
	struct err none;

	s->images = map_new();
	s->layers = map_new();
	buf_init(&text, INDEX_MOST);
	if (fs_read(s->image_fd, INDEX_FILE, INDEX_MOST - 1, &text, &none) == 0)
		r.index = index_new(text.data, text.len);
	bool has_thread = r.index && thread_start(&thread, read_names, &names, &none) == 0;
	if (!has_thread)
		read_names(&names);
	int rc = imagedb_list(s, a, &ids, e) || read_images(&r, &ids, e) ? -1 : 0;
	if (has_thread)
		thread_join(thread);
	s->is_index_old = !r.index || r.n_known != index_images(r.index) || r.n_known != ids.n;
	index_free(r.index);
	if (rc == 0 && names.rc)
		*e = names.err;
	return rc || names.rc ? -1 : 0;
}

int store_read(struct image_store *s, struct err *e)
{
	if (atomic_load_explicit(&s->is_read, memory_order_acquire))
		return 0;
	own_lock change = lock_take(&s->change);
	if (s->is_read)
		return 0;
	if (read_all(s, e)) {
		store_forget(s);
		s->refs = NULL;
		s->images = s->layers = NULL;
		return err_in(e, "read image store");
	}
	atomic_store_explicit(&s->is_read, true, memory_order_release);
	return 0;
}

/* --- The index ----------------------------------------------------------------------------------- */

/* Reads the sizes the index is to tell. A layer that cannot be read stays without. */
static void read_sizes(struct image_store *s, struct arena *a)
{
	struct pinned all = { 0 };
	struct err none;
	int64_t size;

	{
		own_lock guard = lock_take(&s->lock);
		all.v = arena_array(a, map_len(s->layers) + 1, sizeof(*all.v));
		for (struct map_iter it = map_iter(s->layers); map_next(&it);) {
			struct layer *l = it.value;
			if (!l->images || l->has_size)
				continue;
			all.v[all.n++] = l;
			l->pins++;
		}
	}
	for (size_t i = 0; i < all.n; i++)
		(void)layers_size(s, &all.v[i], 1, &size, &none);
	store_unpin(s, &all);
}

/* Under lock. */
static void print_index(struct image_store *s, struct arena *a, struct buf *out)
{
	struct index_layer *layers = arena_array(a, map_len(s->layers) + 1, sizeof(*layers));
	struct index_image *images = arena_array(a, map_len(s->images) + 1, sizeof(*images));
	struct map *numbers = map_new();
	size_t n_layers = 0, n_images = 0;

	for (struct map_iter it = map_iter(s->layers); map_next(&it);) {
		struct layer *l = it.value;
		if (!l->images)
			continue;
		layers[n_layers++] =
			(struct index_layer){ l->chain_id, l->has_size ? l->size : -1 };
		map_set(numbers, l->chain_id, (void *)(uintptr_t)n_layers);
	}
	for (struct map_iter it = map_iter(s->images); map_next(&it);) {
		struct image *img = it.value;
		uint32_t *of = arena_array(a, img->n_layers + 1, sizeof(*of));
		for (size_t i = 0; i < img->n_layers; i++)
			of[i] = (uint32_t)((uintptr_t)map_get(numbers, img->layers[i]->chain_id) -
					   1);
		images[n_images++] = (struct index_image){ img->id, img->created_ns, img->labels,
			of, img->n_layers };
	}
	index_print(layers, n_layers, images, n_images, out);
	map_free(numbers);
}

void store_write_index(struct image_store *s)
{
	own_arena a = arena_new();
	own_buf text = { 0 };
	struct err e;

	{
		own_lock guard = lock_take(&s->lock);
		if (!s->is_read || !s->is_index_old || map_len(s->images) < INDEX_LEAST)
			return;
	}
	s->is_index_old = false;
	read_sizes(s, a);
	buf_init(&text, INDEX_MOST);
	{
		own_lock guard = lock_take(&s->lock);
		print_index(s, a, &text);
	}
	if (buf_ok(&text) &&
		fs_replace(s->image_fd, INDEX_FILE, text.data, text.len, 0600, FS_NO_SYNC, &e))
		log_warn("image store: write index: %s, ignoring", e.msg);
}

void image_store_preload(struct image_store *s)
{
	struct err e;

	if (store_read(s, &e))
		log_warn("%s, ignoring", e.msg);
	else
		store_write_index(s);
}

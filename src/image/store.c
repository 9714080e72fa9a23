/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the store, reading what is there, and sweeping up after an interrupted run. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "discard.h"
#include "fetch.h"
#include "image/fsck.h"
#include "init_layer.h"
#include "layerdb.h"
#include "settle.h"
#include "store_int.h"
#include "sweep.h"

/* Modes are dockerd's. */
static const struct folder {
	const char *path;
	mode_t mode;
} folders[] = {
	{ "image", 0700 },
	{ "image/overlay2", 0700 },
	{ "image/overlay2/imagedb", 0700 },
	{ "image/overlay2/imagedb/content", 0700 },
	{ "image/overlay2/imagedb/content/sha256", 0700 },
	{ "image/overlay2/imagedb/metadata", 0700 },
	{ "image/overlay2/imagedb/metadata/sha256", 0700 },
	{ "image/overlay2/layerdb", 0700 },
	{ "image/overlay2/layerdb/sha256", 0755 },
	{ "image/overlay2/layerdb/mounts", 0755 },
	{ "image/overlay2/layerdb/tmp", 0755 },
	{ "image/overlay2/distribution", 0700 },
	{ "overlay2", 0710 },
	{ "overlay2/l", 0700 },
	{ "tmp", 0700 },
};

static int make_folders(int root, struct err *e)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (mkdirat(root, folders[i].path, folders[i].mode) == 0) {
			if (fchmodat(root, folders[i].path, folders[i].mode, 0))
				return err_sys(e, "chmod %s", folders[i].path);
		} else if (errno != EEXIST) {
			return err_sys(e, "create %s", folders[i].path);
		}
	}
	return 0;
}

static int open_folders(struct image_store *s, int root, struct err *e)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

	s->image_fd = openat(root, "image/overlay2", flags);
	s->overlay_fd = openat(root, "overlay2", flags);
	s->tmp_fd = openat(root, "tmp", flags);
	if (s->image_fd < 0 || s->overlay_fd < 0 || s->tmp_fd < 0)
		return err_sys(e, "open image folders");
	s->discard = discard_new(s->tmp_fd, e);
	if (!s->discard)
		return -1;
	s->settle = settle_new(s->tmp_fd, s->discard);
	s->fetches = fetches_new(s);
	return 0;
}

static struct image_store *store_new(const char *data_root)
{
	struct image_store *s = calloc(1, sizeof(*s));

	if (!s || !(s->root = strdup(data_root)))
		abort();
	s->image_fd = s->overlay_fd = s->tmp_fd = -1;
	pthread_rwlock_init(&s->roots, NULL);
	pthread_mutex_init(&s->change, NULL);
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

static int open_root(const char *data_root, struct err *e)
{
	int root = open(data_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return root < 0 ? err_sys(e, "open data root %s", data_root) : root;
}

struct image_store *image_store_open(const char *data_root, struct err *e)
{
	struct image_store *s = store_new(data_root);
	own_fd root = open_root(data_root, e);
	bool is_dirty = false;

	if (root < 0 || make_folders(root, e) || open_folders(s, root, e) ||
		sweep_find(s, &is_dirty, e)) {
		err_in(e, "open image store");
		image_store_close(s);
		return NULL;
	}
	if (is_dirty)
		discard_run(s->discard, sweep_work, s);
	return s;
}

struct image_store *image_store_open_still(const char *data_root, struct err *e)
{
	struct image_store *s = store_new(data_root);
	own_fd root = open_root(data_root, e);

	s->is_still = true;
	if (root >= 0 && open_folders(s, root, e) == 0)
		return s;
	err_in(e, "open image store");
	image_store_close(s);
	return NULL;
}

int image_store_settle(struct image_store *s, struct err *e)
{
	return settle_wait(s->settle, e);
}

static void layer_free(struct layer *l)
{
	free(l->lower);
	init_plan_free(l->plan);
	free(l);
}

void store_forget(struct image_store *s)
{
	for (struct map_iter it = map_iter(s->images); map_next(&it);)
		free(it.value);
	for (struct map_iter it = map_iter(s->layers); map_next(&it);)
		layer_free(it.value);
	map_free(s->images);
	map_free(s->layers);
	refs_free(s->refs);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void image_store_close(struct image_store *s)
{
	if (!s)
		return;
	fetches_free(s->fetches);
	settle_free(s->settle);
	discard_free(s->discard);
	if (s->is_read) {
		if (!s->is_still)
			store_write_index(s);
		store_forget(s);
	}
	close_fd(s->image_fd);
	close_fd(s->overlay_fd);
	close_fd(s->tmp_fd);
	pthread_rwlock_destroy(&s->roots);
	pthread_mutex_destroy(&s->change);
	pthread_mutex_destroy(&s->lock);
	arena_free(s->driver_arena);
	free(s->root);
	free(s);
}

/* --- The images and layers in memory ------------------------------------------------------------- */

struct image *store_find_image(struct image_store *s, const char *id)
{
	return map_get(s->images, id);
}

struct layer *store_layer(struct image_store *s, const char *chain_id)
{
	struct layer *l = map_get(s->layers, chain_id);

	if (l)
		return l;
	l = calloc(1, sizeof(*l));
	if (!l)
		abort();
	snprintf(l->chain_id, sizeof(l->chain_id), "%s", chain_id);
	map_set(s->layers, chain_id, l);
	return l;
}

void store_drop_layer(struct image_store *s, struct layer *l)
{
	map_remove(s->layers, l->chain_id);
	l->is_gone = true;
	if (!l->pins)
		layer_free(l);
}

void store_pin(struct arena *a, const struct image *img, struct pinned *out)
{
	out->n = img->n_layers;
	out->v = arena_array(a, img->n_layers + 1, sizeof(*out->v));
	for (size_t i = 0; i < img->n_layers; i++) {
		out->v[i] = img->layers[i];
		out->v[i]->pins++;
	}
}

void store_unpin(struct image_store *s, const struct pinned *p)
{
	own_lock guard = lock_take(&s->lock);

	for (size_t i = 0; i < p->n; i++)
		if (--p->v[i]->pins == 0 && p->v[i]->is_gone)
			layer_free(p->v[i]);
}

static size_t text_size(const char *s)
{
	return strlen(s) + 1;
}

static const char *put_text(char **at, const char *s)
{
	size_t n = text_size(s);
	const char *p = memcpy(*at, s, n);

	*at += n;
	return p;
}

struct image *store_add_known(struct image_store *s, const struct image *like)
{
	const struct str_map *labels = &like->labels;
	size_t pointers = like->n_layers + 2 * (labels->n + 1);
	size_t bytes = text_size(like->id) + text_size(like->parent);

	for (size_t i = 0; i < labels->n; i++)
		bytes += text_size(labels->keys[i]) + text_size(labels->v[i]);
	struct image *img = calloc(1, sizeof(*img) + pointers * sizeof(void *) + bytes);
	if (!img)
		abort();
	void **v = (void **)(img + 1);
	char *at = (char *)(v + pointers);
	img->id = put_text(&at, like->id);
	img->parent = put_text(&at, like->parent);
	img->created_ns = like->created_ns;
	img->layers = (struct layer **)v;
	img->n_layers = like->n_layers;
	for (size_t i = 0; i < like->n_layers; i++) {
		img->layers[i] = like->layers[i];
		img->layers[i]->images++;
	}
	if (labels->keys) {
		img->labels.keys = (const char **)v + like->n_layers;
		img->labels.v = img->labels.keys + labels->n + 1;
	}
	for (; img->labels.n < labels->n; img->labels.n++) {
		img->labels.keys[img->labels.n] = put_text(&at, labels->keys[img->labels.n]);
		img->labels.v[img->labels.n] = put_text(&at, labels->v[img->labels.n]);
	}
	map_set(s->images, img->id, img);
	return img;
}

struct image *store_add_image(struct image_store *s, const char *id, const char *config, size_t n,
	const char *parent, struct err *e)
{
	own_arena a = arena_new();
	struct oci_image_config c = { 0 };
	char chain[OCI_DIGEST_SIZE] = "";

	if (oci_image_config_parse(a, config, n, &c, e))
		return NULL;
	struct image img = { .id = id, .parent = "", .labels = c.config.labels };
	if (parent && oci_digest_is_sha256(parent))
		img.parent = parent;
	if (!c.created || !clock_parse_rfc3339(slice_str(c.created), &img.created_ns))
		img.created_ns = CLOCK_NEVER;
	img.layers = arena_array(a, c.rootfs.diff_ids.n + 1, sizeof(*img.layers));
	for (size_t i = 0; i < c.rootfs.diff_ids.n; i++) {
		oci_chain_id(chain, c.rootfs.diff_ids.v[i], chain);
		img.layers[img.n_layers++] = store_layer(s, chain);
	}
	s->is_index_old = true;
	return store_add_known(s, &img);
}

void store_drop_image(struct image_store *s, struct image *img)
{
	for (size_t i = 0; i < img->n_layers; i++)
		img->layers[i]->images--;
	map_remove(s->images, img->id);
	free(img);
}

int store_replace_refs(struct image_store *s, struct refs *refs, struct err *e)
{
	struct refs *old = refs;
	own_buf text = { 0 };

	buf_init(&text, REFS_MOST);
	refs_print(refs, &text);
	int rc = buf_ok(&text) ? fault_point("image.refs", e)
			       : err_set(e, ERR_INTERNAL, "too many image names");
	if (rc == 0)
		rc = fs_replace(
			s->image_fd, "repositories.json", text.data, text.len, 0600, FS_SYNC, e);
	if (rc == 0) {
		own_lock guard = lock_take(&s->lock);
		old = s->refs;
		s->refs = refs;
	}
	refs_free(old);
	return rc;
}

int store_no_image(const char *id, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "No such image: %s", id);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations, names and metadata of images. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/slice.h"
#include "fsck_int.h"
#include "layers.h"
#include "oci/image_config.h"

#define CONTENT	 "imagedb/content/sha256"
#define METADATA "imagedb/metadata/sha256"

/* Takes an image out: names, configuration, and layers nothing else stands on. */
static int remove_image(struct fsck *f, const char *id, struct err *e)
{
	struct image_store *s = f->store;
	struct str_list names = { 0 }, all = { 0 }, chain = { 0 }, removed = { 0 };
	struct refs *refs = refs_clone(s->refs);

	refs_of(refs, f->arena, id, &names, &names);
	for (size_t i = 0; i < names.n; i++)
		refs_remove(refs, names.v[i]);
	if (names.n == 0)
		refs_free(refs);
	else if (store_replace_refs(s, refs, e))
		return -1;
	if (imagedb_remove(s, id, e))
		return -1;
	{
		own_lock guard = lock_take(&s->lock);
		struct image *img = store_find_image(s, id);
		for (size_t i = img ? img->n_layers : 0; i-- > 0;)
			str_list_add(f->arena, &all, img->layers[i]->chain_id);
		if (img)
			store_drop_image(s, img);
		for (size_t i = 0; i < all.n; i++) {
			struct layer *l = map_get(s->layers, all.v[i]);
			if (layerdb_has(s, all.v[i]))
				str_list_add(f->arena, &chain, all.v[i]);
			else if (l && !l->images && !l->holds)
				store_drop_layer(s, l);
		}
	}
	int rc = layers_collect(s, f->arena, chain.v, chain.n, &removed, e);
	for (size_t i = 0; i < removed.n; i++)
		fsck_layer(f, removed.v[i])->is_there = false;
	return rc;
}

/* Tells the layers what they should be. */
static void expect_layers(struct fsck *f, const struct oci_rootfs *rootfs)
{
	char chain[OCI_DIGEST_SIZE] = "";
	const char *parent = "";

	for (size_t i = 0; i < rootfs->diff_ids.n; i++) {
		oci_chain_id(chain, rootfs->diff_ids.v[i], chain);
		struct fsck_layer *l = fsck_layer(f, chain);
		if (!l->diff_id) {
			l->diff_id = arena_strdup(f->arena, rootfs->diff_ids.v[i]);
			l->parent = parent;
		}
		parent = l->chain_id;
	}
}

/* Why a configuration is none, or NULL. */
static const char *read_content(struct fsck *f, const char *id)
{
	own_arena scratch = arena_new();
	own_buf text = { 0 };
	struct oci_image_config config = { 0 };
	char digest[SHA_DIGEST_TEXT + 1];
	struct err e;

	buf_init(&text, CONFIG_MOST + 1);
	if (imagedb_read(f->store, id, &text, &e))
		return arena_strdup(f->arena, e.msg);
	sha_digest(text.data, text.len, digest);
	if (strcmp(digest, id) != 0)
		return arena_printf(f->arena, "the configuration's digest is %s", digest);
	if (oci_image_config_parse(scratch, text.data, text.len, &config, &e))
		return arena_strdup(f->arena, e.msg);
	expect_layers(f, &config.rootfs);
	return NULL;
}

static int unlink_leftover(struct fsck *f, const char *folder, const char *name)
{
	char path[PATH_MAX];
	struct err e;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (fsck_found(f, &(struct fsck_finding){ "leftover",
				  arena_printf(f->arena, "image/overlay2/%s", path),
				  "a file that was being written", "removed" }))
		fsck_repaired(f, fs_remove_tree(f->store->image_fd, path, &e), &e);
	return 0;
}

static int check_content(struct fsck *f, const char *name, struct err *e)
{
	char id[OCI_DIGEST_SIZE];
	struct err why;

	if (strlen(name) != SHA_HEX || !id_is_hex(name, SHA_HEX))
		return unlink_leftover(f, CONTENT, name);
	oci_digest_from_hex(name, id);
	const char *problem = read_content(f, id);
	if (!problem) {
		str_list_add(f->arena, &f->contents, id);
		f->report->n_images++;
	} else if (fsck_found(f, &(struct fsck_finding){ "damaged-image", id, problem,
					 "image removed: pull or load it again" })) {
		fsck_repaired(f, remove_image(f, id, &why), &why);
	}
	(void)e;
	return 0;
}

int fsck_contents(struct fsck *f, struct err *e)
{
	return fsck_each_name(f, f->store->image_fd, CONTENT, check_content, e);
}

/* The lowest layer that is missing, or NULL. */
static const char *missing_layer(struct fsck *f, const char *id)
{
	own_lock guard = lock_take(&f->store->lock);
	struct image *img = store_find_image(f->store, id);

	for (size_t i = 0; img && i < img->n_layers; i++) {
		struct fsck_layer *l = map_get(f->layers, img->layers[i]->chain_id);
		if (!l || !l->is_there)
			return arena_strdup(f->arena, img->layers[i]->chain_id);
	}
	return NULL;
}

/* Layers of an image that is whole are used. */
static void mark_layers(struct fsck *f, const char *id)
{
	own_lock guard = lock_take(&f->store->lock);
	struct image *img = store_find_image(f->store, id);

	for (size_t i = 0; img && i < img->n_layers; i++)
		fsck_layer(f, img->layers[i]->chain_id)->is_used = true;
}

int fsck_incomplete_images(struct fsck *f, struct err *e)
{
	struct err why;

	for (size_t i = 0; i < f->contents.n; i++) {
		const char *id = f->contents.v[i], *layer = missing_layer(f, id);
		if (!layer) {
			mark_layers(f, id);
			continue;
		}
		const char *problem = arena_printf(f->arena, "layer %s is missing", layer);
		if (fsck_found(f, &(struct fsck_finding){ "incomplete-image", id, problem,
					  "image removed: pull or load it again" }))
			fsck_repaired(f, remove_image(f, id, &why), &why);
		else
			mark_layers(f, id);
	}
	(void)e;
	return 0;
}

int fsck_names(struct fsck *f, struct err *e)
{
	struct image_store *s = f->store;
	struct refs *refs = refs_clone(s->refs);
	struct str_list dangling = { 0 };
	size_t first = f->report->n;
	struct err why;

	for (size_t i = 0; i < refs_count(s->refs); i++) {
		const struct refs_entry *entry = refs_at(s->refs, i);
		if (!store_find_image(s, entry->id))
			str_list_add(f->arena, &dangling, entry->name);
	}
	for (size_t i = 0; i < dangling.n; i++) {
		const char *id = refs_find(refs, dangling.v[i])->id;
		fsck_found(f, &(struct fsck_finding){ "dangling-name", dangling.v[i],
				      arena_printf(f->arena, "its image %s is not there", id),
				      "name removed" });
		refs_remove(refs, dangling.v[i]);
	}
	if (!dangling.n || !f->opts->is_repairing) {
		refs_free(refs);
		return 0;
	}
	int rc = store_replace_refs(s, refs, &why);
	for (size_t i = first; i < f->report->n; i++) {
		f->report->v[i].is_repaired = rc == 0;
		f->report->v[i].failure = rc ? arena_strdup(f->arena, why.msg) : NULL;
	}
	(void)e;
	return 0;
}

static int check_parent(struct fsck *f, const char *id)
{
	const char *parent = imagedb_get_meta(f->store, f->arena, id, "parent");
	char path[PATH_MAX];
	struct err e;
	int rc = 0;

	if (!parent)
		return 0;
	if (oci_digest_is_sha256(parent) && store_find_image(f->store, parent))
		return 0;
	if (!fsck_found(
		    f, &(struct fsck_finding){ "dangling-parent", id,
			       arena_printf(f->arena, "its parent image %s is not there", parent),
			       "parent forgotten" }))
		return 0;
	snprintf(path, sizeof(path), METADATA "/%s/parent", oci_digest_hex(id));
	if (unlinkat(f->store->image_fd, path, 0))
		rc = err_sys(&e, "remove %s", path);
	fsck_repaired(f, rc, &e);
	return 0;
}

static int check_metadata(struct fsck *f, const char *name, struct err *e)
{
	char id[OCI_DIGEST_SIZE], path[PATH_MAX];
	struct err why;

	if (strlen(name) != SHA_HEX || !id_is_hex(name, SHA_HEX))
		return unlink_leftover(f, METADATA, name);
	oci_digest_from_hex(name, id);
	snprintf(path, sizeof(path), CONTENT "/%s", name);
	if (fs_exists(f->store->image_fd, path))
		return check_parent(f, id);
	snprintf(path, sizeof(path), METADATA "/%s", name);
	if (fsck_found(f, &(struct fsck_finding){ "orphan-metadata", id,
				  "metadata of an image that is not there", "removed" }))
		fsck_repaired(f, fs_remove_tree(f->store->image_fd, path, &why), &why);
	(void)e;
	return 0;
}

int fsck_metadata(struct fsck *f, struct err *e)
{
	return fsck_each_name(f, f->store->image_fd, METADATA, check_metadata, e);
}

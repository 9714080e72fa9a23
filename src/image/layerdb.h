/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of image/overlay2/layerdb and imagedb: reading and writing one record, no decisions. Names on disk are
 * the hex part of digests.
 */
#ifndef TARE_IMAGE_LAYERDB_H
#define TARE_IMAGE_LAYERDB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "store_int.h"

/* What one directory layerdb/sha256/<chain> says. */
struct layer_record {
	const char *diff_id;
	const char *cache_id;
	const char *parent; /* chain id, "" for a base layer */
	int64_t size;
};

/* ERR_NOT_FOUND when there is no such layer. Strings in a. */
int layerdb_read(struct image_store *s, struct arena *a, const char *chain_id,
	struct layer_record *out, struct err *e);
/* Chain ids of all records. */
int layerdb_list(struct image_store *s, struct arena *a, struct str_list *chain_ids, struct err *e);
/*
 * Whether s can be a layer's directory: 64 hex digits; those that BuildKit made in a dockerd have 25 digits and small
 * letters.
 */
bool layerdb_is_cache_id(const char *s);
/* Only whether it is there. */
bool layerdb_has(struct image_store *s, const char *chain_id);
/*
 * Makes the record, with the file split (of directory dir; NULL: none) as its tar-split.json.gz, at once by rename.
 * ERR_CONFLICT when there is one already.
 */
int layerdb_write(struct image_store *s, const char *chain_id, const struct layer_record *r,
	int dir, const char *split, struct err *e);
/*
 * Makes the record invisible by renaming it to <chain>-<random>-removing; *name (in a) is what it is called now.
 * layerdb_forget removes it for good.
 */
int layerdb_hide(struct image_store *s, struct arena *a, const char *chain_id, const char **name,
	struct err *e);
int layerdb_forget(struct image_store *s, const char *name, struct err *e);

/* The raw bytes of an image's configuration, appended to out. ERR_NOT_FOUND. */
int imagedb_read(struct image_store *s, const char *id, struct buf *out, struct err *e);
/* metadata/sha256/<id>/<key>, or NULL when it is not there. */
const char *imagedb_get_meta(
	struct image_store *s, struct arena *a, const char *id, const char *key);
int imagedb_set_meta(
	struct image_store *s, const char *id, const char *key, const char *value, struct err *e);
/* Writes the configuration under its digest; the caller syncs. */
int imagedb_write(
	struct image_store *s, const char *id, const char *config, size_t n, struct err *e);
/* Removes configuration and metadata; missing is fine. */
int imagedb_remove(struct image_store *s, const char *id, struct err *e);
/* Ids of all configurations. */
int imagedb_list(struct image_store *s, struct arena *a, struct str_list *ids, struct err *e);

/* What layerdb/mounts/<container> says. */
struct mount_record {
	const char *mount_id; /* directory in overlay2 */
	const char *init_id;
	const char *parent; /* chain id, "" without an image */
};

int mountdb_read(struct image_store *s, struct arena *a, const char *ctr_id,
	struct mount_record *out, struct err *e);
int mountdb_write(
	struct image_store *s, const char *ctr_id, const struct mount_record *r, struct err *e);
int mountdb_remove(struct image_store *s, const char *ctr_id, struct err *e);
int mountdb_list(struct image_store *s, struct arena *a, struct str_list *ctr_ids, struct err *e);

#endif

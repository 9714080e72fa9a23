/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of one save. save.c: which images, kept while they are read. save_docs.c: the documents that describe them.
 * save_write.c: the archive, member by member. One thread.
 */
#ifndef TARE_IMAGE_SAVE_INT_H
#define TARE_IMAGE_SAVE_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "image/save.h"
#include "oci/image_config.h"
#include "store_int.h"

/* One layer of the archive, whatever images have it. */
struct save_layer {
	const char *diff_id;
	const char *chain_id; /* of the first image that has it */
	int64_t tar_size;     /* -1: not yet known */
	int64_t mtime;	      /* when that image was created */
};

/* Where an image of before Docker 1.10 would have had this layer. */
struct save_legacy {
	char id[SHA_HEX + 1];
	struct save_layer *layer;
	const char *json;
};

/* A tag that is saved with its image. */
struct save_ref {
	const char *full;     /* "docker.io/library/alpine:latest" */
	const char *familiar; /* "alpine:latest" */
	const char *repo;     /* "alpine" */
	const char *tag;
};

struct save_image {
	const char *id;
	const char *parent; /* the image it was built on here, "" when none */
	const char *config;
	size_t config_len;
	struct oci_image_config parsed;
	int64_t created; /* seconds; 0 when the configuration does not say */
	struct save_ref *refs;
	size_t n_refs;
	const char **held; /* chain ids, lowest first */
	size_t n_layers;
	struct save_legacy *legacy;
	char manifest_digest[OCI_DIGEST_SIZE];
	const char *manifest;
};

struct image_save {
	struct image_store *store;
	struct arena *arena;
	const char *program;
	const struct oci_platform *platform;
	struct save_image **images;
	size_t n_images;
	struct save_layer **layers; /* in the order of the archive */
	size_t n_layers;
};

/* --- save_docs.c; needs nothing but what is above ------------------------------------------------ */

/* Ids and descriptions in the old form. */
void save_docs_legacy(struct image_save *sv, struct save_image *img);
/* img->manifest and its digest; the layers' sizes are known. */
void save_docs_manifest(struct image_save *sv, struct save_image *img);
/* index.json, manifest.json, repositories ("" when no image has a tag), in the save's arena. */
const char *save_docs_index(struct image_save *sv);
const char *save_docs_items(struct image_save *sv);
const char *save_docs_repositories(struct image_save *sv);

/* The layer of a diff id, or NULL. */
struct save_layer *save_find_layer(const struct image_save *sv, const char *diff_id);

#endif

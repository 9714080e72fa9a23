/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What listing needs of each image, in one file (image/overlay2/.tare-index), so that a store of many thousands is read in
 * the time that as many configurations could not even be opened in. It is a cache of what cannot change: a
 * configuration is named by its own digest, a layer's size belongs to its chain id. Which images and layers there are, their
 * parents and their names are always asked of the disk. So the file needs no time stamps, and whoever else worked on the
 * data root need not know it: what it has too much is passed over, what it lacks is read. Damaged or
 * missing, it is made anew. Stores with few images have none.
 */
#ifndef TARE_IMAGE_INDEX_H
#define TARE_IMAGE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "oci/digest.h"

#define INDEX_FILE  ".tare-index"
#define INDEX_MOST  (256 * 1024 * 1024)
#define INDEX_LEAST 64 /* images that make a file worth its while */

/* --- Writing ------------------------------------------------------------------------------------- */

struct index_layer {
	const char *chain_id;
	int64_t size; /* -1: not known */
};

struct index_image {
	const char *id;
	int64_t created_ns;
	struct str_map labels;
	const uint32_t *layers; /* numbers of layers, lowest first */
	size_t n_layers;
};

/* The file's content; sorts the images by id. */
void index_print(const struct index_layer *layers, size_t n_layers, struct index_image *images,
	size_t n_images, struct buf *out);

/* Puts magic and checksum in front of text[0..n), whatever it holds. */
void index_seal(char *text, size_t n);

/* --- Reading ------------------------------------------------------------------------------------- */

struct index;

/* Over text[0..n), which must outlive it. NULL when it is no such file, or a damaged one. */
struct index *index_new(const char *text, size_t n);
void index_free(struct index *x);

size_t index_images(const struct index *x);
size_t index_layers(const struct index *x);
/* The layer of a number below index_layers. */
void index_layer(const struct index *x, size_t i, char chain_id[OCI_DIGEST_SIZE], int64_t *size);
/* What it says of an image; false when it does not know it. out->id is id; the rest lies in a. */
bool index_find(const struct index *x, struct arena *a, const char *id, struct index_image *out);

#endif

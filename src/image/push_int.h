/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of one push. push.c: which images and names. push_image.c: one image's layers side by side, then its
 * manifest. push_layer.c: one layer, in a thread. push_upload.c: packing and sending.
 */
#ifndef TARE_IMAGE_PUSH_INT_H
#define TARE_IMAGE_PUSH_INT_H

#include <pthread.h>

#include "base/map.h"
#include "distribution.h"
#include "image/push.h"
#include "store_int.h"

enum push_phase {
	PUSH_PREPARING,
	PUSH_RUNNING, /* bytes, or the registry being asked */
	PUSH_EXISTS,
	PUSH_MOUNTED,
	PUSH_PUSHED,
	PUSH_FAILED,
};

/* A layer of the push; each diff id is one of them, over all images. */
struct push_layer {
	const char *diff_id, *chain_id, *cache_id;
	int64_t size; /* of its files */
	char id[13];

	/* Under the push's lock. */
	enum push_phase phase;
	int64_t bytes; /* of its tar, packed and sent */
	unsigned tries, retry_seconds;
	char mounted_from[256];	      /* a path */
	char digest[OCI_DIGEST_SIZE]; /* of the blob, when it is in the registry */
	int64_t blob_size;
	struct err err;

	/* The client was told so; of the main thread. */
	enum push_phase told;
	int64_t told_bytes;
	unsigned told_tries;
};

struct push {
	struct image_store *store;
	const struct image_push_opts *opts;
	struct arena *arena; /* of the main thread */
	const char *program;
	const char *repository; /* "docker.io/library/alpine" */
	char key[DISTRIBUTION_KEY_SIZE];
	unsigned attempts;
	struct registry *registry;
	struct map *layers; /* diff id → struct push_layer * */

	pthread_mutex_t lock; /* a leaf */
	pthread_cond_t changed;
	bool is_cancelled;
	uint64_t news;		   /* counts what the client may hear of */
	struct push_layer **queue; /* of the image at hand, uppermost layer first */
	size_t n_queue, next;
	unsigned running; /* threads */
};

/* --- push_image.c ---------------------------------------------------------------------------------- */

/* Pushes image id as repo:tag. */
int push_image(struct push *p, const struct oci_ref *ref, const char *id, struct err *e);
/* The layers of an image, made known to the push. lowest first, in a. */
int push_list_layers(struct push *p, struct arena *a, const char *id, struct push_layer ***out,
	size_t *n, struct err *e);

/* --- push_layer.c ---------------------------------------------------------------------------------- */

/* How many places are looked at before a layer is uploaded depends on its size, as with dockerd. */
struct push_patience {
	size_t mounts, checks;
	bool elsewhere; /* also blobs known from other repositories */
};
struct push_patience push_patience(int64_t size);
/* Where a layer may be mounted from: the sources of the same registry but this repository, best first. */
void push_candidates(const struct push *p, struct arena *a, const struct distribution_sources *all,
	size_t most, struct distribution_sources *out);

/* Has the layer in the registry: l->digest and blob_size, and its phase. In a thread of the push. */
int push_layer(struct push *p, struct push_layer *l, struct err *e);

/* --- push_upload.c --------------------------------------------------------------------------------- */

/* Packs and uploads, with further tries. */
int push_upload(struct push *p, struct push_layer *l, struct err *e);
/* A small blob, unless the registry has it. */
int push_small_blob(struct push *p, const char *digest, const char *text, size_t n, struct err *e);

/* There is news; lock is held. */
void push_tell(struct push *p);
/* From any thread. */
void push_set_phase(struct push *p, struct push_layer *l, enum push_phase phase);

#endif

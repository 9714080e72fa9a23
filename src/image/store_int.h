/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the store. Three locks: `roots` is shared by those who make or remove a container's root, and fsck's alone;
 * `change` is held by whoever changes what is on disk (one at a time); `lock` guards the memory below it and is a leaf.
 * Order: roots, change, lock. What is on disk is read once, at
 * the first question.
 */
#ifndef TARE_IMAGE_STORE_INT_H
#define TARE_IMAGE_STORE_INT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "base/map.h"
#include "image/image.h"
#include "image/refs.h"
#include "oci/digest.h"

#define LINK_SIZE 27 /* 26 base32 characters and NUL */
/* Largest image config read; dockerd has no limit, registries have 4 MiB. */
#define CONFIG_MOST (8 * 1024 * 1024)
#define REFS_MOST   (64 * 1024 * 1024)

struct discard;
struct fetches;
struct init_plan;
struct settle;

/* One layer of layerdb. Owned by the store's map; the strings are fixed once is_read. */
struct layer {
	char chain_id[OCI_DIGEST_SIZE];
	unsigned images; /* how many images' chains it is part of */
	unsigned holds;	 /* loads and containers in the making that build on it: it stays on disk */
	unsigned pins;	 /* readers that look at this struct: it stays in memory */
	bool is_gone;	 /* dropped while pinned */
	bool is_read;
	bool has_size; /* is_read implies it; the index may say the size alone */
	char diff_id[OCI_DIGEST_SIZE];
	char cache_id[ID_HEX + 1];
	int64_t size;
	char *lower; /* what a layer on top of this one has in its file "lower"; NULL: not yet read */
	struct init_plan *plan; /* what an init layer on top needs; NULL: not yet looked */
};

/* One image of imagedb. Owned by the store's map; one allocation with all it points to but the layers. */
struct image {
	const char *id;
	const char *parent; /* "" when none */
	int64_t created_ns;
	struct str_map labels;
	struct layer **layers; /* lowest first */
	size_t n_layers;
};

struct image_store {
	char *root;	/* path of the data root */
	int image_fd;	/* image/overlay2 */
	int overlay_fd; /* overlay2 */
	int tmp_fd;	/* tmp */
	struct discard *discard;
	struct settle *settle;
	struct fetches *fetches;

	bool is_still; /* nothing is to be written but by request: fsck.h */
	atomic_bool is_pruning;
	pthread_rwlock_t roots;
	pthread_mutex_t change;
	pthread_mutex_t lock;
	atomic_bool is_read;
	atomic_bool is_index_old; /* images have come since it was written */
	struct refs *refs;
	struct map *images;	      /* id → struct image * */
	struct map *layers;	      /* chain id → struct layer * */
	struct str_map driver_status; /* measured when driver_arena is set */
	struct arena *driver_arena;
};

/* Reads refs and images at the first call. To be called before taking any lock. */
int store_read(struct image_store *s, struct err *e);
/* Brings the index up to date when it is old and the store large enough (index.h). What fails is logged. */
void store_write_index(struct image_store *s);
/* Frees what was read. */
void store_forget(struct image_store *s);

/* --- Under lock ---------------------------------------------------------------------------------- */

/* The image of an id, or NULL. */
struct image *store_find_image(struct image_store *s, const char *id);
/* The layer of a chain id, made when it is not known yet (which says nothing of the disk). */
struct layer *store_layer(struct image_store *s, const char *chain_id);
/* Takes an image in that is on disk: counts its layers' uses. */
struct image *store_add_image(struct image_store *s, const char *id, const char *config, size_t n,
	const char *parent, struct err *e);
/* The same of what the index says; layers are the store's. */
struct image *store_add_known(struct image_store *s, const struct image *like);
/* The reverse. Frees it. */
void store_drop_image(struct image_store *s, struct image *img);
/* Forgets a layer nothing uses any more; it is freed when nobody looks at it. */
void store_drop_layer(struct image_store *s, struct layer *l);

/* Whether an image's labels have all of these: "k" or "k=v". */
bool store_has_labels(const struct image *img, const struct str_list *want);

/* An image's layers, pinned, for use without lock. */
struct pinned {
	struct layer **v; /* lowest first */
	size_t n;
};
/* v lies in a. */
void store_pin(struct arena *a, const struct image *img, struct pinned *out);

/* --- Without lock --------------------------------------------------------------------------------- */

void store_unpin(struct image_store *s, const struct pinned *p);
/*
 * Makes refs (a changed clone of s->refs) the store's: on disk, synced, then in memory. Takes it over, also on
 * failure. change is held.
 */
int store_replace_refs(struct image_store *s, struct refs *refs, struct err *e);
/* ERR_NOT_FOUND "No such image: id". */
int store_no_image(const char *id, struct err *e);

#endif

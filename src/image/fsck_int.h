/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of one check, in this order: leftovers (fsck_roots.c), images (fsck_images.c) tell what layers there should be, then layers
 * (fsck_layers.c), roots (fsck_roots.c), directories and links (fsck_dirs.c), names and metadata (fsck_images.c). The store's
 * roots and change locks are held all along; repairs are made where something is found, so that later parts see them.
 */
#ifndef TARE_IMAGE_FSCK_INT_H
#define TARE_IMAGE_FSCK_INT_H

#include "image/fsck.h"
#include "layerdb.h"
#include "store_int.h"

/* A layer as it should be, and as it is. */
struct fsck_layer {
	const char *chain_id;
	const char *diff_id, *parent; /* as images have it; NULL: no image has it */
	bool is_there;		      /* has a record that can be used */
	bool is_used;		      /* by an image, a root, a load or BuildKit */
	struct layer_record record;
	const char *link, *lower; /* of its directory; NULL: not yet looked */
};

struct fsck {
	struct image_store *store;
	struct arena *arena;
	const struct fsck_opts *opts;
	struct fsck_report *report;
	struct map *layers;	  /* chain id → struct fsck_layer * */
	struct str_list chains;	  /* the keys */
	struct str_list contents; /* image ids that have a configuration */
	struct map *dirs;	  /* names in overlay2/ somebody uses → anything */
	struct map *links;	  /* target directory → its name in l/ */
	struct map *named; /* names in l/ that a directory in use says are its own → anything */
	struct buf build_cache; /* BuildKit's list of snapshots, as bytes; empty: none */
};

/* Adds a finding; true when the caller is to repair it now, and then calls fsck_repaired with how that went. */
bool fsck_found(struct fsck *f, const struct fsck_finding *finding);
/* rc 0: the last finding is repaired; else e says why not. */
void fsck_repaired(struct fsck *f, int rc, const struct err *e);
/* The layer of a chain id, made when new. */
struct fsck_layer *fsck_layer(struct fsck *f, const char *chain_id);
/* Whether BuildKit's list of snapshots mentions text. */
bool fsck_is_cached(const struct fsck *f, const char *text);
/* Calls fn for each name in dir/path but "." and "..". */
int fsck_each_name(struct fsck *f, int dir, const char *path,
	int (*fn)(struct fsck *f, const char *name, struct err *e), struct err *e);

int fsck_leftovers(struct fsck *f, struct err *e);
int fsck_contents(struct fsck *f, struct err *e);
int fsck_layers(struct fsck *f, struct err *e);
int fsck_incomplete_images(struct fsck *f, struct err *e);
int fsck_roots(struct fsck *f, struct err *e);
int fsck_orphan_layers(struct fsck *f, struct err *e);
int fsck_dirs(struct fsck *f, struct err *e);
int fsck_names(struct fsck *f, struct err *e);
int fsck_metadata(struct fsck *f, struct err *e);

#endif

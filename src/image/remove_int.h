/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing images in two parts: removal_plan (remove_plan.c) decides for one name after the other what shall go, on a
 * copy of the names; removal_carry_out (remove.c) does it. The store's change lock is held all along.
 */
#ifndef TARE_IMAGE_REMOVE_INT_H
#define TARE_IMAGE_REMOVE_INT_H

#include "store_int.h"

struct removal {
	struct image_store *store;
	struct arena *arena;
	const struct image_remove_opts *opts;
	struct refs *refs; /* as they will be */
	bool has_untagged;
	struct str_list doomed; /* image ids, in order */
	struct map *doomed_ids; /* the same, to be found */
	struct map *children;	/* image id → how many images not doomed it is the parent of */
	struct image_removed_list *out;
};

/*
 * `rmi name`, where name is what stands for image id. Under lock. ERR_CONFLICT says what is in the way; then nothing
 * was added.
 */
int removal_plan(struct removal *r, const char *name, const char *id, struct err *e);
/* Whether images that are not doomed were built on this one. Under lock. */
bool removal_has_children(struct removal *r, const char *id);
/* Without lock. Rows of what was done before an error stay. */
int removal_carry_out(struct removal *r, struct err *e);
/* Frees what a removal holds. */
void removal_done(struct removal *r);

/* Adds a copy to the answer; its labels lie in the arena. */
void removal_add_row(struct removal *r, const struct image_removed *row);

#endif

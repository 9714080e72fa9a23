/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a load back whole after the machine went down before it was on disk. */
#ifndef TARE_IMAGE_TAKEBACK_H
#define TARE_IMAGE_TAKEBACK_H

#include "base/arena.h"
#include "base/err.h"
#include "store_int.h"

/* What a load's journal says (sweep.h). */
struct journal {
	const char *boot; /* NULL: nothing */
	struct str_list images;
	struct str_map layers; /* chain id → cache id, lowest first */
};

/*
 * Removes the load's layers whatever state they are in, its images, all other images on these layers, and their
 * names. For the opening of the store: nobody else may have looked at it.
 */
int takeback_load(struct image_store *s, struct arena *a, const struct journal *j, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about layers that need both memory and disk, and the end of those nobody uses. */
#ifndef TARE_IMAGE_LAYERS_H
#define TARE_IMAGE_LAYERS_H

#include "base/arena.h"
#include "base/err.h"
#include "store_int.h"

/* Reads l's record unless that was done. Without locks. */
int layers_read(struct image_store *s, struct layer *l, struct err *e);

/*
 * What a layer on top of l has in its file "lower". Read once; the string is l's and stays. Marks l as a parent.
 * Without locks.
 */
int layers_lower(struct image_store *s, struct layer *l, const char **lower, struct err *e);

/* Sum of the sizes of n layers. Without locks. */
int layers_size(
	struct image_store *s, struct layer *const *v, size_t n, int64_t *bytes, struct err *e);

/*
 * Removes the layers of a chain that neither image, container root nor load uses, from top downwards, and
 * adds their chain ids to *removed (may be NULL). change is held, lock is not.
 */
int layers_collect(struct image_store *s, struct arena *a, const char *const *chain, size_t n,
	struct str_list *removed, struct err *e);

/* The chain ids from top downwards, by the records' parents. */
int layers_chain_down(struct image_store *s, struct arena *a, const char *top,
	struct str_list *chain, struct err *e);

#endif

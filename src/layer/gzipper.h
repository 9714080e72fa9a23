/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gzip by ISA-L in blocks, each with the end of the one before it as its dictionary, on several threads. Where blocks
 * end depends on the bytes alone: the same input gives the same output, however many threads there are.
 */
#ifndef TARE_LAYER_GZIPPER_H
#define TARE_LAYER_GZIPPER_H

#include <stddef.h>

#include "base/err.h"

#define GZIPPER_LEVEL_MOST 3
#define GZIPPER_BLOCK	   (512 * 1024)

/* Gets the compressed bytes in order, in the giver's thread. */
typedef int (*gzipper_emit)(void *arg, const void *data, size_t n, struct err *e);

struct gzipper;

/* level 0 (fastest) to GZIPPER_LEVEL_MOST. threads 0: compresses in the giver's. */
struct gzipper *gzipper_new(int level, unsigned threads, gzipper_emit emit, void *arg);
void gzipper_free(struct gzipper *g);

/* Where the next GZIPPER_BLOCK bytes go. */
void *gzipper_room(struct gzipper *g);
/* Takes n bytes there; less than GZIPPER_BLOCK only before gzipper_finish. */
int gzipper_give(struct gzipper *g, size_t n, struct err *e);
/* Ends the stream. Every block was given, an empty last one need not be. */
int gzipper_finish(struct gzipper *g, struct err *e);

#endif

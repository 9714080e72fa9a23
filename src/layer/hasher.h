/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 by a thread of its own, so that it goes on while the kernel makes files. Where no thread can be had, it is
 * computed at once.
 */
#ifndef TARE_LAYER_HASHER_H
#define TARE_LAYER_HASHER_H

#include <stddef.h>

#include "base/sha.h"

/* So many of the latest blocks given may still be in use: the giver goes through HASHER_BLOCKS buffers in turn. */
#define HASHER_BLOCKS 4

struct hasher;

struct hasher *hasher_new(void);
void hasher_free(struct hasher *h);

/*
 * Adds a block. The bytes must stay until HASHER_BLOCKS - 1 further blocks were added, or hasher_finish or hasher_free
 * returned.
 */
void hasher_add(struct hasher *h, const void *data, size_t n);
/* "sha256:…" of all. Nothing may be added any more. */
void hasher_finish(struct hasher *h, char out[SHA_DIGEST_TEXT + 1]);

#endif

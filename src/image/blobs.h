/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blobs on their way in, so that an interrupted pull goes on where it stopped: files in tmp/tare-blobs/ named by the
 * digest that was promised. They outlive the daemon; nothing in them is trusted, who reads one hashes it. One user at a
 * time holds a file by a lock on it.
 */
#ifndef TARE_IMAGE_BLOBS_H
#define TARE_IMAGE_BLOBS_H

#include <stdint.h>

#include "base/err.h"
#include "store_int.h"

#define BLOBS_FOLDER "tare-blobs" /* in tmp/ */

/* Smaller ones are not worth a file. */
#define BLOBS_LEAST (1024 * 1024)

/*
 * The file of a blob that will have size bytes: *at of them are there. -1 without e being set: somebody else has it,
 * or none can be had; then the blob is fetched without.
 */
int blobs_open(struct image_store *s, const char *digest, int64_t size, int64_t *at);
/* The blob became a layer, or turned out to be wrong. */
void blobs_remove(struct image_store *s, const char *digest);
/* Removes what nobody has come back for in a day. */
void blobs_expire(struct image_store *s);

#endif

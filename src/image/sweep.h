/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an interrupted load or removal left behind, found when the store is opened and removed in the background. A
 * load that was already registering layers has a journal. When only the daemon ended, its layers go unless an image
 * came of them; when the machine went down, nobody knows what of it is on disk, and all of it goes.
 */
#ifndef TARE_IMAGE_SWEEP_H
#define TARE_IMAGE_SWEEP_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "store_int.h"

/*
 * Folders of loads in tmp/ that are running or not yet on disk, and the journal in them. Its lines: "boot BOOT-ID",
 * "image ID" for each new one, "CHAIN-ID CACHE-ID" for each new layer, lowest first.
 */
#define SWEEP_LOAD_PREFIX  "tare-load-"
#define SWEEP_STALE_PREFIX "tare-stale-" /* found when the store was opened */
#define SWEEP_JOURNAL	   "journal"
#define SWEEP_JOURNAL_MOST (64 * 1024 * 1024)

/*
 * Takes all leftovers in tmp/ off their names, so that what is made from now on is not mistaken for one. *is_dirty:
 * there is work for sweep_work.
 */
int sweep_find(struct image_store *s, bool *is_dirty, struct err *e);
/* Does it; arg is the store. */
void sweep_work(void *arg);

/* The journal's line about this boot. */
void sweep_print_boot(struct arena *a, struct buf *journal);

#endif

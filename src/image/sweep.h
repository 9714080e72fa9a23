/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an interrupted load or removal left behind, found when the store is opened and removed in the background. A
 * load that was already registering layers has a journal: its layers go unless an image came of them.
 */
#ifndef TARE_IMAGE_SWEEP_H
#define TARE_IMAGE_SWEEP_H

#include <stdbool.h>

#include "base/err.h"
#include "store_int.h"

/* Folders of running loads in tmp/, and the journal in them: one chain id and one cache id a line. */
#define SWEEP_LOAD_PREFIX "tare-load-"
#define SWEEP_JOURNAL	  "journal"

/*
 * Takes all leftovers in tmp/ off their names, so that what is made from now on is not mistaken for one. *is_dirty:
 * there is work for sweep_work.
 */
int sweep_find(struct image_store *s, bool *is_dirty, struct err *e);
/* Does it; arg is the store. */
void sweep_work(void *arg);

#endif

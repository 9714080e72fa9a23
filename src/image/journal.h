/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a removal is about to do, for the next start: layers that nobody uses any more are not found again by looking at
 * images. It is a load's journal without a boot (sweep.h): whatever of it is unused then is removed. Not synced: what a
 * power loss drops is a few layers too many, which fsck finds.
 */
#ifndef TARE_IMAGE_JOURNAL_H
#define TARE_IMAGE_JOURNAL_H

#include "store_int.h"

#define JOURNAL_NAME 32

/* Writes down the layers of *chain_ids, lowest first. *name is for journal_end. change or roots is held. */
int journal_begin(struct image_store *s, struct arena *a, const struct str_list *chain_ids,
	char name[JOURNAL_NAME], struct err *e);
/* All of it is done, or was taken back. What fails is logged. */
void journal_end(struct image_store *s, const char *name);

#endif

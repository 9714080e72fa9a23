/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads on their way to the disk: an answer does not wait for a gigabyte to be written. Until it is, a load's folder
 * stays in tmp/ with its journal, by which the next start takes the images back whole if the machine went down
 * meanwhile (sweep.h). Whoever is about to promise something that is built on them waits for settle_wait.
 */
#ifndef TARE_IMAGE_SETTLE_H
#define TARE_IMAGE_SETTLE_H

#include "base/err.h"

struct discard;
struct settle;

/* tmp_fd: the folder loads are in; stays the caller's, like d. */
struct settle *settle_new(int tmp_fd, struct discard *d);
/* Waits until all is on disk. NULL is fine. */
void settle_free(struct settle *s);

/*
 * Has what was written so far brought to disk in the background, then discards the folder `name`. On failure, which
 * is logged, the folder stays.
 */
void settle_begin(struct settle *s, const char *name);

/* Waits for all that was begun. -1 when some of it could not be written. */
int settle_wait(struct settle *s, struct err *e);

#endif

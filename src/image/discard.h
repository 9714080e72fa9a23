/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removal of large trees in the background: what is discarded is renamed into tmp/ at once, so the caller is
 * done, and threads that live as long as there is work remove it. What it does not get to before the end of the
 * daemon, the next start's sweep does.
 */
#ifndef TARE_IMAGE_DISCARD_H
#define TARE_IMAGE_DISCARD_H

#include "base/err.h"

struct discard;

/* tmp_fd is duplicated. */
struct discard *discard_new(int tmp_fd, struct err *e);
/* Waits for the thread. */
void discard_free(struct discard *d);

/* Takes dir/name (same filesystem) away. Missing is fine. */
int discard_tree(struct discard *d, int dir, const char *name, struct err *e);
/* Calls fn(arg) in the thread, before it removes anything more. arg must live until discard_free. */
void discard_run(struct discard *d, void (*fn)(void *arg), void *arg);

#define DISCARD_PREFIX "tare-gone-"

#endif

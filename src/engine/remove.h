/* SPDX-License-Identifier: Apache-2.0 */
/* Removing a container whose verb lock the caller holds. */
#ifndef TARE_ENGINE_REMOVE_H
#define TARE_ENGINE_REMOVE_H

#include "container.h"

/*
 * Removes all traces of c, which does not run, and its anonymous volumes when asked. Publishes destroy. What cannot be
 * removed leaves it dead, to be removed again.
 */
int ctr_remove(struct engine *eng, struct container *c, bool volumes, struct err *e);
/*
 * The first half of the same for a container with --rm whose process has ended: it is known no more, its name is
 * free, its anonymous volumes are gone, who
 * waits for the removal is told. What is left on disk nobody reads again: a daemon that dies here removes it when it
 * starts (restore.c). Fault point remove.forget.
 */
int ctr_forget(struct engine *eng, struct container *c, struct err *e);
/* The second half. What cannot be removed is logged and left to the next start. */
void ctr_remove_remains(struct engine *eng, struct container *c);

#endif

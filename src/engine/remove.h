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

#endif

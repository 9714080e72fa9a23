/* SPDX-License-Identifier: Apache-2.0 */
/* Waking those who wait for a container. */
#ifndef TARE_ENGINE_WAIT_INT_H
#define TARE_ENGINE_WAIT_INT_H

#include "container.h"
#include "engine/lifecycle.h"

/* It ended: wakes all that wait for that, with its exit code. With c's lock held. */
void waits_exited(struct container *c);
/* It is gone: wakes everybody. With c's lock held. */
void waits_removed(struct container *c);

/* As engine_wait_begin, for a container at hand. With c's lock NOT held. */
struct engine_wait *wait_begin(struct container *c, enum wait_condition condition, struct err *e);
/* Waits for it: 1 it holds, 0 timeout_ms (-1: never) has passed, -1 with e. */
int wait_for(struct engine_wait *w, int timeout_ms, struct err *e);

#endif

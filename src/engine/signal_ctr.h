/* SPDX-License-Identifier: Apache-2.0 */
/* Reaching a running container's process. */
#ifndef TARE_ENGINE_SIGNAL_CTR_H
#define TARE_ENGINE_SIGNAL_CTR_H

#include "container.h"

/*
 * Sends sig to the container's first process through its monitor and publishes the kill event; KILL and TERM thaw a
 * paused container. ERR_NOT_FOUND or ERR_CONFLICT when it has just ended.
 */
int ctr_signal(struct engine *eng, struct container *c, int sig, struct err *e);

/* Kills a running container and waits for its end. Neither lock held. Not running any more is fine. */
int ctr_kill_and_wait(struct engine *eng, struct container *c, struct err *e);

/* Freezes a running container and marks it paused; publishes pause. The verb lock held. */
int ctr_freeze(struct engine *eng, struct container *c, struct err *e);
/* Thaws it and marks it running; publishes unpause. The verb lock held. */
int ctr_thaw(struct engine *eng, struct container *c, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a container whose verb lock the caller holds. */
#ifndef TARE_ENGINE_START_H
#define TARE_ENGINE_START_H

#include "container.h"

/*
 * Starts c, whatever state that is not running it is in. On error everything is undone, exit code and error text
 * are in its state, and parked clients were closed.
 */
int ctr_start(struct engine *eng, struct container *c, struct err *e);

/* Closes clients parked at c. Takes c's lock. */
void ctr_drop_parked(struct container *c);

/*
 * Docker's exit code for a start of command that failed with the runtime's text: 127 not found, 126 not
 * executable, else other. e becomes ERR_INVALID for those two and may get a hint at its end.
 */
int start_exit_code(struct err *e, const char *command, int other);

#endif

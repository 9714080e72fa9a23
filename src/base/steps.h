/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Multi-step actions as a list of do/undo pairs, run by one loop. When a step fails, the undos of the
 * steps before it run backwards and the step's name is put in front of the error. Each step passes
 * the fault point "ACTION.STEP", so TARE_FAULT=start.network:1 fails it once.
 */
#ifndef TARE_BASE_STEPS_H
#define TARE_BASE_STEPS_H

#include "err.h"

struct step {
	const char *name; /* NULL ends the list */
	int (*run)(void *ctx, struct err *e);
	void (*undo)(void *ctx); /* NULL: nothing to undo */
};

/* Runs all steps of action with ctx: 0, or -1 with everything undone. A clean user-facing text stays
 * clean: the step's name is logged at debug level, never put into e->msg. */
int steps_run(const char *action, const struct step *steps, void *ctx, struct err *e);

#endif

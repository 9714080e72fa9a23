/* SPDX-License-Identifier: Apache-2.0 */
/* Calling a pull or push off from another thread: what its client does by going away. */
#ifndef TARE_IMAGE_CANCELLER_H
#define TARE_IMAGE_CANCELLER_H

#include <stdbool.h>

#include "base/err.h"

struct canceller;

struct canceller *canceller_new(void);
/* When neither side uses it any more. NULL is fine. */
void canceller_free(struct canceller *c);

/* From any thread, as often as one likes: what runs is stopped, what comes is not begun. */
void canceller_cancel(struct canceller *c);
/* NULL is never cancelled. */
bool canceller_is_cancelled(struct canceller *c);
/* ERR_CANCELLED "context canceled" when it is. */
int canceller_check(struct canceller *c, struct err *e);

/*
 * What canceller_cancel shall call, in its caller's thread, under the canceller's lock; at once when it was called before.
 * stop NULL: nothing any more; when this returns stop does not run. c NULL is fine.
 */
void canceller_set(struct canceller *c, void (*stop)(void *arg), void *arg);

#endif

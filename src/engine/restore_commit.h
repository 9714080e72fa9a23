/* SPDX-License-Identifier: Apache-2.0 */
/* What a commit that a daemon's end cut short leaves behind. */
#ifndef TARE_ENGINE_RESTORE_COMMIT_H
#define TARE_ENGINE_RESTORE_COMMIT_H

#include "container.h"

/* Thaws a running container that was frozen for a commit alone. */
void commit_thaw_left(struct engine *eng, struct container *c);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What a container has changed in its root. */
#ifndef TARE_ENGINE_CHANGES_H
#define TARE_ENGINE_CHANGES_H

#include "engine/engine.h"
#include "image/changes.h"

/* See image_root_changes. ERR_NOT_FOUND "No such container: x". */
int engine_changes(struct engine *eng, struct arena *a, const char *name, struct image_changes *out,
	struct err *e);

#endif

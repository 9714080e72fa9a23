/* SPDX-License-Identifier: Apache-2.0 */
/* A container's files as a tar, without its volumes, whether it runs or not. */
#ifndef TARE_ENGINE_EXPORT_H
#define TARE_ENGINE_EXPORT_H

#include "engine/engine.h"

struct engine_export;

/* Opens the root of the container called name; the caller closes *out. ERR_NOT_FOUND, ERR_CONFLICT. */
int engine_export_open(
	struct engine *eng, const char *name, struct engine_export **out, struct err *e);
void engine_export_close(struct engine_export *x);

/*
 * Writes the tar to fd and returns when that is done; then the event is published. layer_program as in image_root_export.
 * ERR_CANCELLED when nobody reads fd any more.
 */
int engine_export_write(struct engine_export *x, const char *layer_program, int fd, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A part of a volume (VolumeOptions.Subpath). What is in a volume is the work of containers, so the part is opened without
 * ever leaving the volume and held by a mount of ours below containers/<id>/mounts while the container runs: what the
 * runtime mounts is what was opened, whatever becomes of the path.
 */
#ifndef TARE_ENGINE_SUBPATH_H
#define TARE_ENGINE_SUBPATH_H

#include "container.h"

/* Where mount `at` of c is taken from: its source, or the place of its part; in a. */
const char *subpath_source(struct arena *a, const struct container *c, size_t at);
/* Mounts the part, which must exist. Fine when the mount is of a whole volume. Fault point subpath.mount. */
int subpath_mount(const struct container *c, size_t at, struct err *e);
/* The reverse; not mounted is fine. */
void subpath_unmount(const struct container *c, size_t at);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts of one container: gathered from a request at create, shown by inspect. */
#ifndef TARE_ENGINE_MOUNT_TABLE_H
#define TARE_ENGINE_MOUNT_TABLE_H

#include "container.h"

/*
 * Adds -v, --mount, and the image's and request's volumes to *out (in a), in this order; a destination
 * twice is ERR_INVALID "Duplicate mount point: /x", but for what was taken over by --volumes-from: that gives way.
 * Volumes have no source yet.
 */
int mount_table_gather(struct arena *a, const struct container_config *c,
	const struct host_config *h, struct ctr_mounts *out, struct err *e);

/* As inspect shows them (tmpfs of --tmpfs are not among them). */
void mount_table_points(struct arena *a, const struct ctr_mounts *m, struct mount_point_list *out);

#endif

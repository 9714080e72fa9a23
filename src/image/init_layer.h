/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes into a container's init layer: the mount points every container needs, where the image does not have
 * them as directories already (Docker's daemon/initlayer; feature row J.2). dockerd mounts the layer to find out;
 * here the image's layers are looked through once and the answer is kept with the top layer.
 */
#ifndef TARE_IMAGE_INIT_LAYER_H
#define TARE_IMAGE_INIT_LAYER_H

#include "base/err.h"

struct init_plan;

/*
 * Looks through the layers of lower ("l/X:l/Y", uppermost first, "" for none) in overlay2 directory
 * overlay_fd. *out: init_plan_free.
 */
int init_plan_make(int overlay_fd, const char *lower, struct init_plan **out, struct err *e);
void init_plan_free(struct init_plan *p);

/* Makes what the plan says in the empty directory diff. */
int init_plan_apply(const struct init_plan *p, int overlay_fd, int diff, struct err *e);

#endif

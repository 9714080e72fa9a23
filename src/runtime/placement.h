/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The systemd driver's part in making a container. systemd makes a group only around a process that is there already, and may
 * put one where we may not ourselves (rootless). So the first stage of launch.h waits until it was placed, and the container's
 * process is born beside it.
 */
#ifndef TARE_RUNTIME_PLACEMENT_H
#define TARE_RUNTIME_PLACEMENT_H

#include "creation.h"

/* Reads cgroupsPath as "slice:prefix:name" and has launch.c call for the placement. */
int placement_plan(struct creation *c, struct err *e);

#endif

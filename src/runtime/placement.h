/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done to a container's group beside limiting it: whose it is, and the systemd driver's part in making it. systemd makes a group only around a process that is there already, and may
 * put one where we may not ourselves (rootless). So the first stage of launch.h waits until it was placed, and the container's
 * process is born beside it.
 */
#ifndef TARE_RUNTIME_PLACEMENT_H
#define TARE_RUNTIME_PLACEMENT_H

#include "creation.h"

/* Reads cgroupsPath as "slice:prefix:name" and has launch.c call for the placement. */
int placement_plan(struct creation *c, struct err *e);

/*
 * A container that sees its own group writable (cgroup namespace and mount, v2) owns it, as its user is outside: the runtime
 * spec's "cgroup ownership".
 */
int placement_give(const struct creation *c, struct err *e);

/*
 * For exec by a user who may not move processes between groups: has systemd put process pid into the scope of cg.
 * ERR_NOT_FOUND when it is no scope.
 */
int placement_attach(const struct runtime *rt, struct cgroup *cg, pid_t pid, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What of the host a container is given besides its cgroup: network devices, a class of cache and memory bandwidth. */
#ifndef TARE_RUNTIME_GRANTS_H
#define TARE_RUNTIME_GRANTS_H

#include "base/err.h"
#include "container.h"
#include "creation.h"

/*
 * Steps of a creation whose process waits (linux.netDevices, linux.intelRdt). What the kernel does at the end of a network
 * namespace is the undo of the first: hardware comes back, virtual devices go.
 */
int grants_move_devices(void *creation, struct err *e);
int grants_make_class(void *creation, struct err *e);
void grants_unmake_class(void *creation);

/* Of a container that is there: for exec, and at its end. */
int grants_join_class(const struct container_record *r, pid_t pid, struct err *e);
int grants_remove_class(const struct container_record *r, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /dev/shm of a container whose IPC namespace others may join (IpcMode shareable): a tmpfs on the host at
 * containers/<id>/mounts/shm.
 */
#ifndef TARE_ENGINE_SHM_H
#define TARE_ENGINE_SHM_H

#include "container.h"

/* Its path in a, or NULL when c has none. */
const char *shm_path(struct arena *a, const struct container *c);
/* Mounts it, unless it is. Fault point shm.mount. Fine when c has none. */
int shm_mount(const struct container *c, struct err *e);
/* Unmounts it; not mounted is fine. */
void shm_unmount(const struct container *c);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's control group: its name by the daemon's driver, and finding it. Making it is the runtime's business, all
 * else sys/cgroup.h's.
 */
#ifndef TARE_ENGINE_GROUP_H
#define TARE_ENGINE_GROUP_H

#include "container.h"
#include "engine_int.h"

/* ERR_INVALID in dockerd's words for a --cgroup-parent the driver cannot have; NULL or "" is fine. */
int group_check_parent(const struct engine *eng, const char *parent, struct err *e);
/*
 * Sets c's linux.cgroupsPath for its next run: "/docker/ID", or systemd's "system.slice:docker:ID". Takes c's lock. Not while
 * it runs, as its group keeps the name it was made by.
 */
void group_name(const struct engine *eng, struct container *c);
/* The group of c's run; the caller frees. NULL with ERR_NOT_FOUND when it is gone. */
struct cgroup *group_open(const struct engine *eng, const struct container *c, struct err *e);

#endif

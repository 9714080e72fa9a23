/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of an image that is made of a container. Pure. */
#ifndef TARE_ENGINE_COMMIT_CONFIG_H
#define TARE_ENGINE_COMMIT_CONFIG_H

#include "model/container_config.h"

/* Carries changes out on c, in a. ERR_INVALID in Docker's words. */
int commit_config_change(
	struct arena *a, struct container_config *c, const struct str_list *changes, struct err *e);

/* Puts the container's configuration below c's (moby's merge): what c does not say is the container's. */
void commit_config_merge(
	struct arena *a, struct container_config *c, const struct container_config *ctr);

/* Its JSON as Go writes it: maps sorted. In a. */
const char *commit_config_json(struct arena *a, const struct container_config *c);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What a container has though nobody said so: the image's settings, and dockerd's defaults. Pure. */
#ifndef TARE_ENGINE_DEFAULTS_H
#define TARE_ENGINE_DEFAULTS_H

#include "model/container.h"
#include "oci/image_config.h"

#define SHM_SIZE_DEFAULT (64 * 1024 * 1024)

/*
 * Puts the image's settings below the request's (moby's merge): user, ports, environment, labels, command,
 * working directory, volumes, stop signal, health check.
 */
void defaults_from_image(
	struct arena *a, struct container_config *c, const struct oci_image_run *image);

/* Path and args of the process: the entrypoint with the command behind it. ERR_INVALID "no command specified". */
int defaults_command(struct arena *a, const struct container_config *c, const char **path,
	struct str_list *args, struct err *e);

/* HostConfig's defaults as inspect shows them. private_cgroupns: what "" means on this machine. */
void defaults_host(struct arena *a, struct host_config *h, bool private_cgroupns);

/* Docker's masked and read-only paths (feature row K3); the masked ones end with those CPUs' that exist. */
void defaults_masked_paths(struct arena *a, struct str_list *out);
void defaults_readonly_paths(struct arena *a, struct str_list *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What create refuses before anything is made: malformed values in dockerd's words, and options this version
 * does not carry out, each named. Resource limits are limits.h, mounts mount_spec.h.
 */
#ifndef TARE_ENGINE_CHECKS_H
#define TARE_ENGINE_CHECKS_H

#include "model/container.h"

/* Env, working directory, stop signal, exposed ports, health check. */
int checks_config(const struct container_config *c, struct err *e);
/*
 * Every HostConfig member but limits and mounts: one row a member. Warnings are dockerd's (published
 * ports on the host network).
 */
int checks_host(struct arena *a, const struct container_config *c, struct host_config *h,
	struct str_list *warnings, struct err *e);

/* "host" and such: which of Docker's namespace modes a text is. */
enum ns_mode { NS_MODE_PRIVATE, NS_MODE_HOST, NS_MODE_CONTAINER, NS_MODE_SHAREABLE, NS_MODE_NONE };
/* "" is private. False for anything else than "private", "host", "shareable", "none", "container:x". */
bool ns_mode_parse(const char *text, enum ns_mode *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The instructions that only change an image's configuration, carried out on one: what `commit --change` and `import
 * --change` take (feature rows E20, E21), and a build's share of them.
 */
#ifndef TARE_DOCKERFILE_CONFIG_H
#define TARE_DOCKERFILE_CONFIG_H

#include "dockerfile/node.h"
#include "model/container_config.h"

/* Where instructions are carried out. */
struct dockerfile_target {
	struct arena *arena;
	struct container_config *config; /* changed in place; what it points to is not */
	char escape;
	bool cmd_set; /* a CMD came: a later ENTRYPOINT leaves it */
	/* Whether a signal's name or number is one; ERR_INVALID "invalid signal: x". NULL: anything is. */
	int (*check_signal)(const char *text, struct err *e);
};

/*
 * Carries out one instruction: CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD SHELL STOPSIGNAL USER
 * VOLUME WORKDIR (MAINTAINER is the
 * image's, not its configuration's: nothing). ERR_INVALID with Docker's sentence; also for any other instruction.
 */
int dockerfile_configure(
	struct dockerfile_target *t, const struct dockerfile_node *node, struct err *e);

/*
 * The changes of commit and import, joined as lines of a Dockerfile. ERR_INVALID "FROM is not a valid change
 * command" for all
 * but those that Docker lets in (SHELL and MAINTAINER are not).
 */
int dockerfile_change(const struct str_list *changes, struct dockerfile_target *t, struct err *e);

#endif

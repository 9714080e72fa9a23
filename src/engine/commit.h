/* SPDX-License-Identifier: Apache-2.0 */
/* Making images of containers (feature row E21). */
#ifndef TARE_ENGINE_COMMIT_H
#define TARE_ENGINE_COMMIT_H

#include <stdbool.h>

#include "engine/engine.h"
#include "model/container_config.h"

/* Texts may be NULL or "". */
struct engine_commit {
	const char *name;	/* of the container */
	const char *repo, *tag; /* what to call the image; repo "": nothing */
	const char *author, *comment;
	struct str_list changes; /* lines of a Dockerfile */
	const struct container_config
		*config; /* the image's, the container's below it; NULL: the container's */
	bool pause;	 /* freeze it meanwhile, if it runs */
	const char *docker_version; /* written into the image */
	const char *layer_program;  /* tare-layer; NULL: beside this program */
};

struct engine_committed {
	const char *id;	  /* "sha256:…" */
	const char *name; /* "alpine:latest"; NULL: none */
};

/*
 * Makes an image of the container as it is now; out's texts lie in a. Whatever happens the container goes on,
 * even when the
 * daemon is killed: the next one thaws it. Nothing else can change it meanwhile. Events pause, tag (of the
 * image), commit, unpause. ERR_NOT_FOUND,
 * ERR_INVALID for a bad name or change, ERR_CONFLICT when it is being removed. Fault points commit.freeze and
 * those of
 * image_commit.
 */
int engine_commit(struct engine *eng, struct arena *a, const struct engine_commit *q,
	struct engine_committed *out, struct err *e);

/* The configuration changes give an image of nothing, and one without changes: import's. JSON texts in a. */
const char *engine_config_json(struct arena *a, const struct str_list *changes, struct err *e);

#endif

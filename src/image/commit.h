/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's changes as a new image (feature row E21): its image's layers and one more with what lies in the
 * container's own, packed and unpacked again by two tare-layer processes with a pipe between. Nothing is
 * visible before
 * it is whole; after a failure, or kill -9 and the next image_store_open, nothing is left.
 */
#ifndef TARE_IMAGE_COMMIT_H
#define TARE_IMAGE_COMMIT_H

#include "base/arena.h"
#include "base/err.h"
#include "image/image.h"

/* Texts may be NULL or "" unless said otherwise. */
struct image_commit {
	const char *ctr_id;	      /* whose root; not NULL */
	const char *parent_id;	      /* the container's image; "": none */
	const char *os;		      /* "linux" */
	const char *config;	      /* JSON text of the image's configuration; not NULL */
	const char *container_config; /* JSON text of the container's; not NULL */
	const char *created_by;	      /* for the history */
	const char *author, *comment, *docker_version;
	const char *name;	   /* as image_tag_name gave it; NULL: none */
	const char *layer_program; /* NULL: beside this program, else ../libexec/tare */
};

/*
 * Makes the image; *id ("sha256:…") lies in a. Without a change there is no further layer. The container must
 * not change
 * meanwhile, or what is in the layer is of different moments; its root must not be removed. Fault points
 * image.spawn_layer (twice),
 * commit.{journal,layers,images,names}. ERR_NOT_FOUND when the image or the root is gone; ERR_INVALID "max
 * depth exceeded".
 */
int image_commit(struct image_store *s, struct arena *a, const struct image_commit *c,
	const char **id, struct err *e);

#endif

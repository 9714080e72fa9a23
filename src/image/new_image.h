/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image made here, by commit or import: its configuration's text as dockerd writes it, and its way into
 * the store.
 */
#ifndef TARE_IMAGE_NEW_IMAGE_H
#define TARE_IMAGE_NEW_IMAGE_H

#include "base/arena.h"
#include "base/err.h"
#include "intake.h"
#include "oci/image_config.h"

/* Texts that are NULL or "" are left out, but for the two configurations. */
struct new_image {
	const char *architecture, *variant, *os, *os_version;
	struct str_list os_features;
	const char *author, *comment, *container, *docker_version;
	const char *created; /* RFC 3339 */
	const char *config;  /* JSON texts of ContainerConfig */
	const char *container_config;
	struct oci_history_list history;
	struct str_list diff_ids; /* lowest first */
};

/* Appends it as compact JSON, members sorted, as dockerd does: an image's id is made of these bytes. */
void new_image_write(const struct new_image *n, struct buf *out);

/* What it is made of and called. */
struct new_image_parts {
	const struct new_image *image;
	const struct intake_place *place; /* of the last layer; NULL: the store has all of them */
	int64_t size;			  /* of that layer */
	const char *parent;		  /* image id or NULL */
	const char *name;		  /* a familiar reference with a tag, or NULL */
};

/*
 * Takes it into the store, all or nothing; *id lies in in's arena. Fault points of in->action. ERR_INVALID "max depth
 * exceeded".
 */
int new_image_take(
	struct intake *in, const struct new_image_parts *parts, const char **id, struct err *e);

#endif

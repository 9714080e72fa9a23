/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tar of a file tree as an image of one layer (feature row E20); plain or compressed by gzip, zstd, xz or
 * bzip2. The
 * bytes are read by a tare-layer process, never here. All or nothing, as a load.
 */
#ifndef TARE_IMAGE_IMPORT_H
#define TARE_IMAGE_IMPORT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "image/image.h"
#include "oci/platform.h"

struct image_import {
	int fd;		    /* the tar, read to its end; may be a pipe; stays the caller's */
	const char *config; /* JSON text of the image's configuration */
	const char *container_config; /* the same of the container that never was */
	struct oci_platform platform;
	const char *comment;	    /* of the image and its history */
	const char *docker_version; /* may be NULL */
	const char *name;	    /* as image_tag_name gave it; NULL: none */
	const char *layer_program;  /* NULL: beside this program, else ../libexec/tare */
	/*
	 * Set by whoever feeds fd, before he closes it, when it ends too early: a tar may look whole then. NULL:
	 * it never is.
	 */
	const atomic_bool *is_cut;
};

/*
 * Makes the image; *id ("sha256:…") lies in a. Fault points image.spawn_layer,
 * import.{journal,layers,images,names}. ERR_INVALID
 * for what is no tar: "archive/tar: invalid tar header", "unexpected EOF", …
 */
int image_import(struct image_store *s, struct arena *a, const struct image_import *i,
	const char **id, struct err *e);

#endif

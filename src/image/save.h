/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saving images into one archive: an OCI layout that is a docker-archive as well (feature rows S65, E18, E19), with the
 * names of before Docker 25 as links. It is streamed, never stored; the same images make the same bytes. Layers are
 * what came in, by tar-split.
 */
#ifndef TARE_IMAGE_SAVE_H
#define TARE_IMAGE_SAVE_H

#include "base/arena.h"
#include "base/err.h"
#include "image/image.h"
#include "oci/platform.h"

struct image_save_opts {
	const struct oci_platform *platform; /* NULL: any */
	const char *layer_program;	     /* as in image_load_opts */
};

struct image_save;

/*
 * Finds what the names stand for, as dockerd does: an id or its beginning; name:tag or name@digest; a name alone is all
 * its tags. The layers stay until image_save_close, which the caller calls. ERR_NOT_FOUND "No such image: x",
 * "reference does not exist".
 */
int image_save_open(struct image_store *s, const struct str_list *names,
	const struct image_save_opts *opts, struct image_save **out, struct err *e);
void image_save_close(struct image_save *sv);

/* The images, in the order of the archive. */
void image_save_ids(const struct image_save *sv, struct str_list *out, struct arena *a);

/*
 * Writes the archive to fd, which stays the caller's, and returns when all is written. ERR_CANCELLED: nobody reads fd any
 * more. The calling thread waits for processes.
 */
int image_save_write(struct image_save *sv, int fd, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pulling from registries (feature rows B7, B24, E6, E13). tare-xfer speaks to the registry, tare-layer reads the bytes;
 * nothing is visible before everything is verified, names come last. After a failure, or kill -9 and the next
 * image_store_open, nothing is left but blobs that the next pull goes on with.
 */
#ifndef TARE_IMAGE_PULL_H
#define TARE_IMAGE_PULL_H

#include "base/err.h"
#include "image/canceller.h"
#include "image/image.h"
#include "image/progress.h"
#include "image/registry.h"
#include "oci/platform.h"
#include "oci/reference.h"

struct image_pull_opts {
	const struct oci_ref *ref;	     /* with neither tag nor digest: all tags */
	const struct oci_platform *platform; /* normalised; NULL: the host's */
	const struct registry_settings *settings;
	const struct registry_auth *auth; /* NULL: anonymous */
	const char *layer_program;	  /* NULL: beside this program, else ../libexec/tare */
	unsigned downloads_most;	  /* at once, over all pulls; 0: 3 */
	struct canceller *canceller;	  /* NULL: nobody cancels */
	struct image_progress_out progress;
};

/*
 * Pulls. Blocks; several pulls may run at once and share what they have in common. Errors before the first progress are
 * HTTP statuses with dockerd, later ones part of the stream.
 */
int image_pull(struct image_store *s, const struct image_pull_opts *opts, struct err *e);

#endif

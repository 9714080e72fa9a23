/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pushing to registries (feature row E14): layers the registry has are found by what is known of their blobs
 * (distribution.h), others mounted from another repository there, and what remains is packed again by tare-layer and
 * uploaded while it is being packed. The manifest, schema 2 as dockerd writes it, comes last.
 */
#ifndef TARE_IMAGE_PUSH_H
#define TARE_IMAGE_PUSH_H

#include "base/err.h"
#include "image/canceller.h"
#include "image/image.h"
#include "image/progress.h"
#include "image/registry.h"
#include "oci/reference.h"

struct image_push_opts {
	const struct oci_ref *ref; /* without a tag: all tags of the repository */
	const struct registry_settings *settings;
	const struct registry_auth *auth; /* NULL: anonymous */
	const char *layer_program;	  /* NULL: beside this program, else ../libexec/tare */
	unsigned uploads_most;		  /* at once; 0: 5 */
	struct canceller *canceller;	  /* NULL: nobody cancels */
	struct image_progress_out progress;
};

/* Pushes. Blocks; several may run at once. */
int image_push(struct image_store *s, const struct image_push_opts *opts, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of one pull. pull.c: references, documents, platforms. pull_image.c: from a manifest to an image. */
#ifndef TARE_IMAGE_PULL_INT_H
#define TARE_IMAGE_PULL_INT_H

#include "fetch.h"
#include "image/pull.h"
#include "oci/manifest.h"

struct pull {
	struct image_store *store;
	const struct image_pull_opts *opts;
	const char *program; /* tare-layer */
	struct fetch_source *source;
	struct registry *registry;
};

/* What is pulled, and under which names it shall be found. */
struct pull_target {
	struct oci_ref ref;	      /* with a tag or a digest */
	char digest[OCI_DIGEST_SIZE]; /* of the document the reference stands for */
};

/*
 * Brings the manifest's image and names it. *is_new: the name did not stand for that image before. "Digest: …" is
 * told here.
 */
int pull_image(struct pull *p, struct arena *a, const struct oci_manifest *m,
	const struct pull_target *target, bool *is_new, struct err *e);

#endif

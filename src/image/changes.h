/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container has changed in its root, as dockerd tells it: its own layer against the layers below, without
 * mounting either.
 */
#ifndef TARE_IMAGE_CHANGES_H
#define TARE_IMAGE_CHANGES_H

#include "base/arena.h"
#include "base/err.h"
#include "image/image.h"

/* The numbers are the API's. */
enum image_change_kind { IMAGE_CHANGED, IMAGE_ADDED, IMAGE_DELETED };

struct image_change {
	const char *path; /* "/etc/passwd" */
	enum image_change_kind kind;
};

struct image_changes {
	struct image_change *v;
	size_t n;
};

/*
 * Each directory before what is in it, its entries by name; the root itself is never listed. A directory is
 * changed when its mode
 * or owner is, or anything in it; a deleted one stands for all it held. May be called while the container runs: what
 * vanishes meanwhile is left out. ERR_NOT_FOUND without a root.
 */
int image_root_changes(struct image_store *s, struct arena *a, const char *ctr_id,
	struct image_changes *out, struct err *e);

#endif

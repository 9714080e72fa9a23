/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's root: two overlay2 layers above the image's (an init layer with the mount points
 * every container needs, and the read-write layer), known by layerdb/mounts/<container id>. Nothing here
 * is synced: what a power loss drops is dropped with its container.
 *
 * Calls for different containers may run at once; for one container the caller serialises.
 */
#ifndef TARE_IMAGE_ROOT_H
#define TARE_IMAGE_ROOT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "image/image.h"

/*
 * Makes the two layers for container ctr_id (64 hex) over image_id ("" : an empty root). All or
 * nothing. The image must not be removed meanwhile: register the container as its user first.
 * Fault points root.create.{init,rw,mount_record}. ERR_NOT_FOUND "No such image: …".
 */
int image_root_create(
	struct image_store *s, const char *ctr_id, const char *image_id, struct err *e);

/*
 * Mounts the root (overlay, in the caller's mount namespace) and puts its absolute path, ".../merged", into a. When
 * it is mounted already this only answers the path. Fault point root.mount.
 */
int image_root_mount(struct image_store *s, struct arena *a, const char *ctr_id, const char **path,
	struct err *e);

/*
 * The whole root as an open directory to read from, the caller's: as mounted, else by a mount nobody else sees. Volumes
 * are not in it.
 */
int image_root_open(struct image_store *s, const char *ctr_id, struct err *e);
/* Writes the root `tree` (image_root_open) as a tar to out and returns when all is written. ERR_CANCELLED: nobody reads out. */
struct image_root_export {
	const char *ctr_id;
	const char *layer_program; /* NULL: beside this program, else ../libexec/tare */
	int tree, out;
};
int image_root_export(struct image_store *s, const struct image_root_export *x, struct err *e);

/* Unmounts it (lazily) and removes merged/. Not mounted is fine; so is a container without a root. */
int image_root_unmount(struct image_store *s, const char *ctr_id, struct err *e);

/* Unmounts and removes both layers and the record. What is missing is fine. Fault point root.remove. */
int image_root_remove(struct image_store *s, const char *ctr_id, struct err *e);

/* Bytes in the read-write layer, and of the image below it (SizeRw, SizeRootFs - SizeRw). Walks the layer. */
int image_root_size(struct image_store *s, const char *ctr_id, int64_t *rw_bytes,
	int64_t *image_bytes, struct err *e);

/* GraphDriver.Data of the container: ID, LowerDir, MergedDir, UpperDir, WorkDir. */
int image_root_graph(struct image_store *s, struct arena *a, const char *ctr_id,
	struct str_map *out, struct err *e);

/* Ids of all containers that have a root, for finding orphans at start. */
int image_root_list(
	struct image_store *s, struct arena *a, struct str_list *ctr_ids, struct err *e);

#endif

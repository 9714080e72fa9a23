/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories of overlay2/: <id>/{diff,link,lower,work,merged,committed} and l/<link>, as Docker's overlay2
 * driver makes them (feature rows J.2). Nothing is synced here.
 */
#ifndef TARE_IMAGE_OVERLAY_H
#define TARE_IMAGE_OVERLAY_H

#include "base/arena.h"
#include "base/err.h"
#include "store_int.h"

/* Docker's limits: lower layers of a mount, and layers of an image (layer/layer_store.go). */
#define OVERLAY_LAYERS_MOST 128
#define OVERLAY_IMAGE_MOST  125

/*
 * Makes overlay2/<id>, empty. lower is the content of its file of that name: what it lies on, "" for a base layer.
 * link gets its name in l/. All or nothing.
 */
int overlay_create(struct image_store *s, const char *id, const char *lower, char link[LINK_SIZE],
	struct err *e);

/*
 * Moves dir/name, which holds a finished diff/, to overlay2/<id> and adds what overlay_create makes besides. On
 * failure dir/name may hold some of it.
 */
int overlay_adopt(struct image_store *s, int dir, const char *name, const char *id,
	const char *lower, struct err *e);

/* Takes overlay2/<id> and its link away; the tree is removed in the background. Missing is fine. */
int overlay_discard(struct image_store *s, const char *id, struct err *e);
/* Removes all links that lead nowhere. */
void overlay_drop_links(struct image_store *s);

/* Marks a layer as having others on top. */
int overlay_mark_parent(struct image_store *s, const char *id, struct err *e);

/* The file "lower" of a layer on top of id: "l/<link of id>:<lower of id>". In a. ERR_INVALID "max depth exceeded". */
const char *overlay_lower_above(
	struct image_store *s, struct arena *a, const char *id, struct err *e);
/* The file "lower" of id itself, "" when it has none. */
const char *overlay_lower_of(struct image_store *s, struct arena *a, const char *id, struct err *e);

/* GraphDriver.Data of id: LowerDir (not for a base layer), MergedDir, UpperDir, WorkDir; absolute paths. */
int overlay_graph(
	struct image_store *s, struct arena *a, const char *id, struct str_map *out, struct err *e);

/* Mounts id's merged/, made when missing; fine when it is mounted. *path in a. */
int overlay_mount(
	struct image_store *s, struct arena *a, const char *id, const char **path, struct err *e);
/*
 * id and all below it as one tree to read, whether or not it is mounted: an open directory, the caller's. Closing it is
 * all there is to undo.
 */
int overlay_open_tree(struct image_store *s, const char *id, struct err *e);
/* Detaches the mount, if any, and removes merged/. */
int overlay_unmount(struct image_store *s, const char *id, struct err *e);

/* Bytes in id's diff/: files and symlinks, hard links once. */
int overlay_size(struct image_store *s, const char *id, int64_t *bytes, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image store, in Docker's own overlay2 layout (feature rows J.2, doc/state-on-disk.md): open it,
 * find, list, tag, inspect and remove images. What containers use which image is the caller's
 * knowledge and is passed in. Loading is load.h, container roots are root.h.
 *
 * All functions are thread-safe; the store's lock is a leaf: no callback is called and nothing long is
 * done under it. Image ids are "sha256:<64 hex>" everywhere. Results lie in the caller's arena.
 */
#ifndef TARE_IMAGE_IMAGE_H
#define TARE_IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "oci/image_config.h"

struct image_store;

/*
 * Opens the store below data_root (absolute, exists; "/var/lib/tare"), making what is missing. Cheap: nothing
 * is read before it is asked for. Leftovers of an interrupted load or removal are removed by a thread of
 * their own; what a load had not yet on disk when the machine went down is taken back here. The caller closes it.
 */
struct image_store *image_store_open(const char *data_root, struct err *e);
/* Waits for the cleaning thread and until loads are on disk. NULL is fine. Mounted roots stay mounted. */
void image_store_close(struct image_store *s);

/*
 * Reads what is there now, so that the first question need not wait for it; for a thread beside the first requests.
 * What fails here fails again when it is asked.
 */
void image_store_preload(struct image_store *s);

/*
 * Waits until all images loaded so far would outlive a power loss: until then one takes a load back whole. For
 * whoever is about to promise something that needs them.
 */
int image_store_settle(struct image_store *s, struct err *e);

/* --- Finding ------------------------------------------------------------------------------------ */

/*
 * What name stands for: a reference (name[:tag], name@digest), a full id, or an id prefix, tried in
 * Docker's order. *id lies in a. ERR_NOT_FOUND "No such image: x:latest", also when several ids begin so;
 * ERR_INVALID "invalid reference format…".
 */
int image_resolve(
	struct image_store *s, struct arena *a, const char *name, const char **id, struct err *e);

/* All that create and inspect need to know about one image. */
struct image_info {
	const char *id;
	const char *parent;	      /* "" when it was not built here */
	struct str_list repo_tags;    /* "alpine:latest", sorted; n == 0 when dangling */
	struct str_list repo_digests; /* "alpine@sha256:…", sorted */
	struct oci_image_config config;
	const char *comment;	    /* of the last history entry, or "" */
	const char *docker_version; /* "" mostly */
	/* What old builders noted, for old clients: the container it was made from, "" mostly, and its configuration. */
	const char *container;
	const char *container_config; /* JSON, or NULL */
	int64_t created_ns;	      /* CLOCK_NEVER when the config does not say */
	int64_t size_bytes;	      /* of all layers, unpacked */
	int64_t last_tag_ns;	      /* CLOCK_NEVER when never tagged here */
	const char *chain_id;	      /* of the top layer, "" when it has none */
	/* GraphDriver.Data for name "overlay2": LowerDir (absent with one layer), MergedDir, UpperDir, WorkDir. */
	struct str_map graph_data;
};

/* Reads image id (as image_resolve gave it). ERR_NOT_FOUND "No such image: sha256:…". */
int image_inspect(struct image_store *s, struct arena *a, const char *id, struct image_info *out,
	struct err *e);

/* Sorted names of one image, for `ps`: the tags of id, n == 0 when there are none. */
int image_tags(struct image_store *s, struct arena *a, const char *id, struct str_list *out,
	struct err *e);

/* The labels of one image; none when it is not there. */
int image_labels(
	struct image_store *s, struct arena *a, const char *id, struct str_map *out, struct err *e);

/* How many images there are (for info), intermediate ones included. */
int image_count(struct image_store *s, size_t *out, struct err *e);

/* --- Listing ------------------------------------------------------------------------------------ */

struct image_summary {
	const char *id;
	const char *parent;	      /* "" when none */
	struct str_list repo_tags;    /* never absent; n == 0: dangling */
	struct str_list repo_digests; /* never absent */
	int64_t created_ns;	      /* CLOCK_NEVER when unknown */
	int64_t size_bytes;
	int64_t shared_bytes;  /* -1 unless asked for */
	struct str_map labels; /* absent when the config has none */
	int64_t n_containers;  /* -1: the caller counts and fills it in */
};

struct image_summary_list {
	struct image_summary *v;
	size_t n;
};

/* What to list. Lists that are absent or empty do not restrict. */
struct image_query {
	bool all;		    /* intermediate images too */
	bool with_shared_size;	    /* fill shared_bytes */
	struct str_list references; /* patterns: "alp*", "busybox:1.*"; alternatives */
	struct str_list labels;	    /* "k" or "k=v"; all must match */
	const bool *dangling;	    /* NULL: both */
	struct str_list before;	    /* image names or ids: only those older than all of them */
	struct str_list since;	    /* only newer ones */
	int64_t until_ns;	    /* only created before; 0: no limit */
};

/* Newest first. ERR_NOT_FOUND when before or since name no image. */
int image_list(struct image_store *s, struct arena *a, const struct image_query *q,
	struct image_summary_list *out, struct err *e);

struct image_history_row {
	const char *id; /* "<missing>" for layers that are no image of their own here */
	int64_t created_ns;
	const char *created_by;
	const char *comment;
	struct str_list tags; /* absent when none */
	int64_t size_bytes;
};

struct image_history {
	struct image_history_row *v;
	size_t n;
};

/* Newest layer first. */
int image_history(struct image_store *s, struct arena *a, const char *id, struct image_history *out,
	struct err *e);

/* --- Changing ----------------------------------------------------------------------------------- */

/*
 * Gives image id the name repo:tag (tag NULL or "" means latest, or what repo itself says), taking it from
 * whichever image had it. On disk when it returns. *name (may be NULL): the familiar name, in a.
 * ERR_INVALID: "invalid reference format", "refusing to create an ambiguous tag using digest algorithm as
 * name", "refusing to create a tag with a digest reference".
 */
int image_tag(struct image_store *s, struct arena *a, const char *id, const char *repo,
	const char *tag, const char **name, struct err *e);

/*
 * The name that repo and tag (as for image_tag) give an image that is about to be made: "alpine:latest", in a. NULL
 * with ERR_INVALID as image_tag, or "cannot import digest reference".
 */
const char *image_tag_name(struct arena *a, const char *repo, const char *tag, struct err *e);

/* A container that uses an image: the caller's answer about who stands in the way of a removal. */
struct image_user {
	const char *container_id;
	const char *image_id;
	bool is_running;
};

struct image_users {
	const struct image_user *v;
	size_t n;
};

struct image_remove_opts {
	bool force;
	bool no_prune;		  /* keep untagged parents */
	struct image_users users; /* of all containers, taken by the caller just before */
};

/* One line of the answer: exactly one of the two is set. */
struct image_removed {
	const char *untagged;  /* "alpine:latest" */
	const char *deleted;   /* "sha256:…": an image id or a layer's chain id */
	bool is_image;	       /* deleted names an image (an event is due), not a layer */
	const char *image_id;  /* whose reference or layer it was, for the event */
	int64_t size_bytes;    /* of a layer */
	struct str_map labels; /* of the image that lost a name, for the event */
};

struct image_removed_list {
	struct image_removed *v;
	size_t n;
};

/*
 * `docker rmi name` (feature row B20): removes the reference, and the image with its unshared layers
 * when nothing else names or uses it. name may be an id prefix. What was done before an error is in *out all
 * the same. ERR_NOT_FOUND "No such image: …"; ERR_CONFLICT "conflict: unable to …".
 */
int image_remove(struct image_store *s, struct arena *a, const char *name,
	const struct image_remove_opts *opts, struct image_removed_list *out, struct err *e);

struct image_prune_opts {
	bool all;		    /* tagged ones, too; else dangling ones only */
	struct str_list labels;	    /* "k" or "k=v"; all must match */
	struct str_list not_labels; /* images all of these match stay */
	int64_t until_ns;	    /* only those created no later; 0: no limit */
	struct image_users users;   /* as for image_remove */
};

/*
 * `docker image prune`: removes the images no container uses, newest first, in one go. Rows as image_remove's;
 * *bytes is what their layers held. ERR_CONFLICT "a prune operation is already running".
 */
int image_prune(struct image_store *s, struct arena *a, const struct image_prune_opts *opts,
	struct image_removed_list *out, int64_t *bytes, struct err *e);

/* Bytes in all layers of images that are not mere steps of others: df's LayersSize. */
int image_layers_size(struct image_store *s, int64_t *bytes, struct err *e);

/* --- The driver --------------------------------------------------------------------------------- */

/* Rows of info's DriverStatus, in order: Backing Filesystem, Supports d_type, Using metacopy, Native
 * Overlay Diff, userxattr. Measured on this data root at the first call. */
int image_driver_status(struct image_store *s, struct arena *a, struct str_map *out, struct err *e);

#define IMAGE_DRIVER "overlay2"

#endif

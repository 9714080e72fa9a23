/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking images in: what load, pull, import, commit and build have in common. Layers come to be in a folder of their own
 * below tmp/, each in a place of it; then layers, configurations and names become the store's, all or nothing; nothing
 * is visible before. A crash leaves what the next start removes (sweep.h); a power loss takes back what was not
 * yet on disk (settle.h).
 *
 * The order of calls, which of them need the network or a process being the caller's business:
 *
 *	intake_open
 *	intake_place_make, intake_unpack	for each layer to be made (before or after the next two)
 *	intake_add_image
 *	intake_claim_layer		for each layer of the image, lowest first: true: there is nothing to bring;
 *					false: the caller sets place and size before the commit
 *	intake_add_name
 *	intake_commit			the caller has verified that what lies in the places is what was promised
 *	intake_close			always
 *
 * One thread; no locks but the store's.
 */
#ifndef TARE_IMAGE_INTAKE_H
#define TARE_IMAGE_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "oci/image_config.h"
#include "store_int.h"
#include "worker.h"

/* --- A folder in tmp/ and the places in it --------------------------------------------------------- */

/* Removed at the next start if it is left behind. */
struct intake_folder {
	char name[64];
	int fd; /* -1: none */
};

int intake_folder_make(struct image_store *s, struct intake_folder *out, struct err *e);
/* Takes it away with all that is in it. Fine when there is none. */
void intake_folder_discard(struct image_store *s, struct intake_folder *f);

/* Where one layer is made: TREE/diff/, and its tar-split.json.gz beside it. */
struct intake_place {
	int dir; /* the folder's; -1: not made yet */
	char tree[16], split[16];
};

/* Opened for whoever fills it. */
struct intake_fds {
	int diff, split;
};

/*
 * Makes the place number n (from 1) of a folder. *fds (NULL: not wanted) is closed by intake_fds_close, also after
 * a failure.
 */
int intake_place_make(const struct intake_folder *f, uint32_t n, struct intake_place *out,
	struct intake_fds *fds, struct err *e);
void intake_fds_close(struct intake_fds *fds);
/* A new place n with a copy of what lies in another: the same layer again on other layers. */
int intake_place_copy(const struct intake_folder *f, uint32_t n, const struct intake_place *from,
	struct intake_place *out, struct err *e);

/*
 * Spawns tare-layer with args ("unpack" or "unpack-blob" and what belongs to it, proto.h; NULL-terminated) from stream
 * (stays the caller's) into a new place n of the folder.
 */
struct intake_unpacking {
	const char *program; /* worker_program */
	const struct intake_folder *folder;
	uint32_t n;
	int stream;
	const char *const *args;
};
int intake_unpack(const struct intake_unpacking *u, struct intake_place *place, struct worker *out,
	struct err *e);

/* --- Images ---------------------------------------------------------------------------------------- */

/* A layer of an image to be. */
struct intake_layer {
	const char *diff_id; /* what the config promises */
	char chain_id[OCI_DIGEST_SIZE];
	bool is_held;	 /* the store has it, and keeps it until intake_close */
	bool is_brought; /* place and size are to be set before the commit */
	const struct intake_place *place;
	int64_t size; /* layerdb's: bytes of the files */
	char cache_id[ID_HEX + 1];
};

/* An image to be. */
struct intake_image {
	char id[OCI_DIGEST_SIZE];
	const char *config; /* its bytes */
	size_t config_len;
	struct oci_image_config parsed;
	const char *
		parent; /* id of the image it was made from here; NULL: none, as for what comes from elsewhere */
	struct str_list names;	     /* full or familiar references, with a tag or a digest */
	struct intake_layer *layers; /* lowest first, one for each diff id */
	size_t n_layers;
};

struct refs;

struct intake {
	struct image_store *store;
	struct arena *arena; /* the caller's; outlives it */
	const char *
		action; /* "load", "pull", …: names the fault points ACTION.{journal,layers,images,names} */
	struct intake_folder folder;
	struct intake_image **images;
	size_t n_images;
	struct refs *refs_before; /* the names as they were before the commit; NULL before that */
	bool is_committed;
	/* Told of each layer that has become the store's, while `change` is held. NULL: nobody. */
	void (*registered)(void *arg, const struct intake_layer *layer);
	void *arg;
};

/* Fills *in (zeroed but for what the caller sets himself: store, arena, action, registered, arg) and makes its folder. */
int intake_open(struct intake *in, struct err *e);
/*
 * Lets go of what was held, and of the folder: at once when nothing was committed, else when all is on disk. Fine for one
 * that was not opened.
 */
void intake_close(struct intake *in);

/*
 * One more image, of a configuration's bytes (copied): id, parsed and layers are filled. ERR_INVALID when it is none, or
 * "max depth exceeded": then there is none more.
 */
int intake_add_image(
	struct intake *in, const char *config, size_t n, struct intake_image **out, struct err *e);
/*
 * True: the store has the layer, and holds it from now on, or an earlier layer of this intake brings it. False: it
 * must be brought.
 */
bool intake_claim_layer(struct intake *in, struct intake_layer *layer);
void intake_add_name(struct intake *in, struct intake_image *img, const char *name);

/*
 * Layers, configurations, then names become the store's. The answer is not synced yet: image_store_settle.
 */
int intake_commit(struct intake *in, struct err *e);

#endif

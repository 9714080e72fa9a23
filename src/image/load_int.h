/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of one load. load_members.c: the archive as it comes in. load_jobs.c: layers being unpacked, and the one
 * loop that waits for all processes. load_plan.c, load_oci.c: what images there are. load_commit.c: making them the
 * store's. load.c joins them. One thread; no locks but the store's.
 */
#ifndef TARE_IMAGE_LOAD_INT_H
#define TARE_IMAGE_LOAD_INT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/proc.h"
#include "image/load.h"
#include "layer/proto.h"
#include "oci/image_config.h"
#include "store_int.h"

struct job;

/*
 * A member of the archive. A file's content is in the load's directory as "m<number>", unless it went straight
 * into its early job (is_streamed).
 */
struct load_member {
	uint32_t number;
	uint32_t type; /* enum layer_member_type */
	int64_t size;
	const char *name;
	const char *target;	      /* of a link */
	uint32_t looks;		      /* enum layer_looks */
	char digest[OCI_DIGEST_SIZE]; /* "" while not stored, and when streamed */
	bool is_streamed;
	struct job *early; /* begun before anyone knew of a use; taken by the first one */
	struct job *first; /* streamed: the job that has it, for further uses */
};

/* One tare-layer process. */
struct load_worker {
	struct proc proc;
	int socket; /* -1: ended and reaped */
};

enum job_state { JOB_WAITING, JOB_RUNNING, JOB_DONE, JOB_FAILED };

/* One layer to unpack, into "l<number>" of the load's directory; its split is "s<number>". */
struct job {
	uint32_t number;
	enum job_state state;
	bool is_used; /* a layer of an image needs it */
	const struct load_member *member;
	int stream;		/* where the layer comes from in place of a file; -1: the file */
	const struct job *twin; /* to be copied from what that job makes; NULL: unpacked */
	struct load_worker worker;
	char layer[13];		/* what progress is told under; "" when not yet known */
	struct layer_done done; /* DONE */
	struct err err;		/* FAILED */
};

/* A layer of an image to be. */
struct load_layer {
	const char *diff_id; /* what the config promises */
	char chain_id[OCI_DIGEST_SIZE];
	const char *name;		  /* in the archive */
	const struct load_member *member; /* NULL when the archive does not have it */
	const char *digest;		  /* what the file's own digest must be, or NULL */
	struct job *job; /* NULL: the store has it (held), or an image before brings it */
	bool is_held;
};

/* An image to be. */
struct load_image {
	char id[OCI_DIGEST_SIZE];
	const char *config; /* its bytes */
	size_t config_len;
	struct oci_image_config parsed;
	const char *parent; /* image id or NULL */
	struct str_list tags;
	struct load_layer *layers;
	size_t n_layers;
};

struct load {
	struct image_store *store;
	const struct image_load_opts *opts;
	struct arena *arena;
	const char *program;
	char dir_name[64]; /* in tmp/ */
	int dir_fd;
	int stream_fd;
	struct load_worker archive;
	bool is_archive_done;
	struct map *members;	  /* name → struct load_member * */
	struct load_member *last; /* the file whose content is coming in */
	struct map *diff_ids;	  /* of layers the store has: no early job for these */
	struct job **jobs;
	size_t n_jobs, n_running, jobs_most;
	struct load_image *images;
	size_t n_images;
};

/* --- load_members.c ------------------------------------------------------------------------------ */

/* Takes one MEMBER message in. *pipe: where its content shall go (the caller closes it), or -1. */
int load_add_member(struct load *l, struct layer_member *m, int *pipe, struct err *e);
/* Takes the STORED message for it in. */
int load_member_stored(struct load *l, struct layer_stored *stored, struct err *e);
/* The file a name stands for, links followed; NULL when there is none. */
struct load_member *load_find_member(struct load *l, const char *name);
/* A whole small file. ERR_NOT_FOUND `open /<name>: no such file or directory`. */
int load_read_member(struct load *l, const char *name, size_t most, struct buf *out, struct err *e);

/* --- load_jobs.c --------------------------------------------------------------------------------- */

/* Spawns tare-layer with an argument or NULL, and these descriptors (proto.h); -1: none. */
int load_spawn(struct load *l, const char *verb, const char *arg, const int fds[4],
	struct load_worker *out, struct err *e);
/* Kills what still runs and closes. */
void load_stop_worker(struct load_worker *w);

/* Copies what the job's twin has made: the same layer again on other layers. */
int load_copy_twin(struct load *l, struct job *job, struct err *e);
/* A new job for a member, waiting for its turn. */
struct job *load_add_job(struct load *l, const struct load_member *m);
/* Gives the job the name its progress is told under. */
void load_name_job(struct job *job, const char *diff_id);
/* Starts waiting jobs as far as there is room, then waits for something to happen and deals with it. */
int load_step(struct load *l, struct err *e);

/* --- load_plan.c, load_oci.c --------------------------------------------------------------------- */

/* The digest a member's name states, or NULL: blobs/sha256/<hex>. */
const char *load_stated_digest(struct arena *a, const char *name);
/* ERR_INVALID "invalid digest for layer …". */
int load_wrong_digest(const struct load_layer *layer, const char *got, struct err *e);
/* Fills l->images from what the archive holds. */
int load_plan(struct load *l, struct err *e);
/* The same for an OCI layout without manifest.json. */
int load_plan_oci(struct load *l, struct err *e);
/*
 * Adds an image: config_name and layer names are members; config_digest (or NULL) is what it must be. *out: the
 * caller adds tags. NULL in *out: not for the platform asked for.
 */
int load_plan_image(struct load *l, const char *config_name, const char *config_digest,
	const struct str_list *layer_names, struct load_image **out, struct err *e);

/* --- load_commit.c ------------------------------------------------------------------------------- */

/* The digests of all jobs that are done; the first failure among them. */
int load_verify(struct load *l, struct err *e);
/* Layers, configs, then names become the store's; all or nothing. */
int load_commit(struct load *l, struct err *e);
/* Lets go of the layers that were held; those nobody else uses any more go. */
void load_release(struct load *l);

int load_report(struct load *l, const struct image_load_event *ev, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of one load. load_members.c: the archive as it comes in. load_jobs.c: layers being unpacked, and the one
 * loop that waits for all processes. load_plan.c, load_oci.c: what images there are. load_report.c: what the client
 * is told. load.c joins them; intake.h makes the images the store's. One thread; no locks but the store's.
 */
#ifndef TARE_IMAGE_LOAD_INT_H
#define TARE_IMAGE_LOAD_INT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "image/load.h"
#include "intake.h"
#include "store_int.h"
#include "worker.h"

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

enum job_state { JOB_WAITING, JOB_RUNNING, JOB_DONE, JOB_FAILED };

/* One layer to unpack, into "l<number>" of the load's directory; its split is "s<number>". */
struct job {
	uint32_t number;
	enum job_state state;
	bool is_used; /* a layer of an image needs it */
	const struct load_member *member;
	int stream;		/* where the layer comes from in place of a file; -1: the file */
	const struct job *twin; /* to be copied from what that job makes; NULL: unpacked */
	struct worker worker;
	struct intake_place place;
	char layer[13];		/* what progress is told under; "" when not yet known */
	struct layer_done done; /* DONE */
	struct err err;		/* FAILED */
};

/* Where a layer of an image to be comes from. */
struct load_layer {
	struct intake_layer *to;
	const char *name;   /* in the archive */
	const char *digest; /* what the file's own digest must be, or NULL */
	struct job *job;    /* NULL: there is nothing to bring */
};

struct load_image {
	struct intake_image *to;   /* names are the tags */
	struct load_layer *layers; /* as many as to has */
};

struct load {
	struct image_store *store;
	const struct image_load_opts *opts;
	struct arena *arena;
	const char *program;
	struct intake in;
	int stream_fd;
	struct worker archive;
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

/* --- load_report.c ------------------------------------------------------------------------------- */

/* The digests of all jobs that are done; the first failure among them. */
int load_verify(struct load *l, struct err *e);
/* What the client is told of images that are the store's now. */
int load_report_all(struct load *l, struct err *e);
int load_report(struct load *l, const struct image_load_event *ev, struct err *e);

#endif

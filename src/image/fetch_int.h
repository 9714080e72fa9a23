/* SPDX-License-Identifier: Apache-2.0 */
/* fetch.c: who follows what, and whose turn it is. fetch_blob.c: one blob becoming a layer. */
#ifndef TARE_IMAGE_FETCH_INT_H
#define TARE_IMAGE_FETCH_INT_H

#include "base/list.h"
#include "fetch.h"

struct fetches {
	struct image_store *store;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t generation;
	struct list all;   /* struct fetch by in_all */
	struct list queue; /* by in_queue: waiting for their turn */
	unsigned running, most;
};

struct fetch_source {
	struct fetches *all;
	struct arena *arena;
	struct registry *registry;
	unsigned refs;	/* who may still look at it */
	unsigned users; /* who still wants bytes: the pull, and fetches with followers */
};

struct fetch {
	struct list in_all, in_queue;
	struct fetches *table;
	struct arena *arena;
	struct fetch_spec spec; /* in arena */
	struct fetch_state state;
	unsigned followers;
	bool is_cancelled;
	bool uses_source;
	bool has_turn;
	bool has_ended; /* its thread touches nothing any more */
	bool is_held;	/* by fetch_registered */
	struct intake_folder folder;
	uint32_t n_places;
	struct intake_place place;
	int64_t size;
	struct err err;
};

/* Changes state.phase and tells everyone. Gives the turn to the next one when it loads no more. */
void fetch_enter(struct fetch *f, enum fetch_phase phase);
/* Adds bytes; -1 with ERR_CANCELLED when nobody follows any more. */
int fetch_advance(struct fetch *f, int64_t bytes, struct err *e);

/* In the fetch's thread, when it is its turn: place and size, or -1. */
int fetch_blob(struct fetch *f, struct err *e);

#endif

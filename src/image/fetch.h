/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers coming in from registries. A fetch brings one layer: the blob goes into a file (so that a later pull can go on)
 * and at the same time into a tare-layer, which verifies and unpacks it. Pulls that need the same layer at the same
 * time follow one fetch; it is called off when the last of them has left. So many fetches as the daemon allows load at
 * once, over all pulls, in the order they were begun.
 *
 * All functions are thread-safe. Lock order: a canceller's before a table's; the store's `change` before both.
 */
#ifndef TARE_IMAGE_FETCH_H
#define TARE_IMAGE_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "image/registry.h"
#include "intake.h"
#include "store_int.h"

/* All fetches of a store. */
struct fetches;

struct fetches *fetches_new(struct image_store *s);
/* When no pull runs any more. NULL is fine. */
void fetches_free(struct fetches *all);
/* How many load at once; 0: 3, dockerd's. */
void fetches_limit(struct fetches *all, unsigned most);

/* --- Where from ------------------------------------------------------------------------------------ */

/* A registry that is open for a pull and for the fetches it began, which others may follow longer. */
struct fetch_source;

int fetch_source_open(struct fetches *all, const struct registry_opts *opts,
	struct fetch_source **out, struct err *e);
struct registry *fetch_source_registry(const struct fetch_source *src);
/* The pull needs it no more: calls under way that nobody follows end with ERR_CANCELLED. */
void fetch_source_leave(struct fetch_source *src);
/* The pull's client has gone: its own calls end at once. From any thread. */
void fetch_source_cancel(struct fetch_source *src);

/* --- Fetches --------------------------------------------------------------------------------------- */

struct fetch_spec {
	struct fetch_source *source;
	const char *program; /* worker_program */
	const char *chain_id, *diff_id;
	const char *digest; /* of the blob */
	int64_t size;
	const struct str_list *urls; /* of a foreign layer, NULL: none */
};

struct fetch;

/* Follows the fetch of that layer, begun now if there is none. */
int fetch_begin(
	struct fetches *all, const struct fetch_spec *spec, struct fetch **out, struct err *e);
/* Follows it no more. What it made, unless it has become the store's, goes with the last one. */
void fetch_leave(struct fetch *f);

enum fetch_phase {
	FETCH_WAITING, /* for others to have loaded */
	FETCH_LOADING,
	FETCH_VERIFYING, /* all bytes are there */
	FETCH_DONE,	 /* the layer lies in its place, verified */
	FETCH_FAILED,
};

struct fetch_state {
	enum fetch_phase phase;
	bool has_waited;
	int64_t bytes;		/* of the blob */
	unsigned tries;		/* how often it was tried again */
	unsigned retry_seconds; /* until the latest of these */
};

void fetch_look(struct fetch *f, struct fetch_state *out);
/* Of a DONE one: its place and layerdb's size. */
const struct intake_place *fetch_place(const struct fetch *f, int64_t *size);
/* Why it FAILED. Returns -1. */
int fetch_fail(const struct fetch *f, struct err *e);
/* It has become the store's, and stays until the last follower has left. change is held. */
void fetch_registered(struct fetch *f);

/* Waits until something has changed since *seen (0 at first), or fetches_wake. */
void fetches_wait(struct fetches *all, uint64_t *seen);
void fetches_wake(struct fetches *all);

#endif

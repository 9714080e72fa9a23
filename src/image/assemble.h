/* SPDX-License-Identifier: Apache-2.0 */
/* A stored layer's tar, the very bytes that once came in, by a tare-layer process of its own. For push and save. */
#ifndef TARE_IMAGE_ASSEMBLE_H
#define TARE_IMAGE_ASSEMBLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "layer/proto.h"
#include "store_int.h"

struct assemble {
	const char *program;  /* worker_program */
	const char *chain_id; /* the caller sees to it that the layer stays */
	const char *form;     /* "plain", "gzip", "zstd", "gzip:1": layer/proto.h */
	bool verify;	      /* hash the tar, too, and compare it with the layer's diff id */
	int out;	      /* where it goes; stays the caller's */
	/* Told some ten times a second how much of the tar is made; -1 ends it all. NULL: nobody. */
	int (*progress)(void *arg, int64_t bytes, struct err *e);
	void *arg;
};

/*
 * Writes it and waits until that is done. ERR_CANCELLED: nobody reads out any more. ERR_INVALID: the layer was changed
 * or is incomplete, "open /etc/x: no such file or directory", `file integrity checksum failed for "etc/x"`.
 */
int layer_assemble(struct image_store *s, const struct assemble *spec, struct layer_assembled *done,
	struct err *e);

/* The layer's tar-split.json.gz, to be closed by the caller, or -1. */
int layer_open_split(struct image_store *s, const char *chain_id, struct err *e);

#endif

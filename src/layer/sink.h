/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a tar goes that is being made: to a descriptor, as it is or compressed, counted and hashed on the way. The
 * giver writes into the sink's own buffer, so that nothing is copied twice.
 */
#ifndef TARE_LAYER_SINK_H
#define TARE_LAYER_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sha.h"

struct sink;

struct sink_opts {
	const char *form; /* "plain", "gzip" or "zstd", with a level or not: "gzip:1" */
	bool hash_tar;	  /* compute diff_id */
	unsigned threads; /* to compress with; 0: the giver's */
};

struct sink_result {
	char digest[SHA_DIGEST_TEXT + 1];  /* of what was written; "" for plain without hash_tar */
	char diff_id[SHA_DIGEST_TEXT + 1]; /* of what was given; "" without hash_tar */
	int64_t size;			   /* bytes written */
	int64_t tar_size;		   /* bytes given */
};

/* fd stays the caller's. ERR_INVALID for a form or level there is not. */
int sink_open(int fd, const struct sink_opts *opts, struct sink **out, struct err *e);
void sink_close(struct sink *s);

/* Room for *n bytes, one at least, valid until the next call. */
void *sink_room(struct sink *s, size_t *n);
/* So many bytes were put there. ERR_CANCELLED: nobody reads fd any more. */
int sink_filled(struct sink *s, size_t n, struct err *e);
/* The same for bytes that lie elsewhere. */
int sink_add(struct sink *s, const void *data, size_t n, struct err *e);

/* Bytes given so far. */
int64_t sink_taken(const struct sink *s);

/* Writes the end. */
int sink_finish(struct sink *s, struct sink_result *out, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream of bytes from a file descriptor, decompressed on the way when it begins like gzip, zstd, xz or
 * bzip2 (Docker looks at the first bytes too, never at names). Memory is bounded whatever the stream says.
 */
#ifndef TARE_LAYER_SOURCE_H
#define TARE_LAYER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/sha.h"

enum source_form { SOURCE_PLAIN, SOURCE_GZIP, SOURCE_ZSTD, SOURCE_XZ, SOURCE_BZIP2 };

/* What the first n bytes of a stream look like. Too few bytes are PLAIN. */
enum source_form source_detect(const void *head, size_t n);
/* Whether they begin a plain tar: a header with a right checksum, or zeros (an empty one). */
bool source_is_tar(const void *head, size_t n);

/* How many of the latest blocks stay where they are. */
#define SOURCE_KEEPS 4

struct source;

/* Reads the beginning of fd (which stays the caller's). The caller closes *out. */
int source_open(int fd, struct source **out, struct err *e);
void source_close(struct source *s);

enum source_form source_get_form(const struct source *s);

/*
 * The next block of decompressed bytes: its length and *data (valid until SOURCE_KEEPS - 1 further calls returned), 0
 * at the end, or -1. ERR_INVALID for damaged input: "unexpected EOF", "gzip: invalid checksum", …
 */
ssize_t source_read(struct source *s, const void **data, struct err *e);

/*
 * Moves up to n bytes that were not read yet into the pipe `to` without looking at them: how many (0 at the end),
 * or -1; ERR_CANCELLED when nobody reads the pipe. Only for a PLAIN source whose last block was used up.
 */
ssize_t source_splice(struct source *s, int to, size_t n, struct err *e);

/*
 * Hashes all bytes of fd as they are, compressed or not; before the first source_read. source_finish_hash reads what is
 * left of fd and gives "sha256:…" of all of it; nothing may be read after it.
 */
void source_begin_hash(struct source *s);
int source_finish_hash(struct source *s, char out[SHA_DIGEST_TEXT + 1], struct err *e);

/* Bytes taken from fd so far. */
int64_t source_consumed(const struct source *s);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tar-split.json.gz beside a layer: the tar's bytes that are not file content, and where which file's content
 * goes, so that `save` and `push` give back the very bytes (github.com/vbatts/tar-split, its JSON form).
 * One line of JSON each, gzipped.
 */
#ifndef TARE_LAYER_SPLIT_H
#define TARE_LAYER_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct split;

/* Writes to fd, which stays the caller's. split_free forgets what was not finished. */
struct split *split_new(int fd);
void split_free(struct split *s);

/* Bytes of the tar that are headers, padding or the end. n == 0 writes nothing. */
int split_segment(struct split *s, const void *data, size_t n, struct err *e);
/* A member of this name and size; crc is split_crc over its content (ignored when size is 0). */
int split_file(struct split *s, const char *name, int64_t size, uint64_t crc, struct err *e);
/* Writes the end of the gzip stream. */
int split_finish(struct split *s, struct err *e);

/* CRC-64 (ISO) as Go's hash/crc64 computes it; begin with 0. */
uint64_t split_crc(uint64_t crc, const void *data, size_t n);

#endif

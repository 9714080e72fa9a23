/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads tar-split.json.gz, ours and dockerd's: what the tar holds between the contents of files, and which file's
 * content comes when. It may be damaged: memory is bounded, what does not fit together is an error.
 */
#ifndef TARE_LAYER_SPLIT_READER_H
#define TARE_LAYER_SPLIT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A piece of the tar: bytes that are here, or the content of a file. Valid until the next one is read. */
struct split_item {
	bool is_file;
	const void *data; /* of a segment */
	size_t n;
	const char *name; /* of a file, as the tar says it */
	int64_t size;
	uint64_t crc; /* split_crc of its content; 0 when it has none */
};

struct split_reader;

/* fd stays the caller's. */
int split_reader_open(int fd, struct split_reader **out, struct err *e);
void split_reader_close(struct split_reader *r);

/* 1, 0 at the end, or -1: ERR_INVALID "tar-split: …". */
int split_reader_next(struct split_reader *r, struct split_item *out, struct err *e);

/* How large the tar is that the tar-split in fd describes. */
int split_measure(int fd, int64_t *bytes, struct err *e);

#endif

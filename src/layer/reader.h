/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tar read member by member from a source. libarchive knows the format (ustar, GNU, pax, sparse); this
 * knows where each header and each content lay, so that the bytes between contents can go to a split and
 * all bytes into a hash. Nothing outside this file sees libarchive.
 */
#ifndef TARE_LAYER_READER_H
#define TARE_LAYER_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/err.h"
#include "base/sha.h"
#include "source.h"
#include "split.h"

/* The member stood at. Strings live until the next one. */
struct tar_entry {
	const char *name;     /* as it is in the tar: "./etc/passwd", "usr/" */
	const char *hardlink; /* name of an earlier member, or NULL; then mode has no file type */
	const char *symlink;  /* NULL unless it is one */
	mode_t mode;	      /* with file type */
	int64_t uid, gid;
	int64_t size;
	dev_t rdev;
	struct timespec atime, mtime; /* atime is mtime when not said */
	bool is_sparse;
	int n_xattrs;
};

struct tar_reader;

struct tar_reader_opts {
	struct split *split; /* gets headers and checksums; NULL: none */
	bool hash;	     /* compute tar_reader_digest */
};

/* Reads src, which must outlive it and stays the caller's; so does the split. */
int tar_reader_open(struct source *src, const struct tar_reader_opts *opts, struct tar_reader **out,
	struct err *e);
void tar_reader_close(struct tar_reader *r);

/*
 * Goes to the next member: 1, 0 at the end, -1. Content not read is skipped. ERR_INVALID in Go's words:
 * "archive/tar: invalid tar header", "unexpected EOF".
 */
int tar_reader_next(struct tar_reader *r, struct tar_entry *out, struct err *e);

/*
 * The next piece of the member's content: 1 with *data, *n and its *offset in the file (holes are left out),
 * 0 at its end, -1. Valid until the next call.
 */
int tar_reader_data(
	struct tar_reader *r, const void **data, size_t *n, int64_t *offset, struct err *e);

/* What is at hand of the content of a member nothing was read of yet; maybe nothing. */
void tar_reader_peek(struct tar_reader *r, const void **data, size_t *n);

/*
 * Moves the whole content of a member nothing was read of yet into the pipe `to`, by the kernel where that is
 * possible. When nobody reads the pipe any more the rest is skipped: no error. For readers without hash and split.
 */
int tar_reader_pass(struct tar_reader *r, int to, struct err *e);

/* The i-th extended attribute of the member, false when there is none. */
bool tar_reader_xattr(
	struct tar_reader *r, int i, const char **name, const void **value, size_t *n);

/*
 * After the last member: takes the rest of the stream (padding) and finishes hash and split. digest is "" without
 * opts.hash.
 */
int tar_reader_finish(struct tar_reader *r, char digest[SHA_DIGEST_TEXT + 1], struct err *e);

#endif

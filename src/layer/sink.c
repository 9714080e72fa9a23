/* SPDX-License-Identifier: Apache-2.0 */
/* One row for each form: how its block is made room for, passed on when full, and ended. */
#include "sink.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/io.h"
#include "base/slice.h"
#include "gzipper.h"

#define BLOCK (256 * 1024)
/*
 * Of ISA-L's levels the smallest output, a tenth larger than zlib's at level 6 and made many times as fast; zstd's own
 * default.
 */
#define GZIP_LEVEL 3
#define ZSTD_LEVEL 3
#define ZSTD_MOST  19

struct sink {
	int fd;
	const struct form *form;
	struct sha *out_sha, *tar_sha; /* NULL: not wanted */
	int64_t size, tar_size;
	char *block; /* of block_size bytes; the first `used` are filled */
	size_t used, block_size;
	char *own; /* plain, zstd: the block's memory */
	struct gzipper *gzip;
	ZSTD_CCtx *zstd;
	char *packed; /* zstd's output */
	size_t packed_size;
};

struct form {
	const char *name;
	int level, level_least, level_most;
	int (*open)(struct sink *s, int level, unsigned threads, struct err *e);
	/* Passes block[0..used) on. */
	int (*pass)(struct sink *s, struct err *e);
	int (*end)(struct sink *s, struct err *e);
};

static int emit(void *arg, const void *data, size_t n, struct err *e)
{
	struct sink *s = arg;

	if (s->out_sha)
		sha_add(s->out_sha, data, n);
	s->size += (int64_t)n;
	return io_write(s->fd, data, n, e);
}

static void own_block(struct sink *s)
{
	s->block_size = BLOCK;
	s->block = s->own = malloc(BLOCK);
	if (!s->own)
		abort();
}

static int open_plain(struct sink *s, int level, unsigned threads, struct err *e)
{
	own_block(s);
	return 0;
}

static int pass_plain(struct sink *s, struct err *e)
{
	return emit(s, s->block, s->used, e);
}

static int end_plain(struct sink *s, struct err *e)
{
	return 0;
}

static int open_gzip(struct sink *s, int level, unsigned threads, struct err *e)
{
	s->gzip = gzipper_new(level, threads, emit, s);
	s->block_size = GZIPPER_BLOCK;
	s->block = gzipper_room(s->gzip);
	return 0;
}

static int pass_gzip(struct sink *s, struct err *e)
{
	if (gzipper_give(s->gzip, s->used, e))
		return -1;
	s->block = gzipper_room(s->gzip);
	return 0;
}

static int end_gzip(struct sink *s, struct err *e)
{
	return gzipper_finish(s->gzip, e);
}

static int open_zstd(struct sink *s, int level, unsigned threads, struct err *e)
{
	own_block(s);
	s->packed_size = ZSTD_CStreamOutSize();
	s->packed = malloc(s->packed_size);
	s->zstd = ZSTD_createCCtx();
	if (!s->packed || !s->zstd)
		abort();
	/* At least one: with none the library's output is another. A library without threads refuses, and does without. */
	ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_nbWorkers, threads ? (int)threads : 1);
	ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_checksumFlag, 1);
	if (ZSTD_isError(ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_compressionLevel, level)))
		return err_set(e, ERR_INTERNAL, "zstd: level %d", level);
	return 0;
}

static int run_zstd(struct sink *s, ZSTD_EndDirective mode, struct err *e)
{
	ZSTD_inBuffer in = { s->block, s->used, 0 };
	size_t left;

	do {
		ZSTD_outBuffer out = { s->packed, s->packed_size, 0 };
		left = ZSTD_compressStream2(s->zstd, &out, &in, mode);
		if (ZSTD_isError(left))
			return err_set(e, ERR_INTERNAL, "zstd: %s", ZSTD_getErrorName(left));
		if (out.pos && emit(s, s->packed, out.pos, e))
			return -1;
	} while (mode == ZSTD_e_end ? left > 0 : in.pos < in.size);
	return 0;
}

static int pass_zstd(struct sink *s, struct err *e)
{
	return run_zstd(s, ZSTD_e_continue, e);
}

static int end_zstd(struct sink *s, struct err *e)
{
	return run_zstd(s, ZSTD_e_end, e);
}

static const struct form forms[] = {
	{ "plain", 0, 0, 0, open_plain, pass_plain, end_plain },
	{ "gzip", GZIP_LEVEL, 0, GZIPPER_LEVEL_MOST, open_gzip, pass_gzip, end_gzip },
	{ "zstd", ZSTD_LEVEL, 1, ZSTD_MOST, open_zstd, pass_zstd, end_zstd },
};

static const struct form *find_form(const char *text, int *level)
{
	struct slice name, digits;
	bool has_level = slice_cut(slice_str(text), ':', &name, &digits);
	uint16_t said;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct form *f = &forms[i];
		if (!slice_eq(name, f->name))
			continue;
		*level = f->level;
		if (has_level && !parse_u16(digits, &said))
			return NULL;
		if (has_level)
			*level = said;
		return *level < f->level_least || *level > f->level_most ? NULL : f;
	}
	return NULL;
}

int sink_open(int fd, const struct sink_opts *opts, struct sink **out, struct err *e)
{
	int level = 0;
	const struct form *form = find_form(opts->form, &level);

	if (!form)
		return err_set(e, ERR_INVALID, "no such compression: %s", opts->form);
	struct sink *s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	s->fd = fd;
	s->form = form;
	s->tar_sha = opts->hash_tar ? sha_new() : NULL;
	/* What is written plain is the tar itself. */
	s->out_sha = form->open == open_plain ? NULL : sha_new();
	if (form->open(s, level, opts->threads, e)) {
		sink_close(s);
		return -1;
	}
	*out = s;
	return 0;
}

void sink_close(struct sink *s)
{
	if (!s)
		return;
	gzipper_free(s->gzip);
	ZSTD_freeCCtx(s->zstd);
	sha_free(s->out_sha);
	sha_free(s->tar_sha);
	free(s->own);
	free(s->packed);
	free(s);
}

/* Passes the block on, full or not. */
static int pass(struct sink *s, struct err *e)
{
	if (!s->used)
		return 0;
	if (s->tar_sha)
		sha_add(s->tar_sha, s->block, s->used);
	int rc = s->form->pass(s, e);
	s->used = 0;
	return rc;
}

void *sink_room(struct sink *s, size_t *n)
{
	*n = s->block_size - s->used;
	return s->block + s->used;
}

int sink_filled(struct sink *s, size_t n, struct err *e)
{
	s->used += n;
	s->tar_size += (int64_t)n;
	return s->used == s->block_size ? pass(s, e) : 0;
}

int sink_add(struct sink *s, const void *data, size_t n, struct err *e)
{
	const char *from = data;

	while (n) {
		size_t room;
		void *to = sink_room(s, &room);
		room = room < n ? room : n;
		memcpy(to, from, room);
		if (sink_filled(s, room, e))
			return -1;
		from += room;
		n -= room;
	}
	return 0;
}

int64_t sink_taken(const struct sink *s)
{
	return s->tar_size;
}

static void put_digest(struct sha *sha, char out[SHA_DIGEST_TEXT + 1])
{
	*out = 0;
	if (!sha)
		return;
	memcpy(out, "sha256:", 7);
	sha_hex(sha, out + 7);
}

int sink_finish(struct sink *s, struct sink_result *out, struct err *e)
{
	if (pass(s, e) || s->form->end(s, e))
		return -1;
	put_digest(s->tar_sha, out->diff_id);
	if (s->out_sha)
		put_digest(s->out_sha, out->digest);
	else
		memcpy(out->digest, out->diff_id, sizeof(out->digest));
	out->size = s->size;
	out->tar_size = s->tar_size;
	return 0;
}

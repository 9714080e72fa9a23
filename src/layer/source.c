/* SPDX-License-Identifier: Apache-2.0 */
/* One reader for each compression: ISA-L for gzip, libzstd, and libarchive's filters for xz and bzip2. */
#include "source.h"

#include <archive.h>
#include <errno.h>
#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/io.h"
#include "base/slice.h"

#define BLOCK	    (256 * 1024)
#define TAR_UNIT    512
#define SPLICE_MOST (1024 * 1024)
/* Larger zstd windows are refused: 128 MiB is what `zstd -d` itself takes without asking. */
#define ZSTD_WINDOW_LOG 27

struct source {
	int fd;
	enum source_form form;
	ssize_t (*read)(struct source *s, const void **data, struct err *e);
	int64_t consumed;
	bool at_end;	/* of fd */
	bool in_member; /* gzip, zstd: a frame was begun and not finished */
	/* Blocks that are handed out lie in these in turn: in's when plain, else out's. */
	unsigned char *blocks;
	unsigned turn;
	unsigned char *packed; /* what in is when not plain */
	unsigned char *in;
	size_t in_at, in_len;
	unsigned char *out;
	struct inflate_state *gzip;
	ZSTD_DCtx *zstd;
	struct archive *filter;
	struct sha *sha; /* NULL: nobody asked */
};

static const struct magic {
	enum source_form form;
	size_t n;
	unsigned char bytes[6];
} magics[] = {
	{ SOURCE_GZIP, 3, { 0x1f, 0x8b, 0x08 } },
	{ SOURCE_ZSTD, 4, { 0x28, 0xb5, 0x2f, 0xfd } },
	{ SOURCE_XZ, 6, { 0xfd, '7', 'z', 'X', 'Z', 0 } },
	{ SOURCE_BZIP2, 3, { 'B', 'Z', 'h' } },
};

enum source_form source_detect(const void *head, size_t n)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (n >= magics[i].n && memcmp(head, magics[i].bytes, magics[i].n) == 0)
			return magics[i].form;
	return SOURCE_PLAIN;
}

/* The sum of a header's bytes, its checksum field counted as blanks, is in that field in octal. */
static bool is_tar_header(const unsigned char *h)
{
	unsigned sum = 0;
	uint32_t said;
	struct slice field = { (const char *)h + 148, 0 };

	for (int i = 0; i < TAR_UNIT; i++)
		sum += i >= 148 && i < 156 ? ' ' : h[i];
	while (field.n < 8 && field.p[field.n])
		field.n++;
	return parse_oct(slice_trim(field), &said) && said == sum;
}

bool source_is_tar(const void *head, size_t n)
{
	static const unsigned char zeros[TAR_UNIT];

	return n >= TAR_UNIT && (memcmp(head, zeros, TAR_UNIT) == 0 || is_tar_header(head));
}

static unsigned char *next_block(struct source *s)
{
	return s->blocks + (size_t)BLOCK * (s->turn++ % SOURCE_KEEPS);
}

/* Refills in when it is empty; in_len == in_at afterwards means the end. */
static int fill(struct source *s, struct err *e)
{
	if (s->in_at < s->in_len || s->at_end)
		return 0;
	if (s->form == SOURCE_PLAIN)
		s->in = next_block(s);
	ssize_t n = io_read_some(s->fd, s->in, BLOCK, e);
	if (n < 0)
		return -1;
	s->at_end = n == 0;
	s->consumed += n;
	s->in_at = 0;
	s->in_len = (size_t)n;
	if (s->sha)
		sha_add(s->sha, s->in, s->in_len);
	return 0;
}

static ssize_t read_plain(struct source *s, const void **data, struct err *e)
{
	if (fill(s, e))
		return -1;
	size_t n = s->in_len - s->in_at;
	*data = s->in + s->in_at;
	s->in_at = s->in_len;
	return (ssize_t)n;
}

static int gzip_error(int code, struct err *e)
{
	switch (code) {
	case ISAL_INVALID_WRAPPER:
	case ISAL_UNSUPPORTED_METHOD:
		return err_set(e, ERR_INVALID, "gzip: invalid header");
	case ISAL_INCORRECT_CHECKSUM:
		return err_set(e, ERR_INVALID, "gzip: invalid checksum");
	default:
		return err_set(e, ERR_INVALID, "flate: corrupt input");
	}
}

/* Several gzip members one after the other are one stream (RFC 1952 2.2). */
static ssize_t read_gzip(struct source *s, const void **data, struct err *e)
{
	struct inflate_state *z = s->gzip;

	z->next_out = s->out = next_block(s);
	z->avail_out = BLOCK;
	while (z->avail_out) {
		if (fill(s, e))
			return -1;
		if (s->in_at == s->in_len) {
			if (s->in_member)
				return err_set(e, ERR_INVALID, "unexpected EOF");
			break;
		}
		if (!s->in_member) {
			isal_inflate_reset(z);
			z->crc_flag = ISAL_GZIP;
			s->in_member = true;
		}
		z->next_in = s->in + s->in_at;
		z->avail_in = (uint32_t)(s->in_len - s->in_at);
		int code = isal_inflate(z);
		if (code < 0 || code == ISAL_NEED_DICT)
			return gzip_error(code, e);
		s->in_at = s->in_len - z->avail_in;
		if (z->block_state == ISAL_BLOCK_FINISH)
			s->in_member = false;
		else if (z->avail_in)
			break; /* output is full */
	}
	*data = s->out;
	return BLOCK - (ssize_t)z->avail_out;
}

static ssize_t read_zstd(struct source *s, const void **data, struct err *e)
{
	ZSTD_outBuffer out = { s->out = next_block(s), BLOCK, 0 };

	while (out.pos < out.size) {
		if (fill(s, e))
			return -1;
		ZSTD_inBuffer in = { s->in, s->in_len, s->in_at };
		size_t before = out.pos;
		/* At the end of input what is buffered inside may still come out. */
		if (in.pos == in.size && !s->in_member)
			break;
		size_t code = ZSTD_decompressStream(s->zstd, &out, &in);
		if (ZSTD_isError(code))
			return err_set(e, ERR_INVALID, "zstd: %s", ZSTD_getErrorName(code));
		s->in_member = code != 0;
		if (in.pos == s->in_at && out.pos == before && s->at_end)
			return err_set(e, ERR_INVALID, "unexpected EOF");
		s->in_at = in.pos;
	}
	*data = s->out;
	return (ssize_t)out.pos;
}

static ssize_t filter_pull(struct archive *a, void *arg, const void **data)
{
	struct source *s = arg;
	struct err e;
	ssize_t n = read_plain(s, data, &e);

	if (n < 0)
		archive_set_error(a, e.sys ? e.sys : EIO, "%s", e.msg);
	return n;
}

static ssize_t read_filter(struct source *s, const void **data, struct err *e)
{
	s->out = next_block(s);
	ssize_t n = archive_read_data(s->filter, s->out, BLOCK);
	if (n < 0)
		return err_set(e, ERR_INVALID, "%s: %s", s->form == SOURCE_XZ ? "xz" : "bzip2",
			archive_error_string(s->filter));
	*data = s->out;
	return n;
}

/* libarchive's "raw" format hands the decompressed bytes through. */
static int open_filter(struct source *s, struct err *e)
{
	struct archive_entry *entry;

	s->filter = archive_read_new();
	if (!s->filter)
		abort();
	archive_read_support_format_raw(s->filter);
	if (s->form == SOURCE_XZ)
		archive_read_support_filter_xz(s->filter);
	else
		archive_read_support_filter_bzip2(s->filter);
	if (archive_read_open(s->filter, s, NULL, filter_pull, NULL) != ARCHIVE_OK ||
		archive_read_next_header(s->filter, &entry) != ARCHIVE_OK)
		return err_set(e, ERR_INVALID, "%s: %s", s->form == SOURCE_XZ ? "xz" : "bzip2",
			archive_error_string(s->filter));
	s->read = read_filter;
	return 0;
}

static int open_form(struct source *s, struct err *e)
{
	switch (s->form) {
	case SOURCE_PLAIN:
		s->read = read_plain;
		return 0;
	case SOURCE_GZIP:
		if (posix_memalign((void **)&s->gzip, 64, sizeof(*s->gzip)))
			abort();
		isal_inflate_init(s->gzip);
		s->read = read_gzip;
		return 0;
	case SOURCE_ZSTD:
		s->zstd = ZSTD_createDCtx();
		if (!s->zstd)
			abort();
		ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
		s->read = read_zstd;
		return 0;
	case SOURCE_XZ:
	case SOURCE_BZIP2:
		return open_filter(s, e);
	}
	return err_set(e, ERR_INTERNAL, "unknown compression %d", s->form);
}

int source_open(int fd, struct source **out, struct err *e)
{
	struct source *s = calloc(1, sizeof(*s));

	if (!s || !(s->blocks = malloc((size_t)BLOCK * SOURCE_KEEPS)))
		abort();
	s->fd = fd;
	/* A pipe may give the first bytes one by one; a magic must be seen whole. */
	s->in = next_block(s);
	ssize_t n = io_read(fd, s->in, TAR_UNIT, e);
	if (n < 0)
		goto undo;
	s->in_len = (size_t)n;
	s->consumed = n;
	s->form = source_detect(s->in, s->in_len);
	if (s->form != SOURCE_PLAIN) {
		if (!(s->packed = malloc(BLOCK)))
			abort();
		memcpy(s->packed, s->in, s->in_len);
		s->in = s->packed;
	}
	if (open_form(s, e))
		goto undo;
	*out = s;
	return 0;
undo:
	source_close(s);
	return -1;
}

void source_close(struct source *s)
{
	if (!s)
		return;
	sha_free(s->sha);
	archive_read_free(s->filter);
	ZSTD_freeDCtx(s->zstd);
	free(s->gzip);
	free(s->packed);
	free(s->blocks);
	free(s);
}

enum source_form source_get_form(const struct source *s)
{
	return s->form;
}

ssize_t source_read(struct source *s, const void **data, struct err *e)
{
	return s->read(s, data, e);
}

ssize_t source_splice(struct source *s, int to, size_t n, struct err *e)
{
	ssize_t got;

	do
		got = splice(
			s->fd, NULL, to, NULL, n < SPLICE_MOST ? n : SPLICE_MOST, SPLICE_F_MOVE);
	while (got < 0 && errno == EINTR);
	if (got < 0 && errno == EPIPE)
		return err_set(e, ERR_CANCELLED, "nobody reads the layer");
	if (got < 0)
		return err_sys(e, "splice");
	s->at_end = got == 0;
	s->consumed += got;
	return got;
}

void source_begin_hash(struct source *s)
{
	s->sha = sha_new();
	sha_add(s->sha, s->in, s->in_len);
}

int source_finish_hash(struct source *s, char out[SHA_DIGEST_TEXT + 1], struct err *e)
{
	while (!s->at_end) {
		s->in_at = s->in_len;
		if (fill(s, e))
			return -1;
	}
	memcpy(out, "sha256:", 7);
	sha_hex(s->sha, out + 7);
	return 0;
}

int64_t source_consumed(const struct source *s)
{
	return s->consumed;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Positions: libarchive tells, after a header, how many bytes it has consumed; there the content begins, and
 * its size says where it ends. Bytes from the end of one content to the beginning of the next are one
 * segment of the split. They may lie in blocks libarchive has long given back, so they are kept in tail when
 * a block goes. A sparse member's content is not told from headers: it all goes into segments.
 */
#include "reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "hasher.h"

/* Headers of one member may take this much; libarchive itself refuses pax headers above 1 MiB. */
#define HEADERS_MOST (8 * 1024 * 1024)
/* A sparse member's content is handed on in pieces, but what libarchive may look ahead at stays. */
#define TAIL_FLUSH (1024 * 1024)
#define LOOK_AHEAD (64 * 1024)

static_assert(HASHER_BLOCKS <= SOURCE_KEEPS, "a block is hashed before it is written over");

struct tar_reader {
	struct source *src;
	struct archive *tar;
	struct archive_entry *entry;
	struct split *split;
	struct hasher *hasher; /* NULL: nobody wants the digest */
	struct err err;	       /* of the source, to be told in place of libarchive's */
	bool failed;
	bool content_left;
	/* The block libarchive reads now: stream offsets [block_at, block_end). */
	const char *block;
	int64_t block_at, block_end;
	/* The segment in the making begins at seg; tail holds its bytes of former blocks. */
	int64_t seg;
	struct buf tail;
	bool in_sparse;
	uint64_t crc;
	int64_t spliced; /* bytes taken from the source that libarchive thinks are still there */
	char *name;	 /* of a member whose line is not yet written */
	int64_t size;
};

/* Keeps what the segment needs of a block that is about to go. */
static int keep_tail(struct tar_reader *r)
{
	int64_t from = r->seg + (int64_t)r->tail.len;

	if (!r->split || from >= r->block_end)
		return 0;
	if (from < r->block_at)
		from = r->block_at;
	buf_add(&r->tail, r->block + (from - r->block_at), (size_t)(r->block_end - from));
	if (r->in_sparse && r->tail.len > TAIL_FLUSH + LOOK_AHEAD) {
		size_t n = r->tail.len - LOOK_AHEAD;
		if (split_segment(r->split, r->tail.data, n, &r->err))
			return -1;
		buf_drop(&r->tail, n);
		r->seg += (int64_t)n;
	}
	if (!buf_ok(&r->tail))
		return err_set(&r->err, ERR_INVALID, "archive/tar: header too large");
	return 0;
}

static ssize_t pull(struct archive *a, void *arg, const void **data)
{
	struct tar_reader *r = arg;
	ssize_t n = -1;

	if (keep_tail(r) == 0)
		n = source_read(r->src, data, &r->err);
	if (n < 0) {
		r->failed = true;
		archive_set_error(a, EIO, "%s", r->err.msg);
		return -1;
	}
	r->block = *data;
	r->block_at = r->block_end;
	r->block_end += n;
	if (r->hasher)
		hasher_add(r->hasher, *data, (size_t)n);
	return n;
}

/* libarchive wants to get over bytes it has not read: what was spliced away is behind us already. */
static la_int64_t skip(struct archive *a, void *arg, la_int64_t request)
{
	struct tar_reader *r = arg;
	int64_t n = request < r->spliced ? request : r->spliced;

	if (!n)
		return 0;
	r->spliced -= n;
	r->block_end += n;
	r->block_at = r->block_end;
	return n;
}

/* Writes the segment up to stream offset end and begins the next one at `next`. */
static int cut_segment(struct tar_reader *r, int64_t end, int64_t next, struct err *e)
{
	size_t from_tail = r->tail.len;
	int64_t want = end - r->seg;

	if ((int64_t)from_tail > want)
		from_tail = (size_t)want;
	/* One JSON line for the whole, so the rest is joined to the tail. */
	int64_t rest = want - (int64_t)from_tail;
	if (rest) {
		if (r->seg + (int64_t)from_tail < r->block_at)
			return err_set(e, ERR_INTERNAL, "tar header out of reach");
		buf_add(&r->tail, r->block + (r->seg + (int64_t)from_tail - r->block_at),
			(size_t)rest);
		if (!buf_ok(&r->tail))
			return err_set(e, ERR_INVALID, "archive/tar: header too large");
		from_tail = r->tail.len;
	}
	if (split_segment(r->split, r->tail.data, from_tail, e))
		return -1;
	/* Bytes behind the content may have been looked at already. */
	int64_t drop = next - r->seg;
	buf_drop(&r->tail, drop < (int64_t)r->tail.len ? (size_t)drop : r->tail.len);
	r->seg = next;
	return 0;
}

/* Go's names for what is wrong, by what libarchive says. */
static int tar_error(struct tar_reader *r, struct err *e)
{
	const char *text = archive_error_string(r->tar);

	if (r->failed) {
		*e = r->err;
		return -1;
	}
	if (text && (strstr(text, "Truncated") || strstr(text, "needed")))
		return err_set(e, ERR_INVALID, "unexpected EOF");
	return err_set(e, ERR_INVALID, "archive/tar: invalid tar header");
}

int tar_reader_open(struct source *src, const struct tar_reader_opts *opts, struct tar_reader **out,
	struct err *e)
{
	struct tar_reader *r = calloc(1, sizeof(*r));

	if (!r || !(r->tar = archive_read_new()))
		abort();
	r->src = src;
	r->split = opts->split;
	r->hasher = opts->hash ? hasher_new() : NULL;
	buf_init(&r->tail, HEADERS_MOST);
	archive_read_support_format_tar(r->tar);
	archive_read_support_format_empty(r->tar);
	if (archive_read_open2(r->tar, r, NULL, pull, skip, NULL) != ARCHIVE_OK) {
		tar_error(r, e);
		tar_reader_close(r);
		return -1;
	}
	*out = r;
	return 0;
}

void tar_reader_close(struct tar_reader *r)
{
	if (!r)
		return;
	archive_read_free(r->tar);
	hasher_free(r->hasher);
	buf_done(&r->tail);
	free(r->name);
	free(r);
}

/* A second and a fraction below zero, as libarchive reads "-1.25", are further below. */
static struct timespec to_time(time_t seconds, long ns)
{
	return seconds < 0 && ns ? (struct timespec){ seconds - 1, 1000000000 - ns }
				 : (struct timespec){ seconds, ns };
}

static void fill_times(struct archive_entry *a, struct tar_entry *out)
{
	out->mtime = to_time(archive_entry_mtime(a), archive_entry_mtime_nsec(a));
	out->atime = out->mtime;
	if (archive_entry_atime_is_set(a) && archive_entry_atime(a) > out->mtime.tv_sec) {
		out->atime = to_time(archive_entry_atime(a), archive_entry_atime_nsec(a));
	}
}

static void fill_entry(struct archive_entry *a, struct tar_entry *out)
{
	*out = (struct tar_entry){
		.name = archive_entry_pathname(a),
		.hardlink = archive_entry_hardlink(a),
		.mode = archive_entry_mode(a),
		.uid = archive_entry_uid(a),
		.gid = archive_entry_gid(a),
		.size = archive_entry_size(a),
		.rdev = archive_entry_rdev(a),
		.is_sparse = archive_entry_sparse_count(a) > 0,
		.n_xattrs = archive_entry_xattr_reset(a),
	};
	if (!out->hardlink && S_ISLNK(out->mode))
		out->symlink = archive_entry_symlink(a);
	if (!S_ISREG(out->mode) && !out->hardlink)
		out->size = 0;
	fill_times(a, out);
}

/* The line of the member before is due once its content has gone by. */
static int write_file_line(struct tar_reader *r, struct err *e)
{
	if (!r->name)
		return 0;
	int rc = split_file(r->split, r->name, r->size, r->crc, e);
	free(r->name);
	r->name = NULL;
	return rc;
}

static int note_member(struct tar_reader *r, const struct tar_entry *m, struct err *e)
{
	int64_t content = archive_filter_bytes(r->tar, 0);

	r->in_sparse = m->is_sparse;
	r->size = m->is_sparse ? 0 : m->size;
	if (cut_segment(r, content, content + r->size, e))
		return -1;
	r->crc = 0;
	r->name = strdup(m->name);
	if (!r->name)
		abort();
	/* A sparse member's bytes follow as segments, so its line comes first. */
	return r->size ? 0 : write_file_line(r, e);
}

/* Extended headers that libarchive would pass over; dockerd does not. */
static bool is_malformed(struct archive *a)
{
	const char *text = archive_error_string(a);

	return text && strstr(text, "pax extended attribute");
}

int tar_reader_next(struct tar_reader *r, struct tar_entry *out, struct err *e)
{
	const void *data;
	size_t n;
	int64_t offset;
	int more;

	while (r->content_left && (more = tar_reader_data(r, &data, &n, &offset, e)))
		if (more < 0)
			return -1;
	int code = archive_read_next_header(r->tar, &r->entry);
	if (code == ARCHIVE_EOF)
		return 0;
	/* WARN: a name is not UTF-8; it is there all the same, byte by byte. */
	if (code != ARCHIVE_OK && (code != ARCHIVE_WARN || is_malformed(r->tar)))
		return tar_error(r, e);
	fill_entry(r->entry, out);
	if (!out->name || !*out->name || out->size < 0)
		return err_set(e, ERR_INVALID, "archive/tar: invalid tar header");
	r->content_left = true;
	if (r->split && note_member(r, out, e))
		return -1;
	return 1;
}

int tar_reader_data(
	struct tar_reader *r, const void **data, size_t *n, int64_t *offset, struct err *e)
{
	la_int64_t at = 0;

	if (!r->content_left)
		return 0;
	int code = archive_read_data_block(r->tar, data, n, &at);
	*offset = at;
	if (code == ARCHIVE_EOF) {
		r->content_left = false;
		return r->split ? write_file_line(r, e) : 0;
	}
	if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
		return tar_error(r, e);
	if (r->split && !r->in_sparse)
		r->crc = split_crc(r->crc, *data, *n);
	return 1;
}

void tar_reader_peek(struct tar_reader *r, const void **data, size_t *n)
{
	int64_t content = archive_filter_bytes(r->tar, 0);
	int64_t left = archive_entry_size(r->entry);

	*n = 0;
	if (content < r->block_at || content >= r->block_end)
		return;
	*data = r->block + (content - r->block_at);
	*n = (size_t)(r->block_end - content < left ? r->block_end - content : left);
}

/* Through our hands: compressed archives, and what libarchive has already taken. */
static int pass_by_copy(struct tar_reader *r, int to, struct err *e)
{
	const void *data;
	size_t n;
	int64_t at;
	int more;

	while ((more = tar_reader_data(r, &data, &n, &at, e)) > 0)
		if (io_write(to, data, n, e))
			return e->kind == ERR_CANCELLED ? 0 : -1;
	return more;
}

int tar_reader_pass(struct tar_reader *r, int to, struct err *e)
{
	int64_t left = archive_entry_size(r->entry);
	const void *data;
	size_t n;

	tar_reader_peek(r, &data, &n);
	if (source_get_form(r->src) != SOURCE_PLAIN || !n)
		return pass_by_copy(r, to, e);
	r->content_left = false; /* libarchive skips it at the next header */
	if (io_write(to, data, n, e))
		return e->kind == ERR_CANCELLED ? 0 : -1;
	/* From here on the block is used up as far as it is content: the rest is still in the source. */
	for (left -= (int64_t)n; left > 0;) {
		ssize_t got = source_splice(r->src, to, (size_t)left, e);
		if (got < 0)
			return e->kind == ERR_CANCELLED ? 0 : -1;
		if (got == 0)
			return err_set(e, ERR_INVALID, "unexpected EOF");
		left -= got;
		r->spliced += got;
	}
	return 0;
}

bool tar_reader_xattr(struct tar_reader *r, int i, const char **name, const void **value, size_t *n)
{
	if (i == 0)
		archive_entry_xattr_reset(r->entry);
	return archive_entry_xattr_next(r->entry, name, value, n) == ARCHIVE_OK;
}

int tar_reader_finish(struct tar_reader *r, char digest[SHA_DIGEST_TEXT + 1], struct err *e)
{
	const void *data;
	ssize_t n;

	/* What libarchive has not asked for: blocks of zeros, or anything else behind the end. */
	while ((n = pull(r->tar, r, &data)) > 0)
		if (r->split && cut_segment(r, r->block_end, r->block_end, e))
			return -1;
	if (n < 0) {
		*e = r->err;
		return -1;
	}
	if (r->split &&
		(cut_segment(r, r->block_end, r->block_end, e) || split_finish(r->split, e)))
		return -1;
	digest[0] = 0;
	if (r->hasher)
		hasher_finish(r->hasher, digest);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "layer/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "tar_make.h"

#define PLAIN_SIZE 700000 /* several blocks */

static char plain[PLAIN_SIZE];

static int fill_plain(void **state)
{
	unsigned v = 1;

	for (size_t i = 0; i < sizeof(plain); i++) {
		v = v * 1103515245 + 12345;
		plain[i] = (char)(v >> 24 & 15);
	}
	return 0;
}

static void add_gzip(struct buf *out, const void *data, size_t n)
{
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (void *)data;
	z.avail_in = (unsigned)n;
	size_t room = deflateBound(&z, n);
	z.next_out = (void *)buf_reserve(out, room);
	z.avail_out = (unsigned)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	buf_grew(out, room - z.avail_out);
	deflateEnd(&z);
}

static void add_zstd(struct buf *out, const void *data, size_t n)
{
	size_t room = ZSTD_compressBound(n);

	buf_grew(out, ZSTD_compress(buf_reserve(out, room), room, data, n, 3));
}

/* Reads all of it; -1 with e when it ends in an error. */
static int read_all(const void *data, size_t n, struct buf *out, struct err *e)
{
	own_fd fd = tar_fd(data, n);
	struct source *s;
	const void *block;
	ssize_t got;

	if (source_open(fd, &s, e))
		return -1;
	while ((got = source_read(s, &block, e)) > 0)
		buf_add(out, block, (size_t)got);
	if (got == 0)
		assert_int_equal(source_consumed(s), n);
	source_close(s);
	return (int)got;
}

static void assert_reads(const struct buf *in, const void *want, size_t n)
{
	own_buf out;
	struct err e = { 0 };

	buf_init(&out, 10 * PLAIN_SIZE);
	int rc = read_all(in->data, in->len, &out, &e);
	if (rc)
		print_error("%s\n", e.msg);
	assert_int_equal(rc, 0);
	assert_int_equal(out.len, n);
	assert_memory_equal(out.data, want, n);
}

static void assert_fails(const void *data, size_t n, const char *text)
{
	own_buf out;
	struct err e = { 0 };

	buf_init(&out, 10 * PLAIN_SIZE);
	assert_int_equal(read_all(data, n, &out, &e), -1);
	assert_int_equal(e.kind, ERR_INVALID);
	assert_string_equal(e.msg, text);
}

static void plain_bytes_pass_through(void **state)
{
	own_buf in;

	buf_init(&in, PLAIN_SIZE);
	buf_add(&in, plain, PLAIN_SIZE);
	assert_reads(&in, plain, PLAIN_SIZE);
	in.len = 3;
	assert_reads(&in, plain, 3);
	in.len = 0;
	assert_reads(&in, plain, 0);
}

static void gzip_is_undone_member_by_member(void **state)
{
	own_buf in;

	buf_init(&in, 4 * PLAIN_SIZE);
	add_gzip(&in, plain, 300000);
	add_gzip(&in, plain + 300000, 0);
	add_gzip(&in, plain + 300000, PLAIN_SIZE - 300000);
	assert_reads(&in, plain, PLAIN_SIZE);
}

static void zstd_is_undone_frame_by_frame(void **state)
{
	own_buf in;

	buf_init(&in, 4 * PLAIN_SIZE);
	add_zstd(&in, plain, 300000);
	add_zstd(&in, plain + 300000, PLAIN_SIZE - 300000);
	assert_reads(&in, plain, PLAIN_SIZE);
}

static void cut_streams_are_unexpected_ends(void **state)
{
	own_buf in;

	buf_init(&in, 4 * PLAIN_SIZE);
	add_gzip(&in, plain, PLAIN_SIZE);
	assert_fails(in.data, in.len - 1, "unexpected EOF");
	assert_fails(in.data, in.len / 2, "unexpected EOF");
	assert_fails(in.data, 12, "unexpected EOF");
	buf_clear(&in);
	add_zstd(&in, plain, PLAIN_SIZE);
	assert_fails(in.data, in.len - 1, "unexpected EOF");
	assert_fails(in.data, in.len / 2, "unexpected EOF");
}

static void damage_is_found(void **state)
{
	own_buf in;

	buf_init(&in, 4 * PLAIN_SIZE);
	add_gzip(&in, plain, PLAIN_SIZE);
	in.data[in.len - 6] ^= 1; /* of the checksum */
	assert_fails(in.data, in.len, "gzip: invalid checksum");
	in.data[in.len - 6] ^= 1;
	buf_str(&in, "trailing garbage");
	assert_fails(in.data, in.len, "gzip: invalid header");
	assert_fails("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff\xff\xff\xff\xff\xff\xff", 18,
		"flate: corrupt input");
}

static void only_the_first_bytes_decide(void **state)
{
	assert_int_equal(source_detect("\x1f\x8b\x08", 3), SOURCE_GZIP);
	assert_int_equal(source_detect("\x1f\x8b", 2), SOURCE_PLAIN);
	assert_int_equal(source_detect("\x28\xb5\x2f\xfd", 4), SOURCE_ZSTD);
	assert_int_equal(source_detect("\xfd"
				       "7zXZ\0",
				 6),
		SOURCE_XZ);
	assert_int_equal(source_detect("BZh9", 4), SOURCE_BZIP2);
	assert_int_equal(source_detect("{\"a\"", 4), SOURCE_PLAIN);
}

static void tars_are_told_by_their_checksum(void **state)
{
	char zeros[512] = { 0 };
	own_buf tar;

	buf_init(&tar, 65536);
	tar_add(&tar, &(struct tar_member){ "x", '0', NULL, "y", 0 });
	assert_true(source_is_tar(tar.data, tar.len));
	assert_false(source_is_tar(tar.data, 511));
	tar.data[0] = 'z';
	assert_false(source_is_tar(tar.data, tar.len));
	assert_true(source_is_tar(zeros, sizeof(zeros)));
	assert_false(source_is_tar(plain, 512));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_bytes_pass_through),
		cmocka_unit_test(gzip_is_undone_member_by_member),
		cmocka_unit_test(zstd_is_undone_frame_by_frame),
		cmocka_unit_test(cut_streams_are_unexpected_ends),
		cmocka_unit_test(damage_is_found),
		cmocka_unit_test(only_the_first_bytes_decide),
		cmocka_unit_test(tars_are_told_by_their_checksum),
	};
	return cmocka_run_group_tests(tests, fill_plain, NULL);
}

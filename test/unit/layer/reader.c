/* SPDX-License-Identifier: Apache-2.0 */
/* Also the split: what was cut out and what was left must be the tar again. */
#include "layer/reader.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/slice.h"
#include "base/thread.h"
#include "tar_make.h"

struct reading {
	struct arena *a;
	struct source *src;
	struct tar_reader *tar;
	struct split *split;
	int fd, split_fd;
};

static void begin_fd(struct reading *r, int fd)
{
	struct err e = { 0 };

	r->a = arena_new();
	r->fd = fd;
	r->split_fd = tar_fd("", 0);
	r->split = split_new(r->split_fd);
	assert_int_equal(source_open(r->fd, &r->src, &e), 0);
	struct tar_reader_opts opts = { .split = r->split, .hash = true };
	assert_int_equal(tar_reader_open(r->src, &opts, &r->tar, &e), 0);
}

static void begin(struct reading *r, const struct buf *in)
{
	begin_fd(r, tar_fd(in->data, in->len));
}

/* Bytes that come through a small pipe in pieces, from a thread. */
struct feeder {
	pthread_t thread;
	const struct buf *in;
	size_t piece;
	int to;
};

static void feed(void *arg)
{
	struct feeder *f = arg;

	for (size_t at = 0; at < f->in->len; at += f->piece) {
		size_t left = f->in->len - at < f->piece ? f->in->len - at : f->piece;
		if (write(f->to, f->in->data + at, left) != (ssize_t)left)
			break;
	}
	close(f->to);
}

static int feeder_start(struct feeder *f, const struct buf *in, size_t piece)
{
	int ends[2];
	struct err e;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(fcntl(ends[1], F_SETPIPE_SZ, 4096) >= 0);
	f->in = in;
	f->piece = piece;
	f->to = ends[1];
	assert_int_equal(thread_start(&f->thread, feed, f, &e), 0);
	return ends[0];
}

static void end(struct reading *r)
{
	tar_reader_close(r->tar);
	source_close(r->src);
	split_free(r->split);
	close(r->fd);
	close(r->split_fd);
	arena_free(r->a);
}

/* The lines of the split, unzipped. */
static char *split_text(struct reading *r)
{
	char *text = arena_alloc(r->a, 1 << 20);

	lseek(r->split_fd, 0, SEEK_SET);
	gzFile z = gzdopen(dup(r->split_fd), "rb");
	int n = gzread(z, text, (1 << 20) - 1);
	assert_true(n > 0);
	gzclose(z);
	return text;
}

static int decode64(char c)
{
	const char *digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = strchr(digits, c);

	return c && at ? (int)(at - digits) : -1;
}

static void add_decoded(struct buf *out, const char *text)
{
	for (; decode64(text[0]) >= 0; text += 4) {
		int v[4];
		for (int i = 0; i < 4; i++)
			v[i] = decode64(text[i]);
		buf_char(out, (char)(v[0] << 2 | v[1] >> 4));
		if (v[2] >= 0)
			buf_char(out, (char)(v[1] << 4 | v[2] >> 2));
		if (v[3] >= 0)
			buf_char(out, (char)(v[2] << 6 | v[3]));
	}
}

/* Segments of the split with contents (by number of member) between them. */
static void assemble(struct reading *r, const char *const *contents, struct buf *out)
{
	struct slice rest = slice_str(split_text(r)), line;
	size_t member = 0;
	int64_t position = 0;

	while (rest.n) {
		struct err e;
		slice_cut(rest, '\n', &line, &rest);
		own_json j = json_parse(line.p, line.n, &e);
		assert_non_null(j);
		assert_int_equal(json_i64(json_get(j, "position"), -1), position++);
		if (json_i64(json_get(j, "type"), 0) == 2) {
			add_decoded(out, json_str(json_get(j, "payload"), ""));
			continue;
		}
		const char *content = contents[member++];
		int64_t size = json_i64(json_get(j, "size"), 0);
		if (size) {
			assert_int_equal(size, strlen(content));
			buf_add(out, content, (size_t)size);
		}
	}
}

static int next(struct reading *r, struct tar_entry *m)
{
	struct err e = { 0 };

	return tar_reader_next(r->tar, m, &e);
}

static void assert_content(struct reading *r, const char *want)
{
	struct err e;
	const void *data;
	size_t n;
	int64_t at;
	own_buf got;

	buf_init(&got, 1 << 20);
	while (tar_reader_data(r->tar, &data, &n, &at, &e) > 0) {
		assert_int_equal(at, got.len);
		buf_add(&got, data, n);
	}
	assert_string_equal(got.data, want);
}

static void members_come_with_all_they_have(void **state)
{
	struct reading r;
	struct tar_entry m;
	own_buf in;

	buf_init(&in, 1 << 20);
	tar_add(&in, &(struct tar_member){ "./d/", '5', NULL, NULL, 01777 });
	tar_add(&in, &(struct tar_member){ "d/f", '0', NULL, "hello", 04755 });
	tar_add(&in, &(struct tar_member){ "d/s", '2', "../x", NULL, 0777 });
	tar_add(&in, &(struct tar_member){ "d/h", '1', "d/f", NULL, 0644 });
	tar_end(&in);
	begin(&r, &in);
	assert_int_equal(next(&r, &m), 1);
	assert_string_equal(m.name, "./d/");
	assert_true(S_ISDIR(m.mode) && (m.mode & 07777) == 01777);
	assert_int_equal(next(&r, &m), 1);
	assert_true(S_ISREG(m.mode) && (m.mode & 07777) == 04755);
	assert_int_equal(m.size, 5);
	assert_int_equal(m.mtime.tv_sec, 1700000000);
	assert_int_equal(m.uid, getuid());
	assert_content(&r, "hello");
	assert_int_equal(next(&r, &m), 1);
	assert_string_equal(m.symlink, "../x");
	assert_int_equal(next(&r, &m), 1);
	assert_string_equal(m.hardlink, "d/f");
	assert_null(m.symlink);
	assert_int_equal(next(&r, &m), 0);
	end(&r);
}

static void pax_headers_count(void **state)
{
	char name[301], digest[SHA_DIGEST_TEXT + 1];
	const char *key;
	const void *value;
	struct reading r;
	struct tar_entry m;
	struct err e;
	size_t n;
	own_buf in;

	memset(name, 'n', 300);
	name[300] = 0;
	buf_init(&in, 1 << 20);
	tar_add_pax(&in, "path", name);
	tar_add(&in, &(struct tar_member){ "short", '0', NULL, "a", 0 });
	tar_add_pax(&in, "SCHILY.xattr.user.k", "v=1");
	tar_add(&in, &(struct tar_member){ "x", '0', NULL, "b", 0 });
	tar_add_pax(&in, "mtime", "1234.5");
	tar_add(&in, &(struct tar_member){ "caf\xe9", '0', NULL, "c", 0 });
	tar_end(&in);
	begin(&r, &in);
	assert_int_equal(next(&r, &m), 1);
	assert_string_equal(m.name, name);
	assert_int_equal(next(&r, &m), 1);
	assert_int_equal(m.n_xattrs, 1);
	assert_true(tar_reader_xattr(r.tar, 0, &key, &value, &n));
	assert_string_equal(key, "user.k");
	assert_int_equal(n, 3);
	assert_memory_equal(value, "v=1", 3);
	assert_false(tar_reader_xattr(r.tar, 1, &key, &value, &n));
	assert_int_equal(next(&r, &m), 1);
	assert_string_equal(m.name, "caf\xe9");
	assert_int_equal(m.mtime.tv_sec, 1234);
	assert_int_equal(m.mtime.tv_nsec, 500000000);
	assert_int_equal(next(&r, &m), 0);
	assert_int_equal(tar_reader_finish(r.tar, digest, &e), 0);
	end(&r);
}

static void the_split_and_the_contents_are_the_tar(void **state)
{
	const char *const contents[] = { NULL, "hello", NULL, "second", "third" };
	char digest[SHA_DIGEST_TEXT + 1], want[SHA_DIGEST_TEXT + 1];
	struct reading r;
	struct tar_entry m;
	struct err e;
	own_buf in, out;

	buf_init(&in, 1 << 20);
	buf_init(&out, 1 << 20);
	tar_add(&in, &(struct tar_member){ "d/", '5', NULL, NULL, 0755 });
	tar_add(&in, &(struct tar_member){ "d/<f>&", '0', NULL, "hello", 0 });
	tar_add(&in, &(struct tar_member){ "empty", '0', NULL, NULL, 0 });
	tar_add_pax(&in, "comment", "kept");
	tar_add(&in, &(struct tar_member){ "g", '0', NULL, "second", 0 });
	tar_add(&in, &(struct tar_member){ "bad\xff", '0', NULL, "third", 0 });
	tar_end(&in);
	buf_pad(&in, 0, 5000);
	buf_str(&in, "odd bytes behind the end");
	begin(&r, &in);
	while (next(&r, &m) == 1)
		if (*m.name == 'g') /* read or skipped makes no difference */
			assert_content(&r, "second");
	assert_int_equal(tar_reader_finish(r.tar, digest, &e), 0);
	sha_digest(in.data, in.len, want);
	assert_string_equal(digest, want);
	assemble(&r, contents, &out);
	assert_int_equal(out.len, in.len);
	assert_memory_equal(out.data, in.data, in.len);
	const char *text = split_text(&r);
	assert_non_null(strstr(text, "\"name\":\"d/\\u003cf\\u003e\\u0026\",\"size\":5"));
	assert_non_null(strstr(text, "\"name_raw\":\"YmFk/w==\",\"size\":5"));
	assert_non_null(strstr(text, "{\"type\":1,\"name\":\"empty\",\"payload\":null,"));
	end(&r);
}

static void pieces_of_any_size_make_no_difference(void **state)
{
	static const size_t sizes[] = { 500, 512, 700, 1000, 4096 };
	char big[20001], digest[SHA_DIGEST_TEXT + 1], want[SHA_DIGEST_TEXT + 1];
	const char *const contents[] = { big, NULL, "small", big, "last" };
	struct feeder feeder;
	struct tar_entry m;
	struct err e;
	own_buf in, out;

	memset(big, 'b', 20000);
	big[20000] = 0;
	buf_init(&in, 1 << 20);
	buf_init(&out, 1 << 20);
	tar_add(&in, &(struct tar_member){ "big", '0', NULL, big, 0 });
	tar_add(&in, &(struct tar_member){ "d/", '5', NULL, NULL, 0755 });
	tar_add(&in, &(struct tar_member){ "small", '0', NULL, "small", 0 });
	tar_add_pax(&in, "comment", "between");
	tar_add(&in, &(struct tar_member){ "again", '0', NULL, big, 0 });
	tar_add(&in, &(struct tar_member){ "last", '0', NULL, "last", 0 });
	tar_end(&in);
	sha_digest(in.data, in.len, want);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct reading r;
		begin_fd(&r, feeder_start(&feeder, &in, sizes[i]));
		while (next(&r, &m) == 1)
			if (strcmp(m.name, "again") == 0)
				assert_content(&r, big);
		assert_int_equal(tar_reader_finish(r.tar, digest, &e), 0);
		assert_string_equal(digest, want);
		buf_clear(&out);
		assemble(&r, contents, &out);
		assert_int_equal(out.len, in.len);
		assert_memory_equal(out.data, in.data, in.len);
		end(&r);
		thread_join(feeder.thread);
	}
}

/* Reads all of a pipe meanwhile: it holds few pieces, however small they are. */
struct drain {
	int fd;
	size_t n;
	char got[32768];
	pthread_t thread;
};

static void drain(void *arg)
{
	struct drain *d = arg;
	ssize_t n;

	while ((n = read(d->fd, d->got + d->n, sizeof(d->got) - d->n)) > 0)
		d->n += (size_t)n;
}

/* What came out of a member that was passed on, whatever way it took. */
static void assert_passes(int fd, const char *name, const char *want)
{
	struct tar_reader_opts opts = { 0 };
	struct tar_reader *tar;
	struct source *src;
	struct tar_entry m;
	struct err e = { 0 };
	int ends[2], after = 0;
	struct drain d = { 0 };

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	d.fd = ends[0];
	assert_int_equal(thread_start(&d.thread, drain, &d, &e), 0);
	assert_int_equal(source_open(fd, &src, &e), 0);
	assert_int_equal(tar_reader_open(src, &opts, &tar, &e), 0);
	while (tar_reader_next(tar, &m, &e) == 1) {
		after++;
		if (strcmp(m.name, name) == 0)
			assert_int_equal(tar_reader_pass(tar, ends[1], &e), 0);
	}
	close(ends[1]);
	assert_int_equal(after, 3);
	thread_join(d.thread);
	assert_int_equal(d.n, strlen(want));
	assert_memory_equal(d.got, want, strlen(want));
	close(ends[0]);
	tar_reader_close(tar);
	source_close(src);
	close(fd);
}

static void contents_are_passed_on_and_reading_goes_on_behind_them(void **state)
{
	struct feeder feeder;
	char big[20001];
	own_buf in;

	memset(big, 'b', 20000);
	big[20000] = 0;
	buf_init(&in, 1 << 20);
	tar_add(&in, &(struct tar_member){ "first", '0', NULL, "small", 0 });
	tar_add(&in, &(struct tar_member){ "second", '0', NULL, big, 0 });
	tar_add(&in, &(struct tar_member){ "third", '0', NULL, "x", 0 });
	tar_end(&in);
	assert_passes(tar_fd(in.data, in.len), "second", big);
	for (size_t n = 100; n <= 5000; n += 700) {
		assert_passes(feeder_start(&feeder, &in, n), "second", big);
		thread_join(feeder.thread);
		assert_passes(feeder_start(&feeder, &in, n), "first", "small");
		thread_join(feeder.thread);
	}
}

static void a_pipe_nobody_reads_is_no_error(void **state)
{
	struct tar_reader_opts opts = { 0 };
	struct tar_reader *tar;
	struct source *src;
	struct tar_entry m;
	struct err e;
	struct feeder feeder;
	char big[20001];
	int ends[2];
	own_buf in;

	signal(SIGPIPE, SIG_IGN);
	memset(big, 'b', 20000);
	big[20000] = 0;
	buf_init(&in, 1 << 20);
	tar_add(&in, &(struct tar_member){ "first", '0', NULL, big, 0 });
	tar_add(&in, &(struct tar_member){ "second", '0', NULL, "x", 0 });
	tar_end(&in);
	own_fd fd = feeder_start(&feeder, &in, 3000);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	assert_int_equal(source_open(fd, &src, &e), 0);
	assert_int_equal(tar_reader_open(src, &opts, &tar, &e), 0);
	assert_int_equal(tar_reader_next(tar, &m, &e), 1);
	assert_int_equal(tar_reader_pass(tar, ends[1], &e), 0);
	assert_int_equal(tar_reader_next(tar, &m, &e), 1);
	assert_string_equal(m.name, "second");
	assert_int_equal(tar_reader_next(tar, &m, &e), 0);
	thread_join(feeder.thread);
	tar_reader_close(tar);
	source_close(src);
	close(ends[1]);
}

/* Whether opening, reading or finishing finds it does not matter. */
static int read_through(struct source *src, struct err *e)
{
	char digest[SHA_DIGEST_TEXT + 1];
	struct tar_reader_opts opts = { 0 };
	struct tar_reader *tar;
	struct tar_entry m;
	int more;

	if (tar_reader_open(src, &opts, &tar, e))
		return -1;
	while ((more = tar_reader_next(tar, &m, e)) > 0)
		;
	int rc = more == 0 ? tar_reader_finish(tar, digest, e) : -1;
	tar_reader_close(tar);
	return rc;
}

static void assert_refused(const struct buf *in, const char *text)
{
	own_fd fd = tar_fd(in->data, in->len);
	struct source *src;
	struct err e = { 0 };

	assert_int_equal(source_open(fd, &src, &e), 0);
	assert_int_equal(read_through(src, &e), -1);
	assert_int_equal(e.kind, ERR_INVALID);
	assert_string_equal(e.msg, text);
	source_close(src);
}

static void damage_is_told_in_gos_words(void **state)
{
	own_buf in;

	buf_init(&in, 8 << 20);
	tar_add(&in, &(struct tar_member){ "f", '0', NULL, "hello", 0 });
	size_t whole = in.len;
	in.len = whole - 100;
	assert_refused(&in, "unexpected EOF");
	in.len = 700; /* within the content's block */
	assert_refused(&in, "unexpected EOF");
	in.len = 514;
	assert_refused(&in, "unexpected EOF");
	in.len = whole;
	in.data[3] ^= 1;
	assert_refused(&in, "archive/tar: invalid tar header");
	buf_clear(&in);
	buf_pad(&in, 'x', 4096);
	assert_refused(&in, "archive/tar: invalid tar header");
}

static void a_tar_without_end_marker_and_an_empty_one_are_whole(void **state)
{
	char digest[SHA_DIGEST_TEXT + 1];
	struct reading r;
	struct tar_entry m;
	struct err e;
	own_buf in;

	buf_init(&in, 1 << 20);
	begin(&r, &in);
	assert_int_equal(next(&r, &m), 0);
	assert_int_equal(tar_reader_finish(r.tar, digest, &e), 0);
	end(&r);
	tar_end(&in);
	begin(&r, &in);
	assert_int_equal(next(&r, &m), 0);
	end(&r);
	buf_clear(&in);
	tar_add(&in, &(struct tar_member){ "f", '0', NULL, "hello", 0 });
	begin(&r, &in);
	assert_int_equal(next(&r, &m), 1);
	assert_int_equal(next(&r, &m), 0);
	end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_come_with_all_they_have),
		cmocka_unit_test(pax_headers_count),
		cmocka_unit_test(the_split_and_the_contents_are_the_tar),
		cmocka_unit_test(pieces_of_any_size_make_no_difference),
		cmocka_unit_test(contents_are_passed_on_and_reading_goes_on_behind_them),
		cmocka_unit_test(a_pipe_nobody_reads_is_no_error),
		cmocka_unit_test(damage_is_told_in_gos_words),
		cmocka_unit_test(a_tar_without_end_marker_and_an_empty_one_are_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

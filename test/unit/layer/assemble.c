/* SPDX-License-Identifier: Apache-2.0 */
/* What was taken apart becomes the very bytes again, plain or packed; what was changed meanwhile is noticed. */
#include "layer/assemble.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "layer/split_reader.h"
#include "layer/unpack.h"
#include "tar_make.h"

struct layer {
	char path[64];
	int dir, split;
	struct buf tar; /* what came in */
	char digest[SHA_DIGEST_TEXT + 1];
};

static void fill_tar(struct buf *tar)
{
	static char large[700000];

	for (size_t i = 0; i < sizeof(large) - 1; i++)
		large[i] = (char)('a' + i * i % 23);
	buf_init(tar, 8 << 20);
	tar_add(tar, &(struct tar_member){ "./etc/", '5', NULL, NULL, 0755 });
	tar_add(tar, &(struct tar_member){ "./etc/a", '0', NULL, "content" });
	tar_add(tar, &(struct tar_member){ "./etc/empty", '0' });
	tar_add(tar, &(struct tar_member){ "./etc/hard", '1', "./etc/a" });
	tar_add(tar, &(struct tar_member){ "./link", '2', "etc" });
	/* Behind a link that the layer itself brings. */
	tar_add(tar, &(struct tar_member){ "link/b", '0', NULL, "through it" });
	tar_add(tar, &(struct tar_member){ "odd \xff\"<name>", '0', NULL, "not UTF-8" });
	tar_add(tar, &(struct tar_member){ "big", '0', NULL, large });
	buf_pad(tar, 0, 10240);
}

static int layer_make(void **state)
{
	struct layer *l = calloc(1, sizeof(*l));
	struct unpack_opts opts = { 0 };
	struct unpack_result result;
	struct tar_reader *tar;
	struct source *src;
	struct err e;

	snprintf(l->path, sizeof(l->path), "/tmp/tare-assemble-XXXXXX");
	assert_non_null(mkdtemp(l->path));
	l->dir = open(l->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	l->split = tar_fd("", 0);
	fill_tar(&l->tar);
	own_fd in = tar_fd(l->tar.data, l->tar.len);
	struct split *split = split_new(l->split);
	struct tar_reader_opts reader = { .split = split, .hash = true };
	assert_int_equal(source_open(in, &src, &e), 0);
	assert_int_equal(tar_reader_open(src, &reader, &tar, &e), 0);
	assert_int_equal(unpack_layer(tar, l->dir, &opts, &result, &e), 0);
	assert_int_equal(tar_reader_finish(tar, l->digest, &e), 0);
	tar_reader_close(tar);
	source_close(src);
	split_free(split);
	*state = l;
	return 0;
}

static int layer_drop(void **state)
{
	struct layer *l = *state;
	struct err e;

	close(l->dir);
	close(l->split);
	fs_remove_tree(AT_FDCWD, l->path, &e);
	buf_done(&l->tar);
	free(l);
	return 0;
}

static int assemble(struct layer *l, const struct sink_opts *opts, int out,
	struct sink_result *result, struct err *e)
{
	struct assemble_opts none = { 0 };
	struct sink *sink;

	lseek(l->split, 0, SEEK_SET);
	assert_int_equal(sink_open(out, opts, &sink, e), 0);
	int rc = assemble_layer(l->split, l->dir, sink, &none, e);
	if (rc == 0)
		rc = sink_finish(sink, result, e);
	sink_close(sink);
	return rc;
}

static void read_back(int fd, struct buf *out)
{
	const void *data;
	struct source *src;
	struct err e;
	ssize_t n;

	buf_init(out, 16 << 20);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(source_open(fd, &src, &e), 0);
	while ((n = source_read(src, &data, &e)) > 0)
		buf_add(out, data, (size_t)n);
	assert_int_equal(n, 0);
	source_close(src);
}

static void every_form_gives_the_tar_back(void **state)
{
	static const char *const forms[] = { "plain", "gzip", "gzip:0", "gzip:1", "gzip:2", "zstd",
		"zstd:1" };
	struct layer *l = *state;
	struct sink_result result;
	struct err e;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct sink_opts opts = { .form = forms[i], .hash_tar = true, .threads = 2 };
		own_fd out = tar_fd("", 0);
		own_buf got = { 0 };
		assert_int_equal(assemble(l, &opts, out, &result, &e), 0);
		read_back(out, &got);
		assert_int_equal(got.len, l->tar.len);
		assert_memory_equal(got.data, l->tar.data, got.len);
		assert_string_equal(result.diff_id, l->digest);
		assert_int_equal(result.tar_size, l->tar.len);
		assert_int_equal(result.size, lseek(out, 0, SEEK_END));
		if (i == 0)
			assert_string_equal(result.digest, l->digest);
		else
			assert_string_not_equal(result.digest, l->digest);
	}
}

/* A push that is tried again, on another machine, sends the same blob. */
static void threads_do_not_show_in_the_output(void **state)
{
	static const char *const forms[] = { "gzip", "zstd" };
	struct layer *l = *state;
	struct err e;

	for (size_t i = 0; i < 2; i++) {
		struct sink_result first = { 0 }, now;
		for (unsigned threads = 0; threads < 4; threads++) {
			struct sink_opts opts = { .form = forms[i], .threads = threads };
			own_fd out = tar_fd("", 0);
			assert_int_equal(assemble(l, &opts, out, &now, &e), 0);
			assert_string_equal(now.diff_id, "");
			if (threads)
				assert_string_equal(now.digest, first.digest);
			first = now;
		}
	}
}

static void measure_is_the_size_of_the_tar(void **state)
{
	struct layer *l = *state;
	int64_t bytes;
	struct err e;

	lseek(l->split, 0, SEEK_SET);
	assert_int_equal(split_measure(l->split, &bytes, &e), 0);
	assert_int_equal(bytes, l->tar.len);
}

static void expect_failure(struct layer *l, const char *text)
{
	struct sink_opts opts = { .form = "plain" };
	struct sink_result result;
	struct err e;
	own_fd out = tar_fd("", 0);

	assert_int_equal(assemble(l, &opts, out, &result, &e), -1);
	assert_int_equal(e.kind, ERR_INVALID);
	assert_string_equal(e.msg, text);
}

static void a_changed_file_is_noticed(void **state)
{
	static const char text[] = "file integrity checksum failed for \"./etc/a\"";
	struct layer *l = *state;
	own_fd fd = openat(l->dir, "etc/a", O_WRONLY | O_CLOEXEC);

	assert_int_equal(pwrite(fd, "C", 1, 0), 1);
	expect_failure(l, text);
	assert_int_equal(ftruncate(fd, 3), 0);
	expect_failure(l, text);
	assert_int_equal(unlinkat(l->dir, "etc/a", 0), 0);
	expect_failure(l, "open /etc/a: no such file or directory");
	/* Neither waited for nor read. */
	assert_int_equal(mknodat(l->dir, "etc/a", S_IFIFO | 0600, 0), 0);
	expect_failure(l, text);
	assert_int_equal(unlinkat(l->dir, "etc/a", 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", l->dir, "etc/a"), 0);
	expect_failure(l, "open /etc/a: too many levels of symbolic links");
}

static void forms_and_levels_are_checked(void **state)
{
	static const char *const wrong[] = { "", "lz4", "gzip:4", "gzip:x", "gzip:", "zstd:0",
		"zstd:20", "plain:1" };
	struct sink *sink;
	struct err e;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct sink_opts opts = { .form = wrong[i] };
		assert_int_equal(sink_open(1, &opts, &sink, &e), -1);
		assert_int_equal(e.kind, ERR_INVALID);
	}
}

/* One after the other, of a text: "S<bytes>", "F<name> <size> <crc>", at last "." or what is wrong. */
static const char *read_lines(const char *text)
{
	static char seen[512];
	struct split_reader *r;
	struct split_item it;
	size_t n = 0;
	struct err e;
	int more;
	own_fd fd = tar_fd(text, strlen(text));

	assert_int_equal(split_reader_open(fd, &r, &e), 0);
	while ((more = split_reader_next(r, &it, &e)) > 0)
		n += (size_t)(it.is_file ? snprintf(seen + n, sizeof(seen) - n, "F%s %lld %llx\n",
						   it.name, (long long)it.size,
						   (unsigned long long)it.crc)
					 : snprintf(seen + n, sizeof(seen) - n, "S%.*s\n",
						   (int)it.n, (const char *)it.data));
	snprintf(seen + n, sizeof(seen) - n, "%s", more ? e.msg : ".");
	split_reader_close(r);
	return seen;
}

static void lines_of_any_encoder_are_understood(void **state)
{
	/* Go's own, with and without escapes; blanks and another order; no last line feed. */
	assert_string_equal(
		read_lines("{\"type\":2,\"payload\":\"aGVsbG8=\",\"position\":0}\n"
			   "{\"type\":1,\"name\":\"a\\u003cb\",\"size\":3,\"payload\":"
			   "\"AAAAAAAAAQI=\",\"position\":1}\n"
			   "{\"type\":1,\"name_raw\":\"/2E=\",\"payload\":null,\"position\":2}\n"
			   "{ \"position\": 3, \"payload\": \"aGk=\", \"type\": 2 }"),
		"Shello\nFa<b 3 102\nF\xff"
		"a 0 0\nShi\n.");
	assert_string_equal(read_lines(""), ".");
}

static void damaged_lines_are_refused(void **state)
{
	static const char *const wrong[] = {
		"{\"type\":3,\"payload\":null,\"position\":0}\n",
		"{\"type\":2,\"payload\":\"aGk\",\"position\":0}\n",
		"{\"type\":2,\"payload\":\"a*k=\",\"position\":0}\n",
		"{\"type\":2,\"payload\":\"aGk=\",\"position\":1}\n",
		"{\"type\":1,\"payload\":null,\"position\":0}\n",
		"{\"type\":1,\"name\":\"a\",\"size\":-1,\"payload\":null,\"position\":0}\n",
		"{\"type\":1,\"name\":\"a\",\"size\":5,\"payload\":null,\"position\":0}\n",
		"{\"type\":1,\"name\":\"a\\u0000b\",\"payload\":null,\"position\":0}\n",
		"[]\n",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_string_equal(read_lines(wrong[i]), "tar-split: malformed entry 0");
	assert_int_equal(strncmp(read_lines("{\"type\":2"), "tar-split: ", 11), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			every_form_gives_the_tar_back, layer_make, layer_drop),
		cmocka_unit_test_setup_teardown(
			threads_do_not_show_in_the_output, layer_make, layer_drop),
		cmocka_unit_test_setup_teardown(
			measure_is_the_size_of_the_tar, layer_make, layer_drop),
		cmocka_unit_test_setup_teardown(a_changed_file_is_noticed, layer_make, layer_drop),
		cmocka_unit_test(forms_and_levels_are_checked),
		cmocka_unit_test(lines_of_any_encoder_are_understood),
		cmocka_unit_test(damaged_lines_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/fs.h"
#include "monitor/jsonlog.h"

#define T "\",\"stream\":\"stdout\",\"time\":\"1970-01-01T00:00:00Z\"}\n"
#define E "\",\"stream\":\"stderr\",\"time\":\"1970-01-01T00:00:00Z\"}\n"

struct fixture {
	char dir[64];
	char path[128];
	struct jsonlog log;
};

static int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->dir, sizeof(f->dir), "/tmp/unit-jsonlog-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/log", f->dir);
	f->log.path = f->path;
	f->log.buf = malloc(JSONLOG_BUF);
	f->log.open = calloc(2, sizeof(*f->log.open));
	*state = f;
	return 0;
}

static int fixture_teardown(void **state)
{
	struct fixture *f = *state;
	struct err e;

	jsonlog_close(&f->log);
	fs_remove_tree(AT_FDCWD, f->dir, &e);
	free(f->log.buf);
	free(f->log.open);
	free(f);
	return 0;
}

static void assert_file(const char *path, const char *text)
{
	struct err e;
	own_buf b;

	buf_init(&b, 1 << 20);
	assert_int_equal(fs_read(AT_FDCWD, path, 1 << 20, &b, &e), 0);
	assert_string_equal(b.data, text);
}

static void put(struct fixture *f, const char *text)
{
	jsonlog_write(&f->log, LINE_STDOUT, text, strlen(text), 0);
}

static void lines_come_in_any_pieces(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(jsonlog_open(&f->log), 0);
	put(f, "one\ntw");
	put(f, "o");
	put(f, "\n\nthr");
	assert_file(f->path, "{\"log\":\"one\\n" T "{\"log\":\"two\\n" T "{\"log\":\"\\n" T);
	jsonlog_end(&f->log, LINE_STDOUT, 0);
	jsonlog_end(&f->log, LINE_STDOUT, 0);
	assert_file(f->path,
		"{\"log\":\"one\\n" T "{\"log\":\"two\\n" T "{\"log\":\"\\n" T "{\"log\":\"thr" T);
}

static void streams_have_lines_of_their_own(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(jsonlog_open(&f->log), 0);
	put(f, "ou");
	jsonlog_write(&f->log, LINE_STDERR, "err\n", 4, 0);
	put(f, "t\n");
	assert_file(f->path, "{\"log\":\"err\\n" E "{\"log\":\"out\\n" T);
}

/* Counts the entries and the x in them. */
static void count(const char *path, size_t *entries, size_t *x)
{
	struct err e;
	own_buf b;

	buf_init(&b, 1 << 22);
	assert_int_equal(fs_read(AT_FDCWD, path, 1 << 22, &b, &e), 0);
	*entries = *x = 0;
	for (size_t i = 0; i < b.len; i++) {
		*entries += b.data[i] == '\n';
		*x += b.data[i] == 'x';
	}
}

static void long_lines_are_split_at_16_kib(void **state)
{
	struct fixture *f = *state;
	static char text[3 * LINE_TEXT_MAX + 1];
	size_t entries, x;

	memset(text, 'x', sizeof(text));
	assert_int_equal(jsonlog_open(&f->log), 0);
	jsonlog_write(&f->log, LINE_STDOUT, text, LINE_TEXT_MAX - 1, 0);
	put(f, "\n"); /* fits with its newline */
	count(f->path, &entries, &x);
	assert_int_equal(entries, 1);
	jsonlog_write(&f->log, LINE_STDOUT, text, LINE_TEXT_MAX, 0);
	put(f, "\n"); /* dockerd: a full piece, then the newline alone */
	count(f->path, &entries, &x);
	assert_int_equal(entries, 3);
	jsonlog_write(&f->log, LINE_STDOUT, text, sizeof(text), 0);
	count(f->path, &entries, &x);
	assert_int_equal(entries, 6);
	put(f, "\n");
	count(f->path, &entries, &x);
	assert_int_equal(entries, 7);
	assert_int_equal(x, 5 * LINE_TEXT_MAX);
}

static void the_worst_bytes_fit(void **state)
{
	struct fixture *f = *state;
	static char text[4 * LINE_TEXT_MAX]; /* NUL bytes: six characters each */
	struct stat st;

	assert_int_equal(jsonlog_open(&f->log), 0);
	jsonlog_write(&f->log, LINE_STDOUT, text, sizeof(text), 0);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_size, 4 * (6 * LINE_TEXT_MAX + 59));
}

static void full_files_are_rotated(void **state)
{
	struct fixture *f = *state;
	char path[160];

	f->log.max_bytes = 70; /* an entry "…" of 62 bytes does not reach it, two pass it */
	f->log.max_files = 3;
	assert_int_equal(jsonlog_open(&f->log), 0);
	for (char c = 'a'; c <= 'i'; c++)
		put(f, (char[]){ c, '\n', '\0' });
	assert_file(f->path, "{\"log\":\"i\\n" T);
	snprintf(path, sizeof(path), "%s.1", f->path);
	assert_file(path, "{\"log\":\"g\\n" T "{\"log\":\"h\\n" T);
	snprintf(path, sizeof(path), "%s.2", f->path);
	assert_file(path, "{\"log\":\"e\\n" T "{\"log\":\"f\\n" T);
	snprintf(path, sizeof(path), "%s.3", f->path);
	assert_int_equal(access(path, F_OK), -1);
}

static void an_existing_log_is_continued(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(jsonlog_open(&f->log), 0);
	put(f, "a\n");
	jsonlog_close(&f->log);
	assert_int_equal(jsonlog_open(&f->log), 0);
	put(f, "b\n");
	assert_file(f->path, "{\"log\":\"a\\n" T "{\"log\":\"b\\n" T);
}

static void without_a_path_nothing_is_done(void **state)
{
	struct fixture *f = *state;

	f->log.path = NULL;
	assert_int_equal(jsonlog_open(&f->log), 0);
	put(f, "a\nb");
	jsonlog_end(&f->log, LINE_STDOUT, 0);
	assert_int_equal(jsonlog_reopen(&f->log), 0);
	assert_int_equal(access(f->path, F_OK), -1);
}

/* /dev/full takes nothing: what cannot be written is lost, the next batch is tried anew. */
static void a_full_disk_is_survived(void **state)
{
	struct fixture *f = *state;

	f->log.path = "/dev/full";
	assert_int_equal(jsonlog_open(&f->log), 0);
	put(f, "a\n");
	assert_int_equal(f->log.n, 0);
	assert_int_equal(f->log.size, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(lines_come_in_any_pieces),
		TEST(streams_have_lines_of_their_own),
		TEST(long_lines_are_split_at_16_kib),
		TEST(the_worst_bytes_fit),
		TEST(full_files_are_rotated),
		TEST(an_existing_log_is_continued),
		TEST(without_a_path_nothing_is_done),
		TEST(a_full_disk_is_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

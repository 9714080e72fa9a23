/* SPDX-License-Identifier: Apache-2.0 */
/* json-file logs: the end of them across rotated files, and what comes while somebody reads. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "api/logfile.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/slice.h"
#include "base/thread.h"

#include <fcntl.h>

static char dir[32], path[64];
static atomic_int seen; /* lines */

static void put(const char *name, const char *text)
{
	char full[96];
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", dir, name);
	f = fopen(full, "a");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void move(const char *from, const char *to)
{
	char a[96], b[96];

	snprintf(a, sizeof(a), "%s/%s", dir, from);
	snprintf(b, sizeof(b), "%s/%s", dir, to);
	assert_int_equal(rename(a, b), 0);
}

/* All lines there are now, joined by commas. */
static const char *lines(struct logfile *l, struct buf *out)
{
	struct slice line;
	struct err e;
	int rc;

	buf_clear(out);
	while ((rc = logfile_next(l, &line, &e)) > 0) {
		buf_str(out, out->len ? "," : "");
		buf_add(out, line.p, line.n);
	}
	assert_int_equal(rc, 0);
	return out->data;
}

static int begin(void **state)
{
	snprintf(dir, sizeof(dir), "/tmp/logfile-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/log", dir);
	return 0;
}

static int end(void **state)
{
	struct err e;

	return fs_remove_tree(AT_FDCWD, dir, &e);
}

static void tail_reaches_into_rotated_files(void **state)
{
	static const char *const wanted[] = { "", "f", "e,f", "d,e,f", "c,d,e,f", "b,c,d,e,f",
		"a,b,c,d,e,f", "a,b,c,d,e,f" };
	struct buf out;
	struct err e;

	put("log.2", "a\nb\n");
	put("log.1", "c\nd\n");
	put("log", "e\nf\n");
	buf_init(&out, 1000);
	for (uint64_t n = 0; n < 8; n++) {
		own_logfile l = logfile_open(path, &e);

		assert_int_equal(logfile_tail(l, n, &e), 0);
		assert_string_equal(lines(l, &out), wanted[n]);
	}
	buf_done(&out);
}

static void tail_finds_long_lines(void **state)
{
	own_buf text = { 0 }, out = { 0 };
	struct err e;

	buf_init(&text, 1 << 20);
	buf_init(&out, 1 << 20);
	buf_pad(&text, 'x', 100000);
	buf_char(&text, '\n');
	buf_pad(&text, 'y', 50000);
	buf_char(&text, '\n');
	put("log", text.data);
	own_logfile l = logfile_open(path, &e);
	assert_int_equal(logfile_tail(l, 1, &e), 0);
	assert_int_equal(strlen(lines(l, &out)), 50000);
	own_logfile both = logfile_open(path, &e);
	assert_int_equal(logfile_tail(both, 2, &e), 0);
	assert_int_equal(strlen(lines(both, &out)), 150001);
}

static void a_missing_file_is_an_empty_log_until_it_comes(void **state)
{
	own_buf out = { 0 };
	struct err e;
	own_logfile l = logfile_open(path, &e);

	buf_init(&out, 1000);
	assert_int_equal(logfile_tail(l, 5, &e), 0);
	assert_string_equal(lines(l, &out), "");
	put("log", "a\n");
	assert_string_equal(lines(l, &out), "a");
}

static void an_unfinished_line_waits(void **state)
{
	own_buf out = { 0 };
	struct err e;

	buf_init(&out, 1000);
	put("log", "a\nb");
	own_logfile l = logfile_open(path, &e);
	assert_string_equal(lines(l, &out), "a");
	put("log", "c\nd\n");
	assert_string_equal(lines(l, &out), "bc,d");
}

static void rotation_is_followed_file_by_file(void **state)
{
	own_buf out = { 0 };
	struct err e;

	buf_init(&out, 1000);
	put("log", "a\n");
	own_logfile l = logfile_open(path, &e);
	assert_string_equal(lines(l, &out), "a");
	put("log", "b\n");
	move("log", "log.1");
	put("log", "c\n");
	move("log.1", "log.2");
	move("log", "log.1");
	put("log", "d\n");
	assert_string_equal(lines(l, &out), "b,c,d");
	/* All it knew has been rotated away: on with what there is. */
	unlink(path);
	put("log", "z\n");
	assert_string_equal(lines(l, &out), "z");
}

#define ROTATIONS 400
#define KEPT	  40

/* Rotates as the monitor does, one or two lines a file, as fast as it can. */
static void write_and_rotate(void *arg)
{
	char a[96], b[96], text[16];

	for (int i = 0; i < ROTATIONS; i++) {
		snprintf(text, sizeof(text), "%d\n", 2 * i);
		put("log", text);
		snprintf(text, sizeof(text), "%d\n", 2 * i + 1);
		put("log", text);
		for (int k = KEPT; k > 0; k--) {
			snprintf(a, sizeof(a), k > 1 ? "%s.%d" : "%s", path, k - 1);
			snprintf(b, sizeof(b), "%s.%d", path, k);
			rename(a, b);
		}
		put("log", "");
		while (atomic_load(&seen) < 2 * i - KEPT)
			sched_yield();
	}
}

/* Whatever moment a rotation hits: no line is lost, none comes twice. */
static void rotations_meanwhile_lose_nothing(void **state)
{
	struct logfile *l;
	struct slice line;
	pthread_t writer;
	struct err e;

	atomic_store(&seen, 0);
	put("log", "");
	l = logfile_open(path, &e);
	assert_non_null(l);
	assert_int_equal(thread_start(&writer, write_and_rotate, NULL, &e), 0);
	for (int wanted = 0; wanted < 2 * ROTATIONS;) {
		int rc = logfile_next(l, &line, &e);
		int64_t number = -1;

		assert_true(rc >= 0);
		if (rc == 0)
			continue;
		assert_true(parse_i64(line, &number));
		assert_int_equal(number, wanted);
		atomic_store(&seen, ++wanted);
	}
	thread_join(writer);
	logfile_close(l);
}

static void emptying_begins_anew(void **state)
{
	own_buf out = { 0 };
	struct err e;

	buf_init(&out, 1000);
	put("log", "a\nb\n");
	own_logfile l = logfile_open(path, &e);
	assert_string_equal(lines(l, &out), "a,b");
	assert_int_equal(truncate(path, 0), 0);
	put("log", "c\n");
	assert_string_equal(lines(l, &out), "c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tail_reaches_into_rotated_files, begin, end),
		cmocka_unit_test_setup_teardown(tail_finds_long_lines, begin, end),
		cmocka_unit_test_setup_teardown(
			a_missing_file_is_an_empty_log_until_it_comes, begin, end),
		cmocka_unit_test_setup_teardown(an_unfinished_line_waits, begin, end),
		cmocka_unit_test_setup_teardown(rotation_is_followed_file_by_file, begin, end),
		cmocka_unit_test_setup_teardown(rotations_meanwhile_lose_nothing, begin, end),
		cmocka_unit_test_setup_teardown(emptying_begins_anew, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

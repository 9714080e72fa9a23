/* SPDX-License-Identifier: Apache-2.0 */
/* ps's table cut down to a container's processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/top.h"

static pid_t two[] = { 12, 30 };
static const struct pid_list pids = { two, 2 };

static void rows_of_others_are_left_out(void **state)
{
	static const char output[] =
		"UID          PID    PPID  C STIME TTY          TIME CMD\n"
		"root          12       1  0 10:00 ?        00:00:00 sh -c  sleep 1d\n"
		"root          13       1  0 10:00 ?        00:00:00 other\n"
		"root          30      12  0 10:00 ?        00:00:00 sleep 1d\n";
	struct arena *a = arena_new();
	struct top_table t;
	struct err e;

	assert_int_equal(top_parse(a, output, &pids, &t, &e), 0);
	assert_int_equal(t.titles.n, 8);
	assert_int_equal(t.n_rows, 2);
	assert_int_equal(t.rows[0].n, 8);
	assert_string_equal(t.rows[0].v[7], "sh -c sleep 1d");
	assert_string_equal(t.rows[1].v[1], "30");
	arena_free(a);
}

/* ps -m: threads stand below their process, without a pid */
static void threads_follow_their_process(void **state)
{
	static const char output[] = "  PID TTY\n   12 ?\n    - ?\n    - -\n   13 ?\n    - ?\n";
	struct arena *a = arena_new();
	struct top_table t;
	struct err e;

	assert_int_equal(top_parse(a, output, &pids, &t, &e), 0);
	assert_int_equal(t.n_rows, 3);
	arena_free(a);
}

static void without_pids_nothing_can_be_told(void **state)
{
	struct arena *a = arena_new();
	struct top_table t;
	struct err e;

	assert_int_equal(top_parse(a, "USER CMD\nroot x\n", &pids, &t, &e), -1);
	assert_string_equal(e.msg, "Couldn't find PID field in ps output");
	assert_int_equal(top_parse(a, "PID\nx\n", &pids, &t, &e), -1);
	assert_string_equal(e.msg, "Unexpected pid 'x'");
	assert_int_equal(top_parse(a, "", &pids, &t, &e), -1);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_others_are_left_out),
		cmocka_unit_test(threads_follow_their_process),
		cmocka_unit_test(without_pids_nothing_can_be_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

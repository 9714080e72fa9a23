/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "init/init_int.h"

static void options_end_at_the_command(void **state)
{
	char *argv[] = { "init", "-g", "sh", "-c", "--", "x", NULL };
	struct init_options o;

	(void)state;
	assert_null(init_parse(argv, &o));
	assert_true(o.to_group);
	assert_ptr_equal(o.command, argv + 2);
}

static void two_dashes_end_options(void **state)
{
	char *argv[] = { "init", "--", "-g", NULL };
	struct init_options o;

	(void)state;
	assert_null(init_parse(argv, &o));
	assert_false(o.to_group);
	assert_ptr_equal(o.command, argv + 2);
}

static void pausing_takes_no_command(void **state)
{
	char *alone[] = { "init", "--pause", NULL };
	char *with[] = { "init", "--pause", "sh", NULL };
	char *unknown[] = { "init", "-x", "sh", NULL };
	struct init_options o;

	(void)state;
	assert_null(init_parse(alone, &o));
	assert_true(o.is_pause);
	assert_null(o.command);
	assert_string_equal(init_parse(with, &o), "sh");
	assert_string_equal(init_parse(unknown, &o), "-x");
}

static void codes_are_a_shells(void **state)
{
	(void)state;
	assert_int_equal(init_exit_code(7 << 8), 7);
	assert_int_equal(init_exit_code(9), 137);
	assert_int_equal(init_exit_code(11 | 0x80), 139);
	assert_int_equal(init_exec_code(ENOENT), 127);
	assert_int_equal(init_exec_code(EACCES), 126);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_end_at_the_command),
		cmocka_unit_test(two_dashes_end_options),
		cmocka_unit_test(pausing_takes_no_command),
		cmocka_unit_test(codes_are_a_shells),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

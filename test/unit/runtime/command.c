/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/command.h"

static struct runtime rt;

static int set_up(void **state)
{
	rt.arena = arena_new();
	/* help goes to stdout */
	return freopen("/dev/null", "w", stdout) ? 0 : -1;
}

static int tear_down(void **state)
{
	arena_free(rt.arena);
	return 0;
}

struct opts {
	bool force;
	bool help;
};

static const struct opt options[] = {
	COMMAND_HELP(struct opts),
	OPT(BOOL, 'f', "force", NULL, struct opts, force, "force it"),
	OPT_END,
};

static int parse(int min, int max, char **argv, struct opts *o, struct err *e)
{
	const struct command c = {
		.name = "frob",
		.stops_at_argument = max < 0,
		.options = options,
		.args = "<id>",
		.help_offset = offsetof(struct opts, help),
		.min_args = min,
		.max_args = max,
	};
	struct command_line line = { 0, argv, { 0 } };

	while (argv[line.argc])
		line.argc++;
	return command_parse(&c, &rt, &line, o, e);
}

#define ARGV(...) ((char *[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static void arguments_are_counted(void **state)
{
	struct opts o = { 0 };
	struct err e;

	assert_int_equal(parse(1, 1, ARGV("-f", "a"), &o, &e), 0);
	assert_true(o.force);
	assert_int_equal(parse(1, 1, ARGV(), &o, &e), COMMAND_MISUSED);
	assert_string_equal(e.msg, "tare-runtime: \"frob\" requires exactly 1 argument(s)");
	assert_int_equal(parse(1, -1, ARGV(), &o, &e), COMMAND_MISUSED);
	assert_string_equal(e.msg, "tare-runtime: \"frob\" requires a minimum of 1 argument(s)");
	assert_int_equal(parse(1, 2, ARGV(), &o, &e), COMMAND_MISUSED);
	assert_string_equal(e.msg, "tare-runtime: \"frob\" requires a minimum of 1 argument(s)");
	assert_int_equal(parse(1, 2, ARGV("a", "b", "c"), &o, &e), COMMAND_MISUSED);
	assert_string_equal(e.msg, "tare-runtime: \"frob\" requires a maximum of 2 argument(s)");
}

/* exec ID ls -f: what follows the first argument is the container's */
static void options_end_at_the_first_argument(void **state)
{
	struct opts o = { 0 };
	struct err e;

	assert_int_equal(parse(1, -1, ARGV("id", "ls", "-f", "--help"), &o, &e), 0);
	assert_false(o.force);
	assert_false(o.help);
}

static void help_is_help_whatever_is_missing(void **state)
{
	struct opts o = { 0 };
	struct err e;

	assert_int_equal(parse(1, 1, ARGV("--help"), &o, &e), COMMAND_HELPED);
	assert_int_equal(parse(1, 1, ARGV("--nope"), &o, &e), COMMAND_MISUSED);
}

static void every_command_is_complete(void **state)
{
	for (const struct command *const *c = commands; *c; c++) {
		assert_non_null((*c)->run);
		assert_non_null((*c)->summary);
		assert_non_null((*c)->error_prefix);
		assert_true((*c)->error_code > 0);
		assert_true((*c)->max_args < 0 || (*c)->max_args >= (*c)->min_args);
		if (c[1])
			assert_true(strcmp((*c)->name, c[1]->name) < 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_are_counted),
		cmocka_unit_test(options_end_at_the_first_argument),
		cmocka_unit_test(help_is_help_whatever_is_missing),
		cmocka_unit_test(every_command_is_complete),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* One line each: keyword, flags, arguments. */
#include "dockerfile/node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void flags_are_cut_off(void **state)
{
	own_arena a = arena_new();
	struct dockerfile_node n = { 0 };
	struct err e;

	assert_int_equal(
		dockerfile_parse_line(a, "COPY --from=a --chown=\"b c\" x y ", '\\', &n, &e), 0);
	assert_int_equal(n.flags.n, 2);
	assert_string_equal(n.flags.v[1], "--chown=b c");
	assert_int_equal(n.args.n, 2);
	assert_string_equal(n.args.v[1], "y");
	assert_false(n.is_json);
}

static void lists_may_be_json(void **state)
{
	own_arena a = arena_new();
	struct dockerfile_node n = { 0 };
	struct err e;

	assert_int_equal(dockerfile_parse_line(a, "copy [\"a b\", \"]c\"]", '\\', &n, &e), 0);
	assert_string_equal(n.keyword, "copy");
	assert_true(n.is_json);
	assert_string_equal(n.args.v[0], "a b");
	assert_string_equal(n.args.v[1], "]c");
	assert_int_equal(dockerfile_parse_line(a, "CMD [{}]", '\\', &n, &e), -1);
	assert_string_equal(
		e.msg, "when using JSON array syntax, arrays must be comprised of strings only");
}

static void a_trigger_is_parsed_too(void **state)
{
	own_arena a = arena_new();
	struct dockerfile_node n = { 0 };
	struct err e;

	assert_int_equal(dockerfile_parse_line(a, "ONBUILD add x y", '\\', &n, &e), 0);
	assert_string_equal(n.args.v[0], "add");
	assert_int_equal(dockerfile_parse_line(a, "ONBUILD env x", '\\', &n, &e), -1);
	assert_string_equal(e.msg, "ENV must have two arguments");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_are_cut_off),
		cmocka_unit_test(lists_may_be_json),
		cmocka_unit_test(a_trigger_is_parsed_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

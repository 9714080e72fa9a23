/* SPDX-License-Identifier: Apache-2.0 */
/* Logical lines of a Dockerfile. */
#include "dockerfile/node.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void comments_and_continuations(void **state)
{
	own_arena a = arena_new();
	struct dockerfile_lines l;
	struct err e;

	assert_int_equal(dockerfile_cut(a,
				 "\xef\xbb\xbf# a comment\r\n\n  FROM x\n"
				 "RUN a \\\n  # inside\n\n  && b\\\\\n   # c\nENV a=b\\",
				 &l, &e),
		0);
	assert_int_equal(l.n, 3);
	assert_string_equal(l.v[0].text, "FROM x");
	assert_int_equal(l.v[0].number, 3);
	assert_string_equal(l.v[1].text, "RUN a   && b\\\\");
	assert_int_equal(l.v[1].number, 4);
	assert_string_equal(l.v[2].text, "ENV a=b");
}

static void the_escape_directive(void **state)
{
	own_arena a = arena_new();
	struct dockerfile_lines l;
	struct err e;

	assert_int_equal(dockerfile_cut(a, "# syntax=x\n# Escape = `\nRUN a `\nb\\\n", &l, &e), 0);
	assert_int_equal(l.escape, '`');
	assert_string_equal(l.v[0].text, "RUN a b\\");
	/* below something else it is a comment */
	assert_int_equal(dockerfile_cut(a, "FROM x\n# escape=`\n", &l, &e), 0);
	assert_int_equal(l.escape, '\\');
	assert_int_equal(dockerfile_cut(a, "# escape=x\nFROM x\n", &l, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_and_continuations),
		cmocka_unit_test(the_escape_directive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

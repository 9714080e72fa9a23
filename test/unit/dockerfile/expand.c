/* SPDX-License-Identifier: Apache-2.0 */
/* Variables and quotes, word by word. */
#include "dockerfile/expand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *const env_v[] = { "A=1", "EMPTY=", "PORTS=80 443", "A=later" };
static const struct str_list env = { (const char **)env_v, 4 };

static void words_are_expanded(void **state)
{
	static const char *const rows[][2] = {
		{ "plain", "plain" },
		{ "$A", "1" },
		{ "x${A}y", "x1y" },
		{ "$NONE", "" },
		{ "'$A'", "$A" },
		{ "\"$A b\"", "1 b" },
		{ "\\$A", "$A" },
		{ "\"\\$A\\n\"", "$A\\n" },
		{ "a\\b\\", "ab" },
		{ "$", "$" },
		{ "$A.$1", "1." },
		{ "${NONE:-w$A}", "w1" },
		{ "${EMPTY:-w}", "w" },
		{ "${EMPTY-w}", "" },
		{ "${A:+w}", "w" },
		{ "${EMPTY:+w}", "" },
		{ "${EMPTY+w}", "w" },
		{ "${A:?no}", "1" },
		{ "${NONE:-${A:-x}}", "1" },
	};
	struct expand_scope scope = { &env, '\\' };
	own_arena a = arena_new();
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(expand_word(a, &scope, rows[i][0], &e), rows[i][1]);
}

static void malformed_words_are_refused(void **state)
{
	static const char *const rows[][2] = {
		{ "${A", "failed to process \"${A\": syntax error: missing '}'" },
		{ "${}", "failed to process \"${}\": syntax error: bad substitution" },
		{ "${A:-x", "failed to process \"${A:-x\": syntax error: missing '}'" },
		{ "${A=x}",
			"failed to process \"${A=x}\": unsupported modifier (=) in substitution" },
		{ "${NONE:?gone}", "failed to process \"${NONE:?gone}\": NONE: gone" },
		{ "${NONE?}", "failed to process \"${NONE?}\": NONE: is not allowed to be unset" },
		{ "'a", "failed to process \"'a\": unexpected end of statement while looking for "
			"matching single-quote" },
	};
	struct expand_scope scope = { &env, '\\' };
	own_arena a = arena_new();
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_null(expand_word(a, &scope, rows[i][0], &e));
		assert_string_equal(e.msg, rows[i][1]);
	}
}

static void unquoted_values_become_words(void **state)
{
	struct expand_scope scope = { &env, '\\' };
	struct str_list words = { 0 };
	own_arena a = arena_new();
	struct err e;

	assert_int_equal(expand_words(a, &scope, "$PORTS", &words, &e), 0);
	assert_int_equal(words.n, 2);
	assert_string_equal(words.v[1], "443");
	assert_int_equal(expand_words(a, &scope, "\"$PORTS\"", &words, &e), 0);
	assert_int_equal(words.n, 3);
	assert_string_equal(words.v[2], "80 443");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_expanded),
		cmocka_unit_test(malformed_words_are_refused),
		cmocka_unit_test(unquoted_values_become_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"

static struct json *parse(const char *text)
{
	struct err e;

	return json_parse(text, strlen(text), &e);
}

static void numbers_keep_64_bits(void **state)
{
	(void)state;
	own_json j = parse("{\"a\":18446744073709551615,\"b\":-9223372036854775808,\"c\":1.5}");

	assert_true(json_u64(json_get(j, "a"), 0) == UINT64_MAX);
	assert_true(json_i64(json_get(j, "b"), 0) == INT64_MIN);
	assert_true(json_f64(json_get(j, "c"), 0) == 1.5);
}

static void malformed_text_is_refused(void **state)
{
	static const char *const bad[] = { "", "  ", "{", "{\"a\":1,}", "[1] 2", "{\"a\":'1'}",
		"// x\n1", "nul", "{\"a\":1}x", "\"\xff\"", "[1,,2]", "NaN", "[-Infinity]",
		"{'a':1}", "{\"a\"}" };
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		e.kind = ERR_INTERNAL;
		struct json *j = json_parse(bad[i], strlen(bad[i]), &e);
		if (j)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(e.kind, ERR_INVALID);
	}
}

static void a_bare_value_is_a_document(void **state)
{
	(void)state;
	own_json number = parse("1");
	own_json text = parse(" \"x\" ");

	assert_int_equal(json_i64(number, 0), 1);
	assert_string_equal(json_str(text, ""), "x");
}

static void nesting_is_bounded(void **state)
{
	char deep[2001];
	struct err e;

	(void)state;
	memset(deep, '[', 1000);
	memset(deep + 1000, ']', 1000);
	assert_null(json_parse(deep, 2000, &e));
}

static void lookups_chain_over_missing_nodes(void **state)
{
	(void)state;
	own_json j = parse("{\"Name\":{\"x\":\"y\"}}");

	assert_string_equal(json_str(json_get(json_get_ci(j, "name"), "x"), "-"), "y");
	assert_string_equal(json_str(json_get(json_get(j, "none"), "x"), "-"), "-");
	assert_int_equal(json_len(json_get(j, "none")), 0);
}

static void print_keeps_order_and_text(void **state)
{
	static const char text[] =
		"{\"z\":1,\"a\":[true,null,\"<&>\"],\"f\":1.50,\"o\":{},\"l\":[]}";
	own_buf b;

	(void)state;
	own_json j = parse(text);
	buf_init(&b, 4096);
	json_print(j, NULL, &b);
	assert_string_equal(b.data, text);
	buf_clear(&b);
	json_print(json_get(j, "a"), "    ", &b);
	assert_string_equal(b.data, "[\n    true,\n    null,\n    \"<&>\"\n]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_keep_64_bits),
		cmocka_unit_test(malformed_text_is_refused),
		cmocka_unit_test(a_bare_value_is_a_document),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(lookups_chain_over_missing_nodes),
		cmocka_unit_test(print_keeps_order_and_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

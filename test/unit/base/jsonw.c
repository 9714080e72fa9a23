/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/jsonw.h"

static void strings_are_escaped_as_go_does(void **state)
{
	own_buf b;
	struct jsonw w;

	(void)state;
	buf_init(&b, 4096);
	jsonw_init(&w, &b, NULL);
	jsonw_str(&w, "a\"\\\n\r\t\b\f\x01\x7f<\xff\xe2\x80\xa8\xc3\xa4\xed\xa0\x80");
	assert_string_equal(b.data, "\"a\\\"\\\\\\n\\r\\t\\b\\f\\u0001\x7f<\\ufffd\\u2028\xc3\xa4"
				    "\\ufffd\\ufffd\\ufffd\"");
	buf_clear(&b);
	jsonw_init(&w, &b, NULL);
	w.escape_html = true;
	jsonw_str(&w, "<&>");
	assert_string_equal(b.data, "\"\\u003c\\u0026\\u003e\"");
}

static void floats_are_shortest_as_go_writes_them(void **state)
{
	static const struct {
		double v;
		const char *text;
	} cases[] = { { 0, "0" }, { 1.5, "1.5" }, { 100, "100" }, { 0.1, "0.1" }, { 1e21, "1e+21" },
		{ 1e20, "100000000000000000000" }, { 1e-7, "1e-7" }, { 0.000001, "0.000001" },
		{ -2.25, "-2.25" }, { 123456789.125, "123456789.125" } };
	own_buf b;
	struct jsonw w;

	(void)state;
	buf_init(&b, 4096);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&b);
		jsonw_init(&w, &b, NULL);
		jsonw_f64(&w, cases[i].v);
		assert_string_equal(b.data, cases[i].text);
	}
}

static void indented_output_is_go_marshal_indent(void **state)
{
	own_buf b;
	struct jsonw w;

	(void)state;
	buf_init(&b, 4096);
	jsonw_init(&w, &b, "  ");
	jsonw_obj(&w);
	jsonw_kstr(&w, "a", NULL);
	jsonw_key(&w, "b");
	jsonw_arr(&w);
	jsonw_i64(&w, -1);
	jsonw_u64(&w, UINT64_MAX);
	jsonw_arr_end(&w);
	jsonw_key(&w, "c");
	jsonw_obj(&w);
	jsonw_obj_end(&w);
	jsonw_obj_end(&w);
	assert_string_equal(b.data,
		"{\n  \"a\": \"\",\n  \"b\": [\n    -1,\n    18446744073709551615\n  ],\n  \"c\": {}\n}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_escaped_as_go_does),
		cmocka_unit_test(floats_are_shortest_as_go_writes_them),
		cmocka_unit_test(indented_output_is_go_marshal_indent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "monitor/line.h"

/* What Go's dockerd writes for these bytes (moby's jsonlog, HTML escaping on, \t long). */
static void text_is_escaped_as_dockerd_does(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "plain", "plain" },
		{ "a\"b\\c", "a\\\"b\\\\c" },
		{ "\n\r\t\b\f", "\\n\\r\\u0009\\u0008\\u000c" },
		{ "\x01\x1f\x7f", "\\u0001\\u001f\x7f" },
		{ "<a href='x'>&", "\\u003ca href='x'\\u003e\\u0026" },
		{ "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xb3",
			"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xb3" },
		{ "\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029" },
		{ "\xe2\x80\xaa", "\xe2\x80\xaa" },
		{ "\xff", "\\ufffd" },
		{ "\xc3", "\\ufffd" },
		{ "a\xe2\x82", "a\\ufffd\\ufffd" },
		{ "\xe2\x82z", "\\ufffd\\ufffdz" },
		{ "\xc0\x80", "\\ufffd\\ufffd" },
		{ "\xe0\x9f\x80", "\\ufffd\\ufffd\\ufffd" },
		{ "\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd" },
		{ "\xf0\x8f\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd" },
		{ "\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd" },
		{ "\xef\xbf\xbd", "\xef\xbf\xbd" }, /* a real U+FFFD stays */
		{ "\x1b[31mred\x1b[0m", "\\u001b[31mred\\u001b[0m" },
	};
	char out[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = line_escape(out, (const unsigned char *)rows[i].in, strlen(rows[i].in));
		out[n] = '\0';
		assert_string_equal(out, rows[i].out);
	}
}

static void nul_bytes_are_escaped(void **state)
{
	char out[32];
	size_t n = line_escape(out, (const unsigned char *)"a\0b", 3);

	(void)state;
	out[n] = '\0';
	assert_string_equal(out, "a\\u0000b");
}

static void entries_have_dockers_shape(void **state)
{
	struct line l = {
		.text = (const unsigned char *)"hi",
		.n = 2,
		.whole = true,
		.time = "2024-01-02T03:04:05.1Z",
	};
	char out[LINE_ROOM(2, 20)];

	(void)state;
	out[line_encode(out, &l)] = '\0';
	assert_string_equal(out,
		"{\"log\":\"hi\\n\",\"stream\":\"stdout\",\"time\":\"2024-01-02T03:04:05.1Z\"}\n");
	l.whole = false;
	l.stream = LINE_STDERR;
	l.attrs = "{\"tag\":\"x\"}";
	out[line_encode(out, &l)] = '\0';
	assert_string_equal(out, "{\"log\":\"hi\",\"stream\":\"stderr\",\"attrs\":{\"tag\":\"x\"},"
				 "\"time\":\"2024-01-02T03:04:05.1Z\"}\n");
}

static void times_are_rfc3339nano(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 1, "1970-01-01T00:00:00.000000001Z" },
		{ 1704164645100000000, "2024-01-02T03:04:05.1Z" },
		{ 1709251199999999999, "2024-02-29T23:59:59.999999999Z" },
		{ 1709251200000000000, "2024-03-01T00:00:00Z" },
		{ 951782400000120000, "2000-02-29T00:00:00.00012Z" },
		{ 4102444799000000000, "2099-12-31T23:59:59Z" },
		{ 4107542400000000000, "2100-03-01T00:00:00Z" },
		{ INT64_MAX, "2262-04-11T23:47:16.854775807Z" },
	};
	char out[LINE_TIME_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		line_time(out, rows[i].ns);
		assert_string_equal(out, rows[i].text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_escaped_as_dockerd_does),
		cmocka_unit_test(nul_bytes_are_escaped),
		cmocka_unit_test(entries_have_dockers_shape),
		cmocka_unit_test(times_are_rfc3339nano),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

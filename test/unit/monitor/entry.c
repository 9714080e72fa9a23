/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "monitor/entry.h"
#include "monitor/line.h"

static void entries_are_taken_apart(void **state)
{
	struct entry e;

	(void)state;
	assert_true(entry_split(
		slice_str(
			"{\"log\":\"a \\\"b\\\\\",\"stream\":\"stderr\",\"time\":\"2024-01-02T03:04:05Z\"}"),
		&e));
	assert_true(slice_eq(e.text, "a \\\"b\\\\"));
	assert_true(slice_eq(e.time, "2024-01-02T03:04:05Z"));
	assert_true(e.is_stderr);
	assert_int_equal(e.attrs.n, 0);
	assert_true(entry_split(
		slice_str("{\"log\":\"x\",\"stream\":\"stdout\",\"attrs\":{\"a\":\"}\\\"\","
			  "\"time\":\"t\"},\"time\":\"2024\"}"),
		&e));
	assert_true(slice_eq(e.attrs, "{\"a\":\"}\\\"\",\"time\":\"t\"}"));
	assert_true(slice_eq(e.time, "2024"));
	assert_false(e.is_stderr);
}

static void other_shapes_are_left_to_a_parser(void **state)
{
	static const char *const lines[] = {
		"",
		"{}",
		"{\"log\":\"x",
		"{\"log\":\"x\\\"",
		"{\"log\": \"x\",\"stream\":\"stdout\",\"time\":\"t\"}",
		"{\"stream\":\"stdout\",\"log\":\"x\",\"time\":\"t\"}",
		"{\"log\":\"x\",\"stream\":\"stdin\",\"time\":\"t\"}",
		"{\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"t\"} ",
		"{\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"t\"",
		"{\"log\":\"x\",\"stream\":\"stdout\",\"attrs\":{\"a\":\"b\"}}",
		"{\"log\":\"x\",\"stream\":\"stdout\"}",
	};
	struct entry e;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_false(entry_split(slice_str(lines[i]), &e));
}

static void escapes_are_resolved(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "plain", "plain" },
		{ "", "" },
		{ "\\n\\r\\t\\b\\f\\\"\\\\\\/", "\n\r\t\b\f\"\\/" },
		{ "\\u003ca\\u003e\\u0026", "<a>&" },
		{ "\\u00fc\\u20AC\\ud83d\\udc33", "\xc3\xbc\xe2\x82\xac\xf0\x9f\x90\xb3" },
		{ "\\ud83d", "\xef\xbf\xbd" },
		{ "\\ud83dx", "\xef\xbf\xbdx" },
		{ "\\ud83d\\u0041", "\xef\xbf\xbd"
				    "A" },
		{ "\\udc33", "\xef\xbf\xbd" },
		{ "\\ufffd", "\xef\xbf\xbd" },
	};
	static const char *const wrong[] = { "\\", "a\\x", "\\u12", "\\u12g4", "\\u" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		own_buf b;
		buf_init(&b, 100);
		assert_true(entry_text(slice_str(rows[i].in), &b));
		assert_string_equal(b.data, rows[i].out);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		own_buf b;
		buf_init(&b, 100);
		assert_false(entry_text(slice_str(wrong[i]), &b));
	}
}

/* Every byte of valid UTF-8 comes back as the container wrote it. */
static void what_is_written_can_be_read(void **state)
{
	unsigned char text[256 + 8];
	char out[LINE_ROOM(sizeof(text), 0)];
	size_t n = 0;
	struct entry e;
	own_buf b;

	(void)state;
	for (int c = 0; c < 128; c++)
		text[n++] = (unsigned char)c;
	memcpy(text + n, "\xc3\xbc\xe2\x80\xa8", 5);
	n += 5;
	struct line l = { .text = text, .n = n, .whole = true, .stream = LINE_STDERR, .time = "t" };
	size_t len = line_encode(out, &l);
	assert_true(entry_split((struct slice){ out, len - 1 }, &e));
	assert_true(e.is_stderr);
	buf_init(&b, 1000);
	assert_true(entry_text(e.text, &b));
	assert_int_equal(b.len, n + 1);
	assert_memory_equal(b.data, text, n);
	assert_int_equal(b.data[n], '\n');
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_are_taken_apart),
		cmocka_unit_test(other_shapes_are_left_to_a_parser),
		cmocka_unit_test(escapes_are_resolved),
		cmocka_unit_test(what_is_written_can_be_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

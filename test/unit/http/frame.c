/* SPDX-License-Identifier: Apache-2.0 */
/* Stdio frames, cut anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "http/frame.h"

static int gather(void *arg, enum http_stdio stream, const char *data, size_t n, struct err *e)
{
	struct buf *b = arg;

	for (size_t i = 0; i < n; i++)
		buf_fmt(b, "%d%c", (int)stream, data[i]);
	return 0;
}

static int stop(void *arg, enum http_stdio stream, const char *data, size_t n, struct err *e)
{
	return err_set(e, ERR_CANCELLED, "enough");
}

static void frames_survive_any_cut(void **state)
{
	static const char text[] =
		"\1\0\0\0\0\0\0\2ab\2\0\0\0\0\0\0\0\2\0\0\0\0\0\0\1c\1\0\0\0\0\0\0\1d";
	size_t n = sizeof(text) - 1;

	for (size_t step = 1; step <= n; step++) {
		struct http_demux d = { 0 };
		struct buf b;
		struct err e;

		buf_init(&b, 100);
		for (size_t at = 0; at < n; at += step)
			assert_int_equal(http_demux_feed(&d, text + at,
						 at + step < n ? step : n - at, gather, &b, &e),
				0);
		assert_string_equal(b.data, "1a1b2c1d");
		assert_int_equal(d.have, 0);
		buf_done(&b);
	}
}

static void unknown_stream_and_refusal_stop(void **state)
{
	struct http_demux d = { 0 };
	struct err e;

	assert_int_equal(http_demux_feed(&d, "\7\0\0\0\0\0\0\1x", 9, gather, NULL, &e), -1);
	assert_string_equal(e.msg, "Unrecognized input header: 7");
	d = (struct http_demux){ 0 };
	assert_int_equal(http_demux_feed(&d, "\1\0\0\0\0\0\0\1x", 9, stop, NULL, &e), -1);
	assert_string_equal(e.msg, "enough");
}

static void head_holds_stream_and_length(void **state)
{
	unsigned char head[HTTP_FRAME_HEAD];

	http_frame_head(head, HTTP_STDERR, 0x01020304);
	assert_memory_equal(head, "\2\0\0\0\1\2\3\4", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_survive_any_cut),
		cmocka_unit_test(unknown_stream_and_refusal_stop),
		cmocka_unit_test(head_holds_stream_and_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Query strings and escapes, against what Go's net/url does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/uri.h"

static void query_reads_as_go_does(void **state)
{
	struct arena *a = arena_new();
	struct http_query q;

	http_query_parse(a, "a=1&b=x%20y+z&a=2&flag&=v&bad=%zz&s=1;2&e=&u=%c3%A4&t=%4", &q);
	assert_string_equal(http_query_get(&q, "a"), "1");
	assert_string_equal(http_query_get(&q, "b"), "x y z");
	assert_string_equal(http_query_get(&q, "flag"), "");
	assert_string_equal(http_query_get(&q, "e"), "");
	assert_string_equal(http_query_get(&q, "u"), "\xc3\xa4");
	assert_null(http_query_get(&q, "bad"));
	assert_null(http_query_get(&q, "s"));
	assert_null(http_query_get(&q, "t"));
	http_query_parse(a, NULL, &q);
	assert_int_equal(q.n, 0);
	arena_free(a);
}

static void path_decodes_or_is_refused(void **state)
{
	struct arena *a = arena_new();
	struct err e;

	assert_string_equal(http_path_decode(a, "/images/a%2Fb+c/json", &e), "/images/a/b+c/json");
	assert_null(http_path_decode(a, "/%", &e));
	assert_null(http_path_decode(a, "/%4", &e));
	assert_null(http_path_decode(a, "/a%00b", &e));
	assert_int_equal(e.kind, ERR_INVALID);
	arena_free(a);
}

static void escapes_are_gos(void **state)
{
	struct buf b;

	buf_init(&b, 1000);
	http_escape_path(&b, "/run/a b.sock");
	assert_string_equal(b.data, "%2Frun%2Fa%20b.sock");
	buf_clear(&b);
	buf_str(&b, "/x");
	http_add_param(&b, "filters", "{\"a\":[\"b c\"]}");
	http_add_param(&b, "k", "1&2=3/\xff~");
	assert_string_equal(
		b.data, "/x?filters=%7B%22a%22%3A%5B%22b+c%22%5D%7D&k=1%262%3D3%2F%FF~");
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(query_reads_as_go_does),
		cmocka_unit_test(path_decodes_or_is_refused),
		cmocka_unit_test(escapes_are_gos),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

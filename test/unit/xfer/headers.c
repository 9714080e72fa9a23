/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of strangers: challenges, links, ranges, and tokens' JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "xfer/challenge.h"
#include "xfer/link.h"
#include "xfer/range.h"
#include "xfer/token.h"

static struct challenges parse(struct arena *a, const char *text)
{
	struct challenges l = { 0 };

	challenge_parse(a, slice_str(text), &l);
	return l;
}

static void a_bearer_challenge_has_its_parameters(void **state)
{
	own_arena a = arena_new();
	struct challenges l =
		parse(a, "Bearer realm=\"https://auth.x/token?a=b\",service=\"reg, one\","
			 "scope=\"repository:a/b:pull,push\"");
	const struct challenge *c = challenge_find(&l, "bearer");

	assert_int_equal(l.n, 1);
	assert_string_equal(str_map_get(&c->params, "realm"), "https://auth.x/token?a=b");
	assert_string_equal(str_map_get(&c->params, "service"), "reg, one");
	assert_string_equal(str_map_get(&c->params, "scope"), "repository:a/b:pull,push");
	assert_null(challenge_find(&l, "basic"));
}

static void several_challenges_stand_in_one_header(void **state)
{
	own_arena a = arena_new();
	struct challenges l =
		parse(a, "Basic realm=\"a \\\"b\\\"\", BEARER Realm = https://x/t , Service=s");

	assert_int_equal(l.n, 2);
	assert_string_equal(str_map_get(&l.v[0].params, "realm"), "a \"b\"");
	assert_string_equal(l.v[1].scheme, "bearer");
	assert_string_equal(str_map_get(&l.v[1].params, "realm"), "https://x/t");
	assert_string_equal(str_map_get(&l.v[1].params, "service"), "s");
}

static void malformed_challenges_are_none(void **state)
{
	static const char *const texts[] = { "", ",", "Bearer realm=\"unfinished", "=x",
		"Bearer realm=", "\"Bearer\"", "Bearer/x realm=y" };
	own_arena a = arena_new();

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(parse(a, texts[i]).n, 0);
	assert_int_equal(parse(a, "Basic realm=a, Bearer realm=\"x").n, 1);
}

static void the_next_page_is_that_with_rel_next(void **state)
{
	own_arena a = arena_new();

	assert_string_equal(link_next(a, "</v2/a/tags/list?last=b&n=1>; rel=\"next\""),
		"/v2/a/tags/list?last=b&n=1");
	assert_string_equal(
		link_next(a, "<a>; rel=prev, <b>;title=\"x, y; z\"; rel=\"first Next\""), "b");
	assert_null(link_next(a, "<a>; rel=prev"));
	assert_null(link_next(a, "<a; rel=next"));
	assert_null(link_next(a, "a; rel=next"));
	assert_null(link_next(a, NULL));
}

static void ranges_say_what_they_mean(void **state)
{
	static const char *const bad[] = { "bytes 5-4/10", "bytes 5-9/9", "bytes */10",
		"items 0-1/2", "bytes -1-4/10", "bytes 0-9", "bytes 0-99999999999999999999/*", "",
		NULL };
	struct content_range r;

	assert_true(content_range_parse("bytes 5-9/10", &r));
	assert_true(r.first == 5 && r.last == 9 && r.total == 10);
	assert_true(content_range_parse("bytes 5-9/*", &r));
	assert_int_equal(r.total, -1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(content_range_parse(bad[i], &r));
}

static void tokens_are_read_under_both_names(void **state)
{
	own_arena a = arena_new();
	struct token_text t;
	struct err e;
	const char *both =
		"{\"token\":\"a\",\"access_token\":\"b\",\"expires_in\":5,\"refresh_token\":\"r\"}";

	assert_int_equal(token_parse(a, both, strlen(both), &t, &e), 0);
	assert_string_equal(t.value, "b");
	assert_string_equal(t.refresh, "r");
	assert_int_equal(t.expires_s, 5);
	assert_int_equal(token_parse(a, "{\"token\":\"a\"}", 13, &t, &e), 0);
	assert_int_equal(t.expires_s, 60);
	assert_int_equal(token_parse(a, "{}", 2, &t, &e), -1);
	assert_string_equal(e.msg, "authorization server did not include a token in the response");
	/* what would be a header of its own */
	assert_int_equal(token_parse(a, "{\"token\":\"a\\r\\nX: y\"}", 20, &t, &e), -1);
	assert_int_equal(token_parse(a, "<html>", 6, &t, &e), -1);
}

static void basic_is_base64_of_the_pair(void **state)
{
	own_arena a = arena_new();

	assert_string_equal(
		token_basic(a, "Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bearer_challenge_has_its_parameters),
		cmocka_unit_test(several_challenges_stand_in_one_header),
		cmocka_unit_test(malformed_challenges_are_none),
		cmocka_unit_test(the_next_page_is_that_with_rel_next),
		cmocka_unit_test(ranges_say_what_they_mean),
		cmocka_unit_test(tokens_are_read_under_both_names),
		cmocka_unit_test(basic_is_base64_of_the_pair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

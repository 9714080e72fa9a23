/* SPDX-License-Identifier: Apache-2.0 */
/* The query's values as Go and dockerd read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "api/call.h"
#include "base/clock.h"

static struct call begin(const char *query)
{
	struct call c = { .arena = arena_new(), .version = API_V(1, 50) };

	http_query_parse(c.arena, query, &c.query);
	return c;
}

static void booleans_are_gos(void **state)
{
	struct call c = begin("a=&b=0&c=No&d=FALSE&e=none&f=1&g=true&h=x&i=+0+&j");

	for (const char *no = "abcdeij"; *no; no++)
		assert_false(call_bool(&c, (char[]){ *no, 0 }));
	for (const char *yes = "fgh"; *yes; yes++)
		assert_true(call_bool(&c, (char[]){ *yes, 0 }));
	assert_false(call_bool(&c, "absent"));
	assert_true(call_bool_or(&c, "absent", true));
	assert_false(call_bool_or(&c, "a", true));
	arena_free(c.arena);
}

static void numbers_are_whole_or_refused(void **state)
{
	struct call c = begin("a=12&b=-1&c=%2B3&d=1x&e=&f=99999999999999999999&h=70000&w=-1");
	struct err e;
	int64_t v;
	uint16_t size;

	assert_int_equal(call_i64(&c, "a", 7, &v, &e), 0);
	assert_int_equal(v, 12);
	assert_int_equal(call_i64(&c, "b", 7, &v, &e), 0);
	assert_int_equal(v, -1);
	assert_int_equal(call_i64(&c, "c", 7, &v, &e), 0);
	assert_int_equal(v, 3);
	assert_int_equal(call_i64(&c, "e", 7, &v, &e), 0);
	assert_int_equal(v, 7);
	assert_int_equal(call_i64(&c, "d", 7, &v, &e), -1);
	assert_string_equal(e.msg, "strconv.Atoi: parsing \"1x\": invalid syntax");
	assert_int_equal(call_i64(&c, "f", 7, &v, &e), -1);

	assert_int_equal(call_size(&c, "a", "height", &size, &e), 0);
	assert_int_equal(size, 12);
	assert_int_equal(call_size(&c, "w", "width", &size, &e), -1);
	assert_string_equal(e.msg, "invalid resize width \"-1\": value out of range");
	assert_int_equal(call_size(&c, "e", "height", &size, &e), -1);
	assert_string_equal(e.msg, "invalid resize height \"\": invalid syntax");
	arena_free(c.arena);
}

static void times_come_in_many_forms(void **state)
{
	static const struct {
		const char *query;
		int64_t ns;
	} rows[] = {
		{ "t=", 0 },
		{ "t=0", 0 },
		{ "t=1136073600", 1136073600000000000 },
		{ "t=1136073600.000000001", 1136073600000000001 },
		{ "t=1136073600.5", 1136073600500000000 },
		{ "t=2006-01-01T00:00:00Z", 1136073600000000000 },
		{ "t=2006-01-01T01:00:00.25%2B01:00", 1136073600250000000 },
		{ "t=2006-01-01T00:00:00", 1136073600000000000 },
		{ "t=2006-01-01T00:00", 1136073600000000000 },
		{ "t=2006-01-01T00:00Z", 1136073600000000000 },
		{ "t=2006-01-01", 1136073600000000000 },
	};
	static const char *const bad[] = { "t=x", "t=1.", "t=1.2.3", "t=2006-13-01",
		"t=1.0000000001" };
	struct err e;
	int64_t ns;

	setenv("TZ", "UTC", 1);
	tzset();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct call c = begin(rows[i].query);

		if (call_time(&c, "t", &ns, &e) || ns != rows[i].ns)
			fail_msg("%s: %lld", rows[i].query, (long long)ns);
		arena_free(c.arena);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct call c = begin(bad[i]);

		if (call_time(&c, "t", &ns, &e) == 0)
			fail_msg("accepted: %s", bad[i]);
		arena_free(c.arena);
	}
	struct call c = begin("t=10m");
	int64_t before = clock_now_ns();
	assert_int_equal(call_time(&c, "t", &ns, &e), 0);
	assert_true(ns >= before - 600000000000 && ns <= clock_now_ns() - 600000000000);
	arena_free(c.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(booleans_are_gos),
		cmocka_unit_test(numbers_are_whole_or_refused),
		cmocka_unit_test(times_come_in_many_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

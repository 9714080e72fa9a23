/* SPDX-License-Identifier: Apache-2.0 */
/* units, clock, glob, slices, buffers, ids: what has no state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/glob.h"
#include "base/id.h"
#include "base/map.h"
#include "base/unit.h"

static void byte_sizes_parse_as_docker_does(void **state)
{
	static const struct {
		const char *text;
		int64_t bytes;
	} cases[] = { { "32", 32 }, { "32b", 32 }, { "32k", 32768 }, { "32KiB", 32768 },
		{ "1.5m", 1572864 }, { "6MB", 6291456 }, { "2g", 2147483648 }, { "-1", -1 },
		{ "32 kb", 32768 } };
	static const char *const bad[] = { "", "m", "1x", "1.2.3", "-2", "1kk", "99999999999t",
		"0x10" };
	struct err e;
	int64_t v;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(unit_parse_bytes(cases[i].text, &v, &e), 0);
		assert_int_equal(v, cases[i].bytes);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (unit_parse_bytes(bad[i], &v, &e) == 0)
			fail_msg("accepted: %s", bad[i]);
	assert_string_equal(e.msg, "invalid size: '0x10'");
}

static void durations_parse_and_print_as_go_does(void **state)
{
	char out[UNIT_TEXT];
	struct err e;
	int64_t v;

	(void)state;
	assert_int_equal(unit_parse_duration("1h30m", &v, &e), 0);
	assert_string_equal(unit_duration(out, v), "1h30m0s");
	assert_int_equal(unit_parse_duration("-1.5s", &v, &e), 0);
	assert_string_equal(unit_duration(out, v), "-1.5s");
	assert_string_equal(unit_duration(out, 1500000), "1.5ms");
	assert_int_equal(unit_parse_duration("10", &v, &e), -1);
	assert_string_equal(e.msg, "time: missing unit in duration \"10\"");
	assert_int_equal(unit_parse_duration("3x", &v, &e), -1);
	assert_string_equal(e.msg, "time: unknown unit \"x\" in duration \"3x\"");
}

static void sizes_print_with_few_digits(void **state)
{
	char out[UNIT_TEXT];

	(void)state;
	assert_string_equal(unit_size(out, 0, 3), "0B");
	assert_string_equal(unit_size(out, 5570000, 3), "5.57MB");
	assert_string_equal(unit_size(out, 58812345, 3), "58.8MB");
	assert_string_equal(unit_bytes(out, 1572864), "1.5MiB");
	assert_string_equal(unit_bytes(out, 8267862016.), "7.7GiB");
}

static void human_durations_follow_the_table(void **state)
{
	static const struct {
		int64_t s;
		const char *text;
	} cases[] = { { 0, "Less than a second" }, { 1, "1 second" }, { 59, "59 seconds" },
		{ 60, "About a minute" }, { 119, "About a minute" }, { 120, "2 minutes" },
		{ 3599, "59 minutes" }, { 3600, "About an hour" }, { 7200, "2 hours" },
		{ 172800, "2 days" }, { 1209600, "2 weeks" }, { 5184000, "2 months" },
		{ 63072000, "2 years" } };
	char out[UNIT_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(unit_human_duration(out, cases[i].s), cases[i].text);
}

static void times_go_both_ways(void **state)
{
	static const char *const texts[] = { "1970-01-01T00:00:00Z",
		"2024-02-29T23:59:59.123456789Z", "2000-03-01T00:00:00.1Z", "1999-12-31T12:00:00Z",
		"0001-01-01T00:00:00Z" };
	char out[CLOCK_TEXT];
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_true(clock_parse_rfc3339(slice_str(texts[i]), &ns));
		assert_string_equal(clock_rfc3339(out, ns), texts[i]);
	}
	assert_true(clock_parse_rfc3339(slice_str("2024-01-01T02:00:00+02:00"), &ns));
	assert_string_equal(clock_rfc3339(out, ns), "2024-01-01T00:00:00Z");
	assert_string_equal(clock_rfc3339_nine(out, 1), "1970-01-01T00:00:00.000000001Z");
	assert_false(clock_parse_rfc3339(slice_str("2024-01-01"), &ns));
	assert_false(clock_parse_rfc3339(slice_str("2024-13-01T00:00:00Z"), &ns));
}

static void globs_match_as_go_does(void **state)
{
	(void)state;
	assert_true(glob_match("a*c", "abbbc"));
	assert_true(glob_match("*.txt", "x.txt"));
	assert_false(glob_match("*.txt", "d/x.txt"));
	assert_true(glob_match("[a-c]?", "bz"));
	assert_false(glob_match("[^a-c]", "b"));
	assert_true(glob_match("a\\*", "a*"));
	assert_true(glob_match("*a*b*", "xxaxxbxx"));
	assert_false(glob_match("[", "a"));
	assert_false(glob_valid("a["));
	assert_false(glob_valid("a\\"));
	assert_true(glob_valid("[a-z]*"));
}

static void a_full_buffer_fails_once_and_for_all(void **state)
{
	own_buf b;

	(void)state;
	buf_init(&b, 4);
	buf_str(&b, "abc");
	assert_true(buf_ok(&b));
	buf_str(&b, "de");
	assert_false(buf_ok(&b));
	assert_string_equal(b.data, "abc");
	buf_clear(&b);
	buf_str(&b, "wxyz");
	assert_true(buf_ok(&b));
	assert_string_equal(b.data, "wxyz");
}

static void lists_grow_and_maps_replace(void **state)
{
	own_arena a = arena_new();
	struct str_list l = { 0 };
	struct str_map m = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		str_list_add(a, &l, i % 2 ? "odd" : "even");
	assert_int_equal(l.n, 1000);
	assert_string_equal(l.v[0], "even");
	assert_string_equal(l.v[999], "odd");
	for (int i = 0; i < 20; i++)
		str_map_set(a, &m, arena_printf(a, "k%d", i % 10), arena_printf(a, "%d", i));
	assert_int_equal(m.n, 10);
	assert_string_equal(str_map_get(&m, "k3"), "13");
	assert_null(str_map_get(&m, "k11"));
}

/* what bind decoded is an array of exactly n, and callers append to it */
static void arrays_of_any_length_can_be_grown(void **state)
{
	own_arena a = arena_new();

	(void)state;
	for (size_t n = 0; n < 70; n++) {
		struct str_list l = { .v = arena_array(a, n ? n : 1, sizeof(*l.v)), .n = n };
		char *next = arena_strdup(a, "what comes behind it");
		for (size_t i = 0; i < n; i++)
			l.v[i] = "old";
		for (int i = 0; i < 3; i++)
			str_list_add(a, &l, "new");
		assert_string_equal(next, "what comes behind it");
		assert_string_equal(n ? l.v[n - 1] : "old", "old");
		assert_string_equal(l.v[n + 2], "new");
	}
}

static void hash_maps_survive_removal(void **state)
{
	struct map *m = map_new();
	char key[16];
	size_t seen = 0;

	(void)state;
	for (long i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "%ld", i);
		assert_null(map_set(m, key, (void *)(i + 1)));
	}
	for (long i = 0; i < 1000; i += 3) {
		snprintf(key, sizeof(key), "%ld", i);
		assert_ptr_equal(map_remove(m, key), (void *)(i + 1));
	}
	for (long i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "%ld", i);
		assert_ptr_equal(map_get(m, key), i % 3 ? (void *)(i + 1) : NULL);
	}
	for (struct map_iter it = map_iter(m); map_next(&it);)
		seen++;
	assert_int_equal(seen, map_len(m));
	map_free(m);
}

static void ids_and_names_have_their_shapes(void **state)
{
	char id[ID_HEX + 1], uuid[ID_UUID + 1], name[64];

	(void)state;
	id_hex64(id);
	assert_int_equal(strlen(id), 64);
	assert_true(id_is_hex(id, 64));
	id_uuid(uuid);
	assert_int_equal(uuid[14], '4');
	id_name(name, sizeof(name), 1);
	assert_non_null(strchr(name, '_'));
	assert_true(id_is_name(name));
	assert_true(id_is_name("a.b-c_1"));
	assert_false(id_is_name("a"));
	assert_false(id_is_name("-ab"));
	assert_false(id_is_name("a/b"));
	assert_false(id_is_name(""));
}

static void base64_goes_both_ways(void **state)
{
	static const char *const pairs[][2] = { { "", "" }, { "a", "YQ==" }, { "ab", "YWI=" },
		{ "abc", "YWJj" }, { "user:p\xff\xfe?", "dXNlcjpw//4/" } };
	static const char *const bad[] = { "Y", "YQ=", "YQ==YQ==", "Y-==", "Y Q=", "YWJjZ" };
	own_buf b = { 0 };

	buf_init(&b, 64);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		buf_clear(&b);
		base64_encode(&b, BASE64_STD, pairs[i][0], strlen(pairs[i][0]));
		assert_string_equal(b.data, pairs[i][1]);
		buf_clear(&b);
		assert_true(base64_decode(&b, BASE64_STD, pairs[i][1], strlen(pairs[i][1])));
		assert_string_equal(b.data, pairs[i][0]);
	}
	buf_clear(&b);
	base64_encode(&b, BASE64_URL, pairs[4][0], strlen(pairs[4][0]));
	assert_string_equal(b.data, "dXNlcjpw__4_");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(base64_decode(&b, BASE64_STD, bad[i], strlen(bad[i])));
	buf_clear(&b);
	assert_true(base64_decode(&b, BASE64_URL, "e30", 3));
	assert_string_equal(b.data, "{}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(byte_sizes_parse_as_docker_does),
		cmocka_unit_test(durations_parse_and_print_as_go_does),
		cmocka_unit_test(sizes_print_with_few_digits),
		cmocka_unit_test(human_durations_follow_the_table),
		cmocka_unit_test(times_go_both_ways),
		cmocka_unit_test(globs_match_as_go_does),
		cmocka_unit_test(a_full_buffer_fails_once_and_for_all),
		cmocka_unit_test(lists_grow_and_maps_replace),
		cmocka_unit_test(arrays_of_any_length_can_be_grown),
		cmocka_unit_test(hash_maps_survive_removal),
		cmocka_unit_test(ids_and_names_have_their_shapes),
		cmocka_unit_test(base64_goes_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/filters.h"

static struct arena *a;

static int setup(void **state)
{
	(void)state;
	a = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static void both_shapes_of_the_parameter_are_read(void **state)
{
	struct filters f;
	struct err e;

	(void)state;
	assert_int_equal(filters_parse(a, "{\"name\":[\"x\",\"y\"]}", &f, &e), 0);
	assert_int_equal(filters_get(&f, "name")->n, 2);
	assert_true(filters_match(&f, "name", "y"));
	assert_false(filters_match(&f, "name", "z"));
	assert_true(filters_match(&f, "other", "z"));

	assert_int_equal(filters_parse(a, "{\"name\":{\"x\":true,\"y\":false}}", &f, &e), 0);
	assert_true(filters_match(&f, "name", "x"));
	assert_false(filters_match(&f, "name", "y"));
}

static void nonsense_is_refused(void **state)
{
	static const char *const bad[] = { "[]", "{", "{\"a\":1}", "{\"a\":[1]}", "x" };
	struct filters f;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(filters_parse(a, bad[i], &f, &e), -1);
		assert_int_equal(e.kind, ERR_INVALID);
	}
}

static void unknown_names_are_refused_by_name(void **state)
{
	static const char *const allowed[] = { "name", NULL };
	struct filters f;
	struct err e;

	(void)state;
	assert_int_equal(filters_parse(a, "{\"colour\":[\"red\"]}", &f, &e), 0);
	assert_int_equal(filters_check(&f, allowed, &e), -1);
	assert_string_equal(e.msg, "invalid filter 'colour'");
}

static void booleans_take_four_words(void **state)
{
	struct filters f;
	struct err e;
	bool v;

	(void)state;
	assert_int_equal(filters_parse(a, "{\"d\":[\"1\"]}", &f, &e), 0);
	assert_int_equal(filters_bool(&f, "d", false, &v, &e), 0);
	assert_true(v);
	assert_int_equal(filters_bool(&f, "absent", true, &v, &e), 0);
	assert_true(v);
	assert_int_equal(filters_parse(a, "{\"d\":[\"maybe\"]}", &f, &e), 0);
	assert_int_equal(filters_bool(&f, "d", false, &v, &e), -1);
	assert_string_equal(e.msg, "invalid filter 'd=[maybe]'");
}

static void labels_match_by_key_or_by_both(void **state)
{
	struct str_map labels = { 0 };
	struct filters f;
	struct err e;

	(void)state;
	str_map_set(a, &labels, "env", "prod");
	assert_int_equal(filters_parse(a, "{\"label\":[\"env\"]}", &f, &e), 0);
	assert_true(filters_match_labels(&f, "label", &labels));
	assert_int_equal(filters_parse(a, "{\"label\":[\"env=prod\"]}", &f, &e), 0);
	assert_true(filters_match_labels(&f, "label", &labels));
	assert_int_equal(filters_parse(a, "{\"label\":[\"env\",\"env=test\"]}", &f, &e), 0);
	assert_false(filters_match_labels(&f, "label", &labels));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			both_shapes_of_the_parameter_are_read, setup, teardown),
		cmocka_unit_test_setup_teardown(nonsense_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(unknown_names_are_refused_by_name, setup, teardown),
		cmocka_unit_test_setup_teardown(booleans_take_four_words, setup, teardown),
		cmocka_unit_test_setup_teardown(labels_match_by_key_or_by_both, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from probes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/health.h"

#define SECOND 1000000000LL

static struct ctr_health h;
static struct health_config config;
static struct arena *a;

static int setup(void **state)
{
	(void)state;
	a = arena_new();
	h = (struct ctr_health){ .status = HEALTH_STARTING };
	config = (struct health_config){ 0 };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	health_free(&h);
	arena_free(a);
	return 0;
}

/* A probe with this exit code of a container this old; the text says which it was. */
static bool probe(int64_t code, int64_t age_s)
{
	static int n;
	char text[8] = { (char)('a' + n++ % 26) };
	struct health_entry r = {
		.start_ns = 1, .end_ns = 2, .exit_code = code, .output = strdup(text)
	};

	return health_take(&h, &config, &r, age_s * SECOND);
}

static void three_failures_make_it_unhealthy_one_success_healthy(void **state)
{
	(void)state;
	assert_false(probe(1, 0));
	assert_false(probe(-1, 0));
	assert_true(probe(1, 0));
	assert_int_equal(h.status, HEALTH_UNHEALTHY);
	assert_int_equal(h.streak, 3);
	assert_true(probe(0, 0));
	assert_int_equal(h.status, HEALTH_HEALTHY);
	assert_int_equal(h.streak, 0);
	assert_false(probe(1, 0));
	assert_int_equal(h.status, HEALTH_HEALTHY);
}

static void failures_while_starting_do_not_count(void **state)
{
	(void)state;
	config.start_period_ns = 10 * SECOND;
	config.retries = 1;
	assert_false(probe(1, 9));
	assert_int_equal(h.streak, 0);
	assert_int_equal(health_interval(&h, &config, 9 * SECOND), 5 * SECOND);
	config.start_interval_ns = 2 * SECOND;
	assert_int_equal(health_interval(&h, &config, 9 * SECOND), 2 * SECOND);
	assert_int_equal(health_interval(&h, &config, 10 * SECOND), 30 * SECOND);
	assert_true(probe(1, 10));
	assert_int_equal(h.status, HEALTH_UNHEALTHY);
}

static void once_healthy_it_does_not_start_any_more(void **state)
{
	(void)state;
	config.start_period_ns = 10 * SECOND;
	config.retries = 1;
	probe(0, 1);
	assert_true(probe(1, 2));
	assert_int_equal(h.status, HEALTH_UNHEALTHY);
}

static void five_results_are_kept_and_read_back(void **state)
{
	const char *test[] = { "CMD", "x" };
	struct ctr_health again = { 0 };
	struct container_config c = { .healthcheck = &config };
	struct health *shown;

	(void)state;
	config.test = (struct str_list){ test, 2 };
	for (int i = 0; i < 7; i++)
		probe(i, 0);
	assert_int_equal(h.n, 5);
	shown = health_show(a, &h, &c);
	assert_string_equal(shown->status, "unhealthy");
	assert_int_equal(shown->log.n, 5);
	assert_int_equal(shown->log.v[0].exit_code, 2);
	assert_int_equal(shown->log.v[4].exit_code, 6);
	health_read(&again, shown);
	assert_int_equal(again.status, HEALTH_UNHEALTHY);
	assert_int_equal(again.streak, h.streak);
	assert_int_equal(again.n, 5);
	assert_string_equal(again.results[4].output, h.results[4].output);
	health_free(&again);
}

static void what_is_left_open_comes_from_the_image(void **state)
{
	const char *test[] = { "CMD-SHELL", "ok" }, *none[] = { "NONE" };
	struct oci_healthcheck image = { .test = { test, 2 }, .interval = 7, .retries = 2 };
	struct health_config own = { .interval_ns = 5 };
	struct container_config c = { .healthcheck = &own }, empty = { 0 };

	(void)state;
	health_inherit(a, &c, &image);
	assert_int_equal(own.interval_ns, 5);
	assert_int_equal(own.retries, 2);
	assert_true(health_is_checked(&c));
	health_inherit(a, &empty, &image);
	assert_string_equal(empty.healthcheck->test.v[1], "ok");
	own = (struct health_config){ .test = { none, 1 } };
	health_inherit(a, &c, &image);
	assert_false(health_is_checked(&c));
	assert_null(health_show(a, &h, &c));
}

static void times_below_a_millisecond_are_refused(void **state)
{
	struct err e;

	(void)state;
	config.timeout_ns = 999999;
	assert_int_equal(health_check_config(&config, &e), -1);
	assert_string_equal(e.msg, "Timeout in Healthcheck cannot be less than 1ms");
	config.timeout_ns = 1000000;
	assert_int_equal(health_check_config(&config, &e), 0);
	config.retries = -1;
	assert_int_equal(health_check_config(&config, &e), -1);
	assert_int_equal(health_check_config(NULL, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			three_failures_make_it_unhealthy_one_success_healthy, setup, teardown),
		cmocka_unit_test_setup_teardown(
			failures_while_starting_do_not_count, setup, teardown),
		cmocka_unit_test_setup_teardown(
			once_healthy_it_does_not_start_any_more, setup, teardown),
		cmocka_unit_test_setup_teardown(
			five_results_are_kept_and_read_back, setup, teardown),
		cmocka_unit_test_setup_teardown(
			what_is_left_open_comes_from_the_image, setup, teardown),
		cmocka_unit_test_setup_teardown(
			times_below_a_millisecond_are_refused, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

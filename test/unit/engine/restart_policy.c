/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/restart_policy.h"

#define SECOND INT64_C(1000000000)

static struct ctr_life ran(int64_t seconds, int64_t exit_code)
{
	return (struct ctr_life){ .started_ns = SECOND,
		.finished_ns = SECOND + seconds * SECOND,
		.exit_code = exit_code,
		.was_started = true };
}

static void the_delay_doubles_up_to_a_minute(void **state)
{
	const struct restart_policy always = { .name = "always" };
	static const uint32_t want[] = { 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200,
		60000, 60000 };
	struct ctr_life l = ran(1, 0);

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		assert_true(restart_after_exit(&always, &l));
		assert_int_equal(l.backoff_ms, want[i]);
		assert_int_equal(l.restart_count, i + 1);
	}
}

static void ten_seconds_of_running_start_the_delay_anew(void **state)
{
	const struct restart_policy always = { .name = "always" };
	struct ctr_life l = ran(10, 0);

	(void)state;
	l.backoff_ms = 6400;
	assert_true(restart_after_exit(&always, &l));
	assert_int_equal(l.backoff_ms, 100);
}

static void on_failure_counts_its_tries(void **state)
{
	const struct restart_policy twice = { "on-failure", 2 }, endless = { "on-failure", 0 };
	struct ctr_life l = ran(1, 3);

	(void)state;
	assert_true(restart_after_exit(&twice, &l));
	assert_true(restart_after_exit(&twice, &l));
	assert_false(restart_after_exit(&twice, &l));
	assert_true(restart_after_exit(&endless, &l));
	l.exit_code = 0;
	assert_false(restart_after_exit(&endless, &l));
}

static void a_stop_by_hand_ends_it(void **state)
{
	const struct restart_policy always = { .name = "always" },
				    unless = { .name = "unless-stopped" };
	struct ctr_life l = ran(1, 0);

	(void)state;
	l.exit_on_next = l.was_stopped_by_hand = true;
	assert_false(restart_after_exit(&always, &l));
	assert_false(restart_after_exit(&unless, &l));
}

static void a_daemon_start_brings_back_what_should_run(void **state)
{
	const struct restart_policy always = { .name = "always" },
				    unless = { .name = "unless-stopped" };
	const struct restart_policy failure = { .name = "on-failure" }, no = { .name = "no" };
	struct ctr_life l = ran(1, 255), never = { 0 };

	(void)state;
	assert_true(restart_after_boot(&always, &l, true));
	assert_true(restart_after_boot(&unless, &l, true));
	assert_true(restart_after_boot(&failure, &l, true));
	assert_false(restart_after_boot(&failure, &l, false));
	assert_false(restart_after_boot(&no, &l, true));
	assert_false(restart_after_boot(&always, &never, false));
	l.was_stopped_by_hand = true;
	assert_true(restart_after_boot(&always, &l, false));
	assert_false(restart_after_boot(&unless, &l, false));
}

static void policies_are_checked_in_docker_s_words(void **state)
{
	static const struct {
		struct restart_policy p;
		bool auto_remove;
		const char *msg;
	} rows[] = {
		{ { "sometimes", 0 }, false,
			"invalid restart policy: unknown policy 'sometimes'; use one of 'no', 'always', "
			"'on-failure', or 'unless-stopped'" },
		{ { "always", 3 }, false,
			"invalid restart policy: maximum retry count can only be used with "
			"'on-failure'" },
		{ { "on-failure", -1 }, false,
			"invalid restart policy: maximum retry count cannot be negative" },
		{ { "always", 0 }, true,
			"can't create 'AutoRemove' container with restart policy" },
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(restart_policy_check(&rows[i].p, rows[i].auto_remove, &e), -1);
		assert_string_equal(e.msg, rows[i].msg);
	}
	assert_int_equal(restart_policy_check(&(struct restart_policy){ "no", 0 }, true, &e), 0);
	assert_int_equal(restart_policy_check(&(struct restart_policy){ 0 }, true, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_delay_doubles_up_to_a_minute),
		cmocka_unit_test(ten_seconds_of_running_start_the_delay_anew),
		cmocka_unit_test(on_failure_counts_its_tries),
		cmocka_unit_test(a_stop_by_hand_ends_it),
		cmocka_unit_test(a_daemon_start_brings_back_what_should_run),
		cmocka_unit_test(policies_are_checked_in_docker_s_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Status texts, and points in time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "engine/status.h"
#include "engine/until.h"

#define SECOND INT64_C(1000000000)

static void a_status_says_since_when(void **state)
{
	const int64_t now = 1000 * SECOND;
	static const struct {
		enum ctr_state s;
		const char *want;
	} rows[] = {
		{ CTR_RUNNING, "Up 4 seconds" },
		{ CTR_PAUSED, "Up 4 seconds (Paused)" },
		{ CTR_RESTARTING, "Restarting (7) 2 minutes ago" },
		{ CTR_EXITED, "Exited (7) 2 minutes ago" },
		{ CTR_CREATED, "Created" },
		{ CTR_DEAD, "Dead" },
		{ CTR_REMOVING, "Removal In Progress" },
	};
	struct ctr_life l = {
		.started_ns = now - 4 * SECOND, .finished_ns = now - 120 * SECOND, .exit_code = 7
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		l.state = rows[i].s;
		assert_string_equal(status_text(a, &l, HEALTH_NONE, now), rows[i].want);
	}
	l.state = CTR_RUNNING;
	assert_string_equal(
		status_text(a, &l, HEALTH_STARTING, now), "Up 4 seconds (health: starting)");
	assert_string_equal(status_text(a, &l, HEALTH_UNHEALTHY, now), "Up 4 seconds (unhealthy)");
	arena_free(a);
}

static void commands_quote_blanks(void **state)
{
	const char *v[] = { "-c", "sleep 1d" };
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(
		status_command(a, "sh", &(struct str_list){ v, 2 }), "sh -c 'sleep 1d'");
	assert_string_equal(status_command(a, "sh", &(struct str_list){ 0 }), "sh");
	arena_free(a);
}

static void port_ranges_are_unfolded(void **state)
{
	const char *v[] = { "80-82/tcp", "53/udp", "65535" };
	struct arena *a = arena_new();
	struct port_summary_list l;

	(void)state;
	status_exposed_ports(a, &(struct str_list){ v, 3 }, &l);
	assert_int_equal(l.n, 5);
	assert_int_equal(l.v[2].private_port, 82);
	assert_string_equal(l.v[3].type, "udp");
	assert_int_equal(l.v[4].private_port, 65535);
	arena_free(a);
}

static void times_are_read_in_every_form(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
		{ "100", 100 * SECOND },
		{ "100.5", 100 * SECOND + SECOND / 2 },
		{ "1970-01-01T00:01:00Z", 60 * SECOND },
		{ "1970-01-02", 86400 * SECOND },
		{ "1970-01-01T00:01", 60 * SECOND },
		{ "1970-01-01T00:00:07", 7 * SECOND },
		{ "10m", 400 * SECOND },
	};
	struct err e;
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(until_parse(rows[i].text, 1000 * SECOND, &ns, &e), 0);
		assert_int_equal(ns, rows[i].want);
	}
	assert_int_equal(until_parse("tomorrow", 0, &ns, &e), -1);
	assert_int_equal(until_parse("99999999999999999999", 0, &ns, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_says_since_when),
		cmocka_unit_test(commands_quote_blanks),
		cmocka_unit_test(port_ranges_are_unfolded),
		cmocka_unit_test(times_are_read_in_every_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The files of /proc behind stats, and what is different on cgroup v1 and v2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/stats.h"
#include "base/clock.h"

static void interfaces_but_the_loopback(void **state)
{
	static const char text[] =
		"Inter-|   Receive                                                |  Transmit\n"
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets "
		"errs drop fifo colls carrier compressed\n"
		"    lo: 1 2 0 0 0 0 0 0 1 2 0 0 0 0 0 0\n"
		"  eth0:1001 20 3 4 5 6 7 8 2002 30 13 14 0 0 0 0\n"
		"broken: 1 2\n";
	struct arena *a = arena_new();
	struct stats_nic_list nics;

	stats_parse_nics(a, slice_str(text), &nics);
	assert_int_equal(nics.n, 1);
	assert_string_equal(nics.v[0].name, "eth0");
	assert_int_equal(nics.v[0].rx_bytes, 1001);
	assert_int_equal(nics.v[0].rx_dropped, 4);
	assert_int_equal(nics.v[0].tx_bytes, 2002);
	assert_int_equal(nics.v[0].tx_dropped, 14);
	arena_free(a);
}

static void processor_time_is_the_sum_of_seven(void **state)
{
	assert_int_equal(
		stats_parse_system(slice_str("cpu  1 2 3 4 5 6 7 100 100 100\ncpu0 1\n"), 100),
		28 * 10000000ULL);
	assert_int_equal(stats_parse_system(slice_str("cpu  1 2\n"), 100), 0);
	assert_int_equal(stats_parse_system(slice_str("intr 1\n"), 100), 0);
	assert_int_equal(stats_parse_system(slice_str("cpu 1 2 3 4 5 6 7\n"), 0), 0);
}

static void memory_of_the_machine(void **state)
{
	assert_int_equal(stats_parse_memory(
				 slice_str("MemTotal:       24646856 kB\nMemFree:        1 kB\n")),
		24646856ULL * 1024);
	assert_int_equal(stats_parse_memory(slice_str("MemFree: 1 kB\n")), 0);
}

static bool writes(const struct stats_sample *s, const char *part)
{
	struct stats_sample never = { .read_ns = CLOCK_NEVER };
	struct buf b = { 0 };
	struct jsonw w;
	bool found;

	buf_init(&b, 65536);
	jsonw_init(&w, &b, NULL);
	stats_write(&w, "id", "/name", s, &never);
	found = strstr(b.data, part) != NULL;
	if (!found)
		print_error("%s\n", b.data);
	buf_done(&b);
	return found;
}

static void an_unlimited_group_has_the_machines_memory(void **state)
{
	struct stats_sample s = { .read_ns = 1, .memory_total = 1000 };

	s.use.memory.usage.limit = UINT64_MAX;
	assert_true(writes(&s, "\"limit\":1000}"));
	s.use.memory.usage.limit = 500;
	assert_true(writes(&s, "\"limit\":500}"));
}

static void versions_differ(void **state)
{
	struct cgroup_blkio_entry io[] = { { 8, 0, "Read", 10 }, { 8, 0, "Write", 20 },
		{ 8, 0, "Total", 30 } };
	struct stats_sample s = { .read_ns = 1 };

	s.use.blkio.service_bytes = (struct cgroup_blkio_list){ io, 3 };
	s.use.version = CGROUP_V1;
	assert_true(writes(&s, "\"op\":\"Total\",\"value\":30"));
	assert_true(writes(&s, "\"io_serviced_recursive\":[]"));
	assert_true(writes(&s, "\"pids_stats\":{}"));
	s.use.version = CGROUP_V2;
	assert_true(writes(&s, "\"op\":\"write\",\"value\":20}],\"io_serviced_recursive\":null"));
	assert_true(writes(&s, "\"pids_stats\":{\"limit\":18446744073709551615}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interfaces_but_the_loopback),
		cmocka_unit_test(processor_time_is_the_sum_of_seven),
		cmocka_unit_test(memory_of_the_machine),
		cmocka_unit_test(an_unlimited_group_has_the_machines_memory),
		cmocka_unit_test(versions_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

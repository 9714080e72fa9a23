/* SPDX-License-Identifier: Apache-2.0 */
/* From update's flags to resources. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/update.h"

static struct arena *a;

static int set_up(void **state)
{
	a = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	arena_free(a);
	return 0;
}

static void what_is_not_given_stays_unset(void **state)
{
	const struct update_opts o = { .memory = "64m", .cpu_quota = "-1", .blkio_weight = 500 };
	struct oci_resources r;
	struct err e;

	assert_int_equal(update_from_flags(a, &o, &r, &e), 0);
	assert_int_equal(*r.memory->limit, 64 << 20);
	assert_int_equal(*r.cpu->quota, -1);
	assert_int_equal(*r.block_io->weight, 500);
	assert_null(r.memory->swap);
	assert_null(r.memory->reservation);
	assert_null(r.cpu->period);
	assert_null(r.cpu->shares);
	assert_null(r.cpu->burst);
	assert_null(r.cpu->idle);
	assert_int_equal(r.pids->limit, 0);
}

static void every_flag_has_its_member(void **state)
{
	const struct update_opts o = { .cpu_period = "1",
		.cpu_quota = "2",
		.cpu_burst = "3",
		.cpu_share = "4",
		.cpu_rt_period = "5",
		.cpu_rt_runtime = "6",
		.cpu_idle = "1",
		.cpuset_cpus = "0-1",
		.cpuset_mems = "0",
		.memory = "7",
		.memory_reservation = "8",
		.memory_swap = "9",
		.kernel_memory = "10",
		.kernel_memory_tcp = "11",
		.pids_limit = -1 };
	struct oci_resources r;
	struct err e;

	assert_int_equal(update_from_flags(a, &o, &r, &e), 0);
	assert_int_equal(*r.cpu->period, 1);
	assert_int_equal(*r.cpu->quota, 2);
	assert_int_equal(*r.cpu->burst, 3);
	assert_int_equal(*r.cpu->shares, 4);
	assert_int_equal(*r.cpu->realtime_period, 5);
	assert_int_equal(*r.cpu->realtime_runtime, 6);
	assert_int_equal(*r.cpu->idle, 1);
	assert_string_equal(r.cpu->cpus, "0-1");
	assert_string_equal(r.cpu->mems, "0");
	assert_int_equal(*r.memory->limit, 7);
	assert_int_equal(*r.memory->reservation, 8);
	assert_int_equal(*r.memory->swap, 9);
	assert_int_equal(*r.memory->kernel, 10);
	assert_int_equal(*r.memory->kernel_tcp, 11);
	assert_int_equal(r.pids->limit, -1);
	assert_null(r.block_io);
}

static void refused(const struct update_opts *o, const char *text)
{
	struct oci_resources r;
	struct err e;

	assert_int_equal(update_from_flags(a, o, &r, &e), -1);
	assert_string_equal(e.msg, text);
}

static void nonsense_is_named_with_its_flag(void **state)
{
	refused(&(struct update_opts){ .cpu_share = "x" },
		"invalid value for cpu-share: strconv.ParseUint: parsing \"x\": invalid syntax");
	refused(&(struct update_opts){ .cpu_period = "18446744073709551616" },
		"invalid value for cpu-period: strconv.ParseUint: parsing \"18446744073709551616\": value out of range");
	refused(&(struct update_opts){ .cpu_quota = "-9223372036854775809" },
		"invalid value for cpu-quota: strconv.ParseInt: parsing \"-9223372036854775809\": value out of range");
	refused(&(struct update_opts){ .memory_swap = "1q" },
		"invalid value for memory-swap: invalid size: '1q'");
	refused(&(struct update_opts){ .blkio_weight = 9 },
		"invalid value for blkio-weight: 9 is not in 10 … 1000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_given_stays_unset),
		cmocka_unit_test(every_flag_has_its_member),
		cmocka_unit_test(nonsense_is_named_with_its_flag),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

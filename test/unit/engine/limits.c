/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/limits.h"

#define MB (INT64_C(1024) * 1024)

static struct arena *a;

static const struct limits_host all = { .n_cpus = 2,
	.memory = true,
	.swap = true,
	.swappiness = true,
	.reservation = true,
	.oom_kill_disable = true,
	.pids = true,
	.shares = true,
	.cfs = true,
	.realtime = true,
	.cpuset = true,
	.weight = true,
	.weight_device = true,
	.read_bps = true,
	.write_bps = true,
	.read_iops = true,
	.write_iops = true,
	.cpus = "0-1",
	.mems = "0" };

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

static const char *checked(struct host_config h)
{
	struct str_list warnings = { 0 };
	struct err e;

	return limits_check(a, &h, &all, &warnings, &e) ? arena_strdup(a, e.msg) : "";
}

static void bad_limits_are_refused_in_docker_s_words(void **state)
{
	int64_t swappiness = 101;

	(void)state;
	assert_string_equal(checked((struct host_config){ .memory = 5 * MB }),
		"Minimum memory limit allowed is 6MB");
	assert_string_equal(
		checked((struct host_config){ .memory = 8 * MB, .memory_swap = 7 * MB }),
		"Minimum memoryswap limit should be larger than memory limit, see usage");
	assert_string_equal(checked((struct host_config){ .memory_swap = 7 * MB }),
		"You should always set the Memory limit when using Memoryswap limit, see usage");
	assert_string_equal(
		checked((struct host_config){ .memory = 8 * MB, .memory_reservation = 9 * MB }),
		"Minimum memory limit can not be less than memory reservation limit, see usage");
	assert_string_equal(checked((struct host_config){ .memory_swappiness = &swappiness }),
		"Invalid value: 101, valid memory swappiness range is 0-100");
	assert_string_equal(checked((struct host_config){ .nano_cpus = 3000000000 }),
		"range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available");
	assert_string_equal(checked((struct host_config){ .nano_cpus = 1, .cpu_quota = 5000 }),
		"Conflicting options: Nano CPUs and CPU Quota cannot both be set");
	assert_string_equal(checked((struct host_config){ .cpuset_cpus = "0-3" }),
		"Requested CPUs are not available - requested 0-3, available: 0-1");
	assert_string_equal(checked((struct host_config){ .cpuset_cpus = "x" }),
		"Invalid value x for cpuset cpus");
	assert_string_equal(checked((struct host_config){ .blkio_weight = 5 }),
		"Range of blkio weight is from 10 to 1000");
	assert_string_equal(checked((struct host_config){ .cpu_period = 10 }),
		"CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. "
		"1000000)");
	assert_string_equal(checked((struct host_config){ .cpu_shares = -1 }),
		"invalid CPU shares (-1): value must be a positive integer");
}

static void defaults_are_put_in(void **state)
{
	int64_t none = 0, minus = -1;
	struct host_config h = {
		.memory = 64 * MB, .pids_limit = &none, .memory_swappiness = &minus
	};
	struct str_list warnings = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(limits_check(a, &h, &all, &warnings, &e), 0);
	assert_int_equal(h.memory_swap, 128 * MB);
	assert_null(h.pids_limit);
	assert_null(h.memory_swappiness);
	assert_false(*h.oom_kill_disable);
	assert_int_equal(warnings.n, 0);
}

static void what_the_kernel_lacks_is_taken_out_with_a_warning(void **state)
{
	const struct limits_host bare = { .n_cpus = 2, .memory = true };
	int64_t pids = 10;
	struct host_config h = { .memory = 64 * MB,
		.pids_limit = &pids,
		.cpu_shares = 512,
		.blkio_weight = 100,
		.cpuset_cpus = "0" };
	struct str_list warnings = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(limits_check(a, &h, &bare, &warnings, &e), 0);
	assert_int_equal(h.memory_swap, -1);
	assert_null(h.pids_limit);
	assert_int_equal(h.cpu_shares, 0);
	assert_int_equal(h.blkio_weight, 0);
	assert_string_equal(h.cpuset_cpus, "");
	assert_null(h.oom_kill_disable);
	assert_int_equal(warnings.n, 5);
	assert_string_equal(warnings.v[0],
		"Your kernel does not support swap limit capabilities or the cgroup is not mounted. "
		"Memory limited without swap.");
}

static void only_what_was_asked_for_goes_to_the_spec(void **state)
{
	struct host_config none = { 0 };
	int64_t pids = 20;
	struct host_config h = { .memory = 64 * MB,
		.memory_swap = 128 * MB,
		.nano_cpus = 1500000000,
		.pids_limit = &pids };
	struct oci_resources r = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(limits_to_spec(a, &none, &r, &e), 0);
	assert_true(!r.memory && !r.cpu && !r.pids && !r.block_io);
	assert_int_equal(limits_to_spec(a, &h, &r, &e), 0);
	assert_int_equal(*r.memory->limit, 64 * MB);
	assert_int_equal(*r.memory->swap, 128 * MB);
	assert_null(r.memory->reservation);
	assert_int_equal(*r.cpu->quota, 150000);
	assert_int_equal(*r.cpu->period, 100000);
	assert_null(r.cpu->shares);
	assert_int_equal(r.pids->limit, 20);
}

static void cpusets_are_understood(void **state)
{
	(void)state;
	assert_int_equal(limits_check_cpuset("0,2-3", "0-3"), 0);
	assert_int_equal(limits_check_cpuset("4", "0-3"), -2);
	assert_int_equal(limits_check_cpuset("3-1", "0-3"), -1);
	assert_int_equal(limits_check_cpuset("1,", "0-3"), -1);
	assert_int_equal(limits_check_cpuset("99999999", NULL), -1);
	assert_int_equal(limits_check_cpuset("7", NULL), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bad_limits_are_refused_in_docker_s_words),
		TEST(defaults_are_put_in),
		TEST(what_the_kernel_lacks_is_taken_out_with_a_warning),
		TEST(only_what_was_asked_for_goes_to_the_spec),
		TEST(cpusets_are_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

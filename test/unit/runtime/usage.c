/* SPDX-License-Identifier: Apache-2.0 */
/* The stats document of `events`, letter by letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/usage.h"

#define LIMIT UINT64_C(9223372036854771712)

static void zeros_are_left_out_where_runc_leaves_them_out(void **state)
{
	struct cgroup_stats s = { 0 };
	own_buf out;

	buf_init(&out, 65536);
	usage_write_event(&s, "a<b", &out);
	assert_string_equal(out.data,
		"{\"type\":\"stats\",\"id\":\"a\\u003cb\",\"data\":{\"cpu\":{\"usage\":{\"kernel\":0,\"user\":0},"
		"\"throttling\":{}},\"cpuset\":{\"cpu_exclusive\":0,\"mem_hardwall\":0,\"mem_exclusive\":0,"
		"\"memory_migrate\":0,\"memory_spread_page\":0,\"memory_spread_slab\":0,\"memory_pressure\":0,"
		"\"sched_load_balance\":0,\"sched_relax_domain_level\":0},\"memory\":{"
		"\"usage\":{\"limit\":0,\"failcnt\":0},\"swap\":{\"limit\":0,\"failcnt\":0},"
		"\"kernel\":{\"limit\":0,\"failcnt\":0},\"kernelTCP\":{\"limit\":0,\"failcnt\":0}},"
		"\"pids\":{},\"blkio\":{},\"hugetlb\":{},\"intel_rdt\":{},\"network_interfaces\":null}}\n");
}

static void everything_has_its_place(void **state)
{
	uint64_t per_cpu[] = { 1, 2 };
	struct cgroup_stat_entry raw[] = { { "cache", 4 }, { "active_anon", 3 } };
	struct cgroup_blkio_entry io[] = { { 8, 0, "Read", 5 }, { 8, 0, "", 6 } };
	struct cgroup_hugetlb_use huge[] = { { "2MB", 7, 8, 9 } };
	struct cgroup_stats s = {
		.cpu = { .total_ns = 10,
			.per_cpu_ns = { per_cpu, 2 },
			.periods = 11,
			.psi = { true, { .avg10 = 0.5, .total = 12 }, { .avg300 = 1 } } },
		.cpuset = { .cpus = { per_cpu, 2 }, .sched_relax_domain_level = -1 },
		.memory = { .cache = 4, .usage = { LIMIT, 13, 14, 15 }, .raw = { raw, 2 } },
		.pids = { 16, 17 },
		.blkio = { .service_bytes = { io, 1 }, .sectors = { io + 1, 1 } },
		.hugetlb = { huge, 1 },
	};
	own_buf out;

	buf_init(&out, 65536);
	usage_write_event(&s, "c", &out);
	assert_string_equal(out.data,
		"{\"type\":\"stats\",\"id\":\"c\",\"data\":{\"cpu\":{\"usage\":{\"total\":10,\"percpu\":[1,2],"
		"\"kernel\":0,\"user\":0},\"throttling\":{\"periods\":11},\"psi\":{"
		"\"some\":{\"avg10\":0.5,\"avg60\":0,\"avg300\":0,\"total\":12},"
		"\"full\":{\"avg10\":0,\"avg60\":0,\"avg300\":1,\"total\":0}}},"
		"\"cpuset\":{\"cpus\":[1,2],\"cpu_exclusive\":0,\"mem_hardwall\":0,\"mem_exclusive\":0,"
		"\"memory_migrate\":0,\"memory_spread_page\":0,\"memory_spread_slab\":0,\"memory_pressure\":0,"
		"\"sched_load_balance\":0,\"sched_relax_domain_level\":-1},\"memory\":{\"cache\":4,"
		"\"usage\":{\"limit\":9223372036854771712,\"usage\":13,\"max\":14,\"failcnt\":15},"
		"\"swap\":{\"limit\":0,\"failcnt\":0},\"kernel\":{\"limit\":0,\"failcnt\":0},"
		"\"kernelTCP\":{\"limit\":0,\"failcnt\":0},\"raw\":{\"active_anon\":3,\"cache\":4}},"
		"\"pids\":{\"current\":16,\"limit\":17},\"blkio\":{\"ioServiceBytesRecursive\":"
		"[{\"major\":8,\"op\":\"Read\",\"value\":5}],\"sectorsRecursive\":[{\"major\":8,\"value\":6}]},"
		"\"hugetlb\":{\"2MB\":{\"usage\":7,\"max\":8,\"failcnt\":9}},\"intel_rdt\":{},"
		"\"network_interfaces\":null}}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeros_are_left_out_where_runc_leaves_them_out),
		cmocka_unit_test(everything_has_its_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

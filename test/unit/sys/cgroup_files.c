/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is written into which file, v1 and v2: groups made of plain files in a scratch folder. Each file is created empty
 * for a test, so what it holds afterwards is what the last write said.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "sys/cgroup.h"
#include "scratch.h"
#include "sys/cgroup_int.h"
#include "sys/cgroup_stats.h"
#include "sys/cgroup_value.h"

static void put(const struct scratch *s, const char *file, const char *text)
{
	char path[128];
	struct err e;

	snprintf(path, sizeof(path), "g/%s", file);
	assert_int_equal(fs_replace(s->fd, path, text, strlen(text), 0644, FS_NO_SYNC, &e), 0);
}

static const char *got(const struct scratch *s, const char *file)
{
	static char text[4096];
	char path[128];

	snprintf(path, sizeof(path), "g/%s", file);
	own_fd fd = openat(s->fd, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	if (n < 0)
		return NULL;
	text[n] = 0;
	return text;
}

/* A group in which every v1 controller lies in the one directory. */
static struct cgroup *v1_group(const struct scratch *s)
{
	char saved[256];
	struct err e;

	snprintf(saved, sizeof(saved), "cgroup v1\n1 %zu %s\t%s/g\n", strlen(s->path),
		"cpu,cpuset,memory,pids,blkio,hugetlb,net_cls,net_prio,rdma,freezer,cpuacct",
		s->path);
	return cgroup_restore(saved, &e);
}

static struct cgroup *v2_group(const struct scratch *s)
{
	char saved[256];
	struct err e;

	put(s, "cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma\n");
	snprintf(saved, sizeof(saved), "cgroup v2\n2 %zu \t%s/g\n", strlen(s->path), s->path);
	return cgroup_restore(saved, &e);
}

static int apply(struct cgroup *cg, const char *json, struct err *e)
{
	own_arena a = arena_new();
	struct oci_resources r;
	char *text = arena_strdup(a, json);

	for (char *p = text; (p = strchr(p, '\'')); p++)
		*p = '"';
	assert_int_equal(oci_resources_parse(a, text, strlen(text), &r, e), 0);
	return cgroup_apply(cg, &r, e);
}

struct row {
	const char *json, *file, *want;
};

static void check_rows(const struct scratch *s, struct cgroup *cg, const struct row *rows, size_t n)
{
	struct err e;

	for (size_t i = 0; i < n; i++) {
		put(s, rows[i].file, "");
		if (apply(cg, rows[i].json, &e))
			fail_msg("%s: %s", rows[i].json, e.msg);
		assert_string_equal(got(s, rows[i].file), rows[i].want);
		assert_int_equal(
			unlinkat(s->fd, arena_printf(cg->arena, "g/%s", rows[i].file), 0), 0);
	}
	cgroup_free(cg);
}

#define ROWS(r) (r), sizeof(r) / sizeof((r)[0])

static void v1_files_get_the_specs_numbers(void **state)
{
	static const struct row rows[] = {
		{ "{'cpu':{'quota':50000}}", "cpu.cfs_quota_us", "50000" },
		{ "{'cpu':{'quota':-1}}", "cpu.cfs_quota_us", "-1" },
		{ "{'cpu':{'period':100000}}", "cpu.cfs_period_us", "100000" },
		{ "{'cpu':{'burst':7}}", "cpu.cfs_burst_us", "7" },
		{ "{'cpu':{'idle':1}}", "cpu.idle", "1" },
		{ "{'cpu':{'realtimeRuntime':5}}", "cpu.rt_runtime_us", "5" },
		{ "{'cpu':{'realtimePeriod':6}}", "cpu.rt_period_us", "6" },
		{ "{'cpu':{'cpus':'0-3'}}", "cpuset.cpus", "0-3" },
		{ "{'cpu':{'mems':'0'}}", "cpuset.mems", "0" },
		{ "{'memory':{'limit':1048576}}", "memory.limit_in_bytes", "1048576" },
		{ "{'memory':{'reservation':5}}", "memory.soft_limit_in_bytes", "5" },
		{ "{'memory':{'swap':-1}}", "memory.memsw.limit_in_bytes", "-1" },
		{ "{'memory':{'kernelTCP':9}}", "memory.kmem.tcp.limit_in_bytes", "9" },
		{ "{'memory':{'swappiness':0}}", "memory.swappiness", "0" },
		{ "{'memory':{'disableOOMKiller':true}}", "memory.oom_control", "1" },
		{ "{'pids':{'limit':20}}", "pids.max", "20" },
		{ "{'pids':{'limit':-1}}", "pids.max", "max" },
		{ "{'pids':{'limit':0}}", "pids.max", "" },
		{ "{'blockIO':{'weight':500}}", "blkio.weight", "500" },
		{ "{'blockIO':{'weight':500}}", "blkio.bfq.weight", "500" },
		{ "{'blockIO':{'leafWeight':10}}", "blkio.leaf_weight", "10" },
		{ "{'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':11}]}}",
			"blkio.weight_device", "8:0 11" },
		{ "{'blockIO':{'weightDevice':[{'major':8,'minor':0,'leafWeight':12}]}}",
			"blkio.leaf_weight_device", "8:0 12" },
		{ "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':16,'rate':1024}]}}",
			"blkio.throttle.read_bps_device", "8:16 1024" },
		{ "{'blockIO':{'throttleWriteIOPSDevice':[{'major':8,'minor':16,'rate':0}]}}",
			"blkio.throttle.write_iops_device", "8:16 0" },
		{ "{'hugepageLimits':[{'pageSize':'2MB','limit':9}]}", "hugetlb.2MB.limit_in_bytes",
			"9" },
		{ "{'network':{'classID':1048577}}", "net_cls.classid", "1048577" },
		{ "{'network':{'priorities':[{'name':'eth0','priority':5}]}}", "net_prio.ifpriomap",
			"eth0 5" },
		{ "{'rdma':{'mlx5_1':{'hcaHandles':3,'hcaObjects':4}}}", "rdma.max",
			"mlx5_1 hca_handle=3 hca_object=4" },
		{ "{'rdma':{'mlx5_1':{'hcaObjects':4}}}", "rdma.max", "mlx5_1 hca_object=4" },
	};

	check_rows(*state, v1_group(*state), ROWS(rows));
}

static void v2_files_get_converted_numbers(void **state)
{
	static const struct row rows[] = {
		{ "{'cpu':{'shares':1024}}", "cpu.weight", "100" },
		{ "{'cpu':{'quota':50000}}", "cpu.max", "50000 100000" },
		{ "{'cpu':{'quota':50000,'period':20000}}", "cpu.max", "50000 20000" },
		{ "{'cpu':{'quota':-1,'period':20000}}", "cpu.max", "max 20000" },
		{ "{'cpu':{'period':20000}}", "cpu.max", "max 20000" },
		{ "{'cpu':{'burst':7}}", "cpu.max.burst", "7" },
		{ "{'cpu':{'idle':1,'shares':5}}", "cpu.idle", "1" },
		{ "{'cpu':{'cpus':'0-3'}}", "cpuset.cpus", "0-3" },
		{ "{'memory':{'limit':1048576}}", "memory.max", "1048576" },
		{ "{'memory':{'limit':-1}}", "memory.max", "max" },
		{ "{'memory':{'reservation':5}}", "memory.low", "5" },
		{ "{'pids':{'limit':20}}", "pids.max", "20" },
		{ "{'pids':{'limit':-1}}", "pids.max", "max" },
		{ "{'blockIO':{'weight':500}}", "io.weight", "4950" },
		{ "{'blockIO':{'weight':500}}", "io.bfq.weight", "500" },
		{ "{'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':10}]}}", "io.weight",
			"8:0 1" },
		{ "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':16,'rate':1024}]}}",
			"io.max", "8:16 rbps=1024" },
		{ "{'blockIO':{'throttleWriteIOPSDevice':[{'major':8,'minor':16,'rate':0}]}}",
			"io.max", "8:16 wiops=max" },
		{ "{'hugepageLimits':[{'pageSize':'2MB','limit':9}]}", "hugetlb.2MB.max", "9" },
		{ "{'rdma':{'mlx5_1':{'hcaHandles':3}}}", "rdma.max", "mlx5_1 hca_handle=3" },
		{ "{'unified':{'memory.high':'77'}}", "memory.high", "77" },
		/* what v2 has no file for is left out, as runc does */
		{ "{'memory':{'swappiness':5,'disableOOMKiller':true,'kernel':3}}", "memory.max",
			"" },
	};

	check_rows(*state, v2_group(*state), ROWS(rows));
}

static void v2_swap_is_what_exceeds_memory(void **state)
{
	struct scratch *s = *state;
	own_cgroup cg = v2_group(s);
	struct err e;

	put(s, "memory.max", "");
	put(s, "memory.swap.max", "");
	assert_int_equal(apply(cg, "{'memory':{'limit':100,'swap':300}}", &e), 0);
	assert_string_equal(got(s, "memory.swap.max"), "200");
	put(s, "memory.swap.max", "");
	assert_int_equal(apply(cg, "{'memory':{'limit':100,'swap':-1}}", &e), 0);
	assert_string_equal(got(s, "memory.swap.max"), "max");
	put(s, "memory.swap.max", "");
	assert_int_equal(apply(cg, "{'memory':{'limit':100,'swap':100}}", &e), 0);
	assert_string_equal(got(s, "memory.swap.max"), "0");
	put(s, "memory.swap.max", "");
	assert_int_equal(apply(cg, "{'memory':{'limit':-1}}", &e), 0);
	assert_string_equal(got(s, "memory.swap.max"), "max");
	/* a kernel without swap accounting: no swap and no limit are what there is anyway */
	unlinkat(s->fd, "g/memory.swap.max", 0);
	assert_int_equal(apply(cg, "{'memory':{'limit':100,'swap':100}}", &e), 0);
	assert_int_equal(apply(cg, "{'memory':{'limit':100,'swap':300}}", &e), -1);
}

static const char *refusal(struct cgroup *cg, const char *json)
{
	static struct err e;

	return apply(cg, json, &e) ? e.msg : "none";
}

static void limits_that_cannot_be_are_refused(void **state)
{
	struct scratch *s = *state;
	own_cgroup v1 = v1_group(s);
	own_cgroup v2 = v2_group(s);

	put(s, "memory.max", "");
	put(s, "memory.current", "500\n");
	put(s, "memory.swappiness", "");
	assert_string_equal(refusal(v1, "{'memory':{'swappiness':101}}"),
		"invalid memory swappiness value: 101 (valid range is 0-100)");
	assert_string_equal(refusal(v1, "{'unified':{'memory.high':'1'}}"),
		"invalid configuration: cannot use unified on cgroup v1");
	assert_string_equal(refusal(v2, "{'memory':{'swap':5}}"),
		"unable to set swap limit without memory limit");
	assert_string_equal(refusal(v2, "{'memory':{'limit':9,'swap':5}}"),
		"memory+swap limit should be >= memory limit");
	assert_string_equal(refusal(v2, "{'memory':{'limit':9,'checkBeforeUpdate':true}}"),
		"rejecting memory limit 9 < usage 500");
	assert_string_equal(refusal(v2, "{'cpu':{'realtimeRuntime':5}}"),
		"realtime CPU limits are not supported on cgroup v2");
	assert_string_equal(refusal(v2, "{'unified':{'../x':'1'}}"),
		"unified resource \"../x\" must be a file name (no slashes)");
	assert_string_equal(refusal(v2, "{'unified':{'x':'1'}}"),
		"unified resource \"x\" must be in the form CONTROLLER.PARAMETER");
	assert_string_equal(refusal(v2, "{'unified':{'misc.max':'1'}}"),
		"unified resource \"misc.max\" can't be set: controller \"misc\" not available");
}

static void a_controller_nobody_has_is_an_error_only_when_needed(void **state)
{
	struct scratch *s = *state;
	char saved[256];
	struct err e;

	snprintf(saved, sizeof(saved), "cgroup v1\n1 %zu pids\t%s/g\n", strlen(s->path), s->path);
	own_cgroup cg = cgroup_restore(saved, &e);
	put(s, "pids.max", "");
	assert_int_equal(apply(cg, "{'pids':{'limit':5},'memory':{},'cpu':{}}", &e), 0);
	assert_string_equal(refusal(cg, "{'memory':{'limit':5}}"),
		"cannot set memory limit: container could not join or create cgroup");
}

static void groups_survive_saving(void **state)
{
	struct scratch *s = *state;
	own_cgroup cg = v1_group(s);
	own_buf saved;
	struct err e;

	buf_init(&saved, 4096);
	cgroup_save(cg, &saved);
	own_cgroup again = cgroup_restore(saved.data, &e);
	assert_non_null(again);
	assert_string_equal(cgroup_dir(again, "memory"), cgroup_dir(cg, "memory"));
	assert_null(cgroup_dir(again, ""));
	assert_null(cgroup_dir(again, "mem"));
	assert_null(cgroup_restore("", &e));
	assert_null(cgroup_restore("cgroup v1\n", &e));
	assert_null(cgroup_restore("cgroup v1\n1 999 x\t/y\n", &e));
	assert_null(cgroup_restore("cgroup v1\n1 0 x\trelative\n", &e));
}

static void v2_statistics_are_read(void **state)
{
	struct scratch *s = *state;
	own_arena a = arena_new();
	own_cgroup cg = v2_group(s);
	struct cgroup_stats st;
	struct err e;

	put(s, "cpu.stat",
		"usage_usec 30\nuser_usec 20\nsystem_usec 10\nnr_periods 4\nnr_throttled 3\nthrottled_usec 2\n");
	put(s, "memory.current", "4096\n");
	put(s, "memory.max", "max\n");
	put(s, "memory.stat", "anon 1\nfile 2\ninactive_file 3\n");
	put(s, "memory.events", "low 0\nhigh 0\nmax 7\noom 1\noom_kill 5\n");
	put(s, "pids.current", "6\n");
	put(s, "pids.max", "100\n");
	put(s, "io.stat", "8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n8:16 \n");
	put(s, "memory.swap.current", "4\n");
	put(s, "memory.swap.max", "max\n");
	put(s, "cpu.pressure",
		"some avg10=1.50 avg60=0.25 avg300=0.00 total=77\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=5\n");
	put(s, "hugetlb.2MB.max", "max\n");
	put(s, "hugetlb.2MB.rsvd.max", "max\n");
	put(s, "hugetlb.2MB.current", "1\n");
	put(s, "hugetlb.2MB.rsvd.current", "2\n");
	put(s, "hugetlb.2MB.events", "max 3\n");
	assert_int_equal(cgroup_read_stats(cg, a, &st, &e), 0);
	assert_int_equal(st.version, CGROUP_V2);
	assert_int_equal(st.memory.cache, 2);
	assert_int_equal(st.memory.swap.usage, 4100);
	assert_true(st.memory.swap.limit == UINT64_MAX);
	assert_true(st.cpu.psi.is_known && !st.memory.psi.is_known);
	assert_true(st.cpu.psi.some.avg10 == 1.5);
	assert_int_equal(st.cpu.psi.full.total, 5);
	assert_int_equal(st.hugetlb.n, 1);
	assert_string_equal(st.hugetlb.v[0].page_size, "2MB");
	assert_int_equal(st.hugetlb.v[0].usage, 2);
	assert_int_equal(st.hugetlb.v[0].fail_count, 3);
	assert_int_equal(st.cpu.total_ns, 30000);
	assert_int_equal(st.cpu.throttled_ns, 2000);
	assert_int_equal(st.memory.usage.usage, 4096);
	assert_true(st.memory.usage.limit == UINT64_MAX);
	assert_int_equal(st.memory.usage.fail_count, 7);
	assert_int_equal(st.memory.raw.n, 3);
	assert_string_equal(st.memory.raw.v[2].key, "inactive_file");
	assert_int_equal(st.pids.current, 6);
	assert_int_equal(st.pids.limit, 100);
	assert_int_equal(st.blkio.service_bytes.n, 2);
	assert_int_equal(st.blkio.service_bytes.v[1].value, 20);
	assert_string_equal(st.blkio.serviced.v[0].op, "Read");
	assert_int_equal(cgroup_oom_kills(cg), 5);
}

static void v1_statistics_are_read(void **state)
{
	struct scratch *s = *state;
	own_arena a = arena_new();
	own_cgroup cg = v1_group(s);
	struct cgroup_stats st;
	struct err e;

	put(s, "cpuacct.usage", "12345\n");
	put(s, "cpuacct.usage_percpu", "12000 345 \n");
	put(s, "cpuacct.stat", "user 3\nsystem 4\n");
	put(s, "cpu.stat", "nr_periods 1\nnr_throttled 2\nthrottled_time 3\n");
	put(s, "memory.usage_in_bytes", "11\n");
	put(s, "memory.limit_in_bytes", "22\n");
	put(s, "memory.stat", "cache 1\ntotal_inactive_file 9\n");
	put(s, "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
	put(s, "blkio.throttle.io_service_bytes_recursive",
		"8:0 Read 5\n8:0 Write 6\n8:0 Total 11\nTotal 11\n");
	put(s, "blkio.throttle.io_serviced_recursive", "8:0 Read 1\n");
	put(s, "cpuacct.usage_all", "cpu user system\n0 9000 3000\n1 300 45\n");
	put(s, "memory.memsw.usage_in_bytes", "33\n");
	put(s, "memory.kmem.tcp.failcnt", "44\n");
	put(s, "cpuset.cpus", "0-2,7\n");
	put(s, "cpuset.sched_relax_domain_level", "-1\n");
	put(s, "hugetlb.1GB.limit_in_bytes", "1\n");
	put(s, "hugetlb.1GB.failcnt", "6\n");
	assert_int_equal(cgroup_read_stats(cg, a, &st, &e), 0);
	assert_int_equal(st.cpu.per_cpu_kernel_ns.n, 2);
	assert_int_equal(st.cpu.per_cpu_kernel_ns.v[0], 3000);
	assert_int_equal(st.cpu.per_cpu_user_ns.v[1], 300);
	assert_int_equal(st.memory.cache, 1);
	assert_int_equal(st.memory.swap.usage, 33);
	assert_int_equal(st.memory.kernel_tcp.fail_count, 44);
	assert_int_equal(st.cpuset.cpus.n, 4);
	assert_int_equal(st.cpuset.cpus.v[3], 7);
	assert_int_equal(st.cpuset.sched_relax_domain_level, -1);
	assert_string_equal(st.hugetlb.v[0].page_size, "1GB");
	assert_int_equal(st.hugetlb.v[0].fail_count, 6);
	assert_int_equal(st.cpu.total_ns, 12345);
	assert_int_equal(st.cpu.per_cpu_ns.n, 2);
	assert_int_equal(st.cpu.per_cpu_ns.v[1], 345);
	assert_int_equal(st.cpu.throttled_ns, 3);
	assert_int_equal(st.memory.usage.limit, 22);
	assert_int_equal(st.blkio.service_bytes.n, 3);
	assert_string_equal(st.blkio.service_bytes.v[2].op, "Total");
	assert_int_equal(st.blkio.serviced.v[0].value, 1);
	assert_int_equal(cgroup_oom_kills(cg), 2);
}

/* runc ≥ 1.4 and crun ≥ 1.23: the three points of feature chapter L, and order between them */
static void shares_become_weights(void **state)
{
	assert_int_equal(cgroup_cpu_weight(0), 0);
	assert_int_equal(cgroup_cpu_weight(2), 1);
	assert_int_equal(cgroup_cpu_weight(1024), 100);
	assert_int_equal(cgroup_cpu_weight(262144), 10000);
	assert_int_equal(cgroup_cpu_weight(512), 59);
	assert_int_equal(cgroup_cpu_weight(2048), 174);
	for (uint64_t i = 3; i < 262144; i += 97)
		assert_true(cgroup_cpu_weight(i) >= cgroup_cpu_weight(i - 1));
}

static void io_weights_are_stretched(void **state)
{
	assert_int_equal(cgroup_io_weight(0), 0);
	assert_int_equal(cgroup_io_weight(10), 1);
	assert_int_equal(cgroup_io_weight(500), 4950);
	assert_int_equal(cgroup_io_weight(1000), 10000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(v1_files_get_the_specs_numbers),
		TEST(v2_files_get_converted_numbers),
		TEST(v2_swap_is_what_exceeds_memory),
		TEST(limits_that_cannot_be_are_refused),
		TEST(a_controller_nobody_has_is_an_error_only_when_needed),
		TEST(groups_survive_saving),
		TEST(v2_statistics_are_read),
		TEST(v1_statistics_are_read),
		cmocka_unit_test(shares_become_weights),
		cmocka_unit_test(io_weights_are_stretched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

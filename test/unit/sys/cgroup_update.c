/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All new limits or none: groups made of plain files in a scratch folder. A file that is not there makes its limit fail; what
 * was written before must read as it did. Values are of equal length, since plain files keep what lies behind a write.
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
#include "scratch.h"
#include "sys/cgroup_int.h"

static void put(const struct scratch *s, const char *file, const char *text)
{
	char path[128];
	struct err e;

	snprintf(path, sizeof(path), "g/%s", file);
	assert_int_equal(fs_replace(s->fd, path, text, strlen(text), 0644, FS_NO_SYNC, &e), 0);
}

static void check(const struct scratch *s, const char *file, const char *want)
{
	char path[128], text[256] = "";

	snprintf(path, sizeof(path), "g/%s", file);
	own_fd fd = openat(s->fd, path, O_RDONLY | O_CLOEXEC);
	assert_true(read(fd, text, sizeof(text) - 1) >= 0);
	if (strncmp(text, want, strlen(want)) != 0)
		fail_msg("%s holds \"%s\", not \"%s\"", file, text, want);
}

static struct cgroup *group(const struct scratch *s, int version)
{
	char saved[256];
	struct err e;

	put(s, "cgroup.controllers", "cpuset cpu io memory hugetlb pids rdma\n");
	if (version == 2)
		snprintf(saved, sizeof(saved), "cgroup v2\n2 %zu \t%s/g\n", strlen(s->path),
			s->path);
	else
		snprintf(saved, sizeof(saved), "cgroup v1\n1 %zu %s\t%s/g\n", strlen(s->path),
			"cpu,cpuset,memory,pids,blkio,hugetlb,net_cls,net_prio,rdma,freezer",
			s->path);
	return cgroup_restore(saved, &e);
}

static int update(struct cgroup *cg, const char *json)
{
	own_arena a = arena_new();
	struct oci_resources r;
	struct err e;
	char *text = arena_strdup(a, json);

	for (char *p = text; (p = strchr(p, '\'')); p++)
		*p = '"';
	assert_int_equal(oci_resources_parse(a, text, strlen(text), &r, &e), 0);
	return cgroup_update(cg, &r, &e);
}

static void limits_before_the_refused_one_are_put_back(void **state)
{
	struct scratch *s = *state;
	own_cgroup v2 = group(s, 2);

	put(s, "cpu.weight", "100\n");
	put(s, "cpu.max", "max 100000\n");
	put(s, "memory.max", "max\n");
	assert_int_equal(
		update(v2, "{'cpu':{'shares':2048},'memory':{'limit':999},'pids':{'limit':5}}"),
		-1);
	check(s, "cpu.weight", "100\n");
	check(s, "memory.max", "max\n");
	put(s, "pids.max", "max\n");
	assert_int_equal(
		update(v2, "{'cpu':{'shares':2048},'memory':{'limit':999},'pids':{'limit':5}}"), 0);
	check(s, "cpu.weight", "174");
	check(s, "memory.max", "999");
	check(s, "pids.max", "5");
}

static void of_many_lines_the_devices_own_is_put_back(void **state)
{
	struct scratch *s = *state;
	own_cgroup v2 = group(s, 2);

	/* what plain files show after the second write is what undoing it wrote */
	put(s, "io.max", "8:0 rbps=11 wbps=max riops=max wiops=max\n");
	assert_int_equal(update(v2, "{'blockIO':{'throttleReadBpsDevice':["
				    "{'major':8,'minor':0,'rate':22}]},'hugepageLimits':["
				    "{'pageSize':'2MB','limit':1}]}"),
		-1);
	check(s, "io.max", "8:0 rbps=11 wbps=max riops=max wiops=max\n");
	put(s, "io.max", "");
	assert_int_equal(update(v2, "{'blockIO':{'throttleReadBpsDevice':["
				    "{'major':8,'minor':16,'rate':22}]},'hugepageLimits':["
				    "{'pageSize':'2MB','limit':1}]}"),
		-1);
	check(s, "io.max", "8:16 rbps=max wbps=max riops=max wiops=max");
	put(s, "io.weight", "default 100\n8:0 200\n");
	assert_int_equal(update(v2, "{'blockIO':{'weight':500},'hugepageLimits':["
				    "{'pageSize':'2MB','limit':1}]}"),
		-1);
	check(s, "io.weight", "default 100\n8:0 200\n");
}

static void v1_files_are_put_back_as_they_are_written(void **state)
{
	struct scratch *s = *state;
	own_cgroup v1 = group(s, 1);

	put(s, "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n");
	put(s, "cpuset.cpus", "\n");
	put(s, "blkio.throttle.read_bps_device", "");
	put(s, "memory.limit_in_bytes", "4096\n");
	assert_int_equal(update(v1, "{'memory':{'limit':8192,'disableOOMKiller':true},"
				    "'cpu':{'cpus':'0'},'blockIO':{'throttleReadBpsDevice':["
				    "{'major':8,'minor':0,'rate':5}]},"
				    "'network':{'classID':7}}"),
		-1);
	check(s, "memory.oom_control", "0om"); /* "1", then "0" again */
	check(s, "cpuset.cpus", "\n");
	check(s, "memory.limit_in_bytes", "4096\n");
	check(s, "blkio.throttle.read_bps_device", "8:0 0");
}

static void quota_alone_keeps_the_period(void **state)
{
	struct scratch *s = *state;
	own_cgroup v2 = group(s, 2);

	put(s, "cpu.max", "25000 50000\n");
	assert_int_equal(update(v2, "{'cpu':{'quota':10000}}"), 0);
	check(s, "cpu.max", "10000 50000");
	put(s, "cpu.max", "25000 50000\n");
	assert_int_equal(update(v2, "{'cpu':{'period':60000}}"), 0);
	check(s, "cpu.max", "25000 60000");
	put(s, "cpu.max", "max 100000\n");
	assert_int_equal(update(v2, "{'cpu':{'period':60000}}"), 0);
	check(s, "cpu.max", "max 60000");
}

static void only_what_can_be_limited_counts_as_a_limit(void **state)
{
	own_arena a = arena_new();
	struct oci_resources r;
	struct err e;

	assert_int_equal(
		oci_resources_parse(a, "{\"devices\":[{\"allow\":false}]}", 29, &r, &e), 0);
	assert_null(cgroup_first_limit(&r));
	assert_int_equal(oci_resources_parse(a, "{\"pids\":{\"limit\":5}}", 20, &r, &e), 0);
	assert_string_equal(cgroup_first_limit(&r), "pids");
	assert_int_equal(oci_resources_parse(a, "{\"unified\":{\"a.b\":\"c\"}}", 23, &r, &e), 0);
	assert_string_equal(cgroup_first_limit(&r), "unified");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(limits_before_the_refused_one_are_put_back),
		TEST(of_many_lines_the_devices_own_is_put_back),
		TEST(v1_files_are_put_back_as_they_are_written),
		TEST(quota_alone_keeps_the_period),
		cmocka_unit_test(only_what_can_be_limited_counts_as_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

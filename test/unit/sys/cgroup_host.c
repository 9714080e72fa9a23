/* SPDX-License-Identifier: Apache-2.0 */
/* Finding hierarchies in the texts of /proc, on three kinds of machine. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "sys/cgroup_int.h"

static struct cgroup_host *read_host(
	struct arena *a, const char *mountinfo, const char *cgroups, struct err *e)
{
	struct cgroup_host *h = ARENA_NEW(a, struct cgroup_host);

	h->arena = a;
	return cgroup_host_read(h, slice_str(mountinfo), slice_str(cgroups), e) ? NULL : h;
}

static const struct cgroup_mount *mount_named(
	const struct cgroup_host *h, const char *controllers, const char **own)
{
	for (size_t i = 0; i < h->n; i++)
		if (strcmp(h->mounts[i].controllers, controllers) == 0) {
			*own = h->own[i];
			return &h->mounts[i];
		}
	return NULL;
}

static void v2_alone_is_v2(void **state)
{
	own_arena a = arena_new();
	struct err e;
	const char *own;
	struct cgroup_host *h = read_host(a,
		"25 30 0:23 / /sys rw shared:7 - sysfs sysfs rw\n"
		"35 25 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
		"0::/system.slice/tare.service\n", &e);

	assert_non_null(h);
	assert_int_equal(cgroup_host_version(h), CGROUP_V2);
	assert_int_equal(h->n, 1);
	assert_string_equal(mount_named(h, "", &own)->mount_point, "/sys/fs/cgroup");
	assert_string_equal(own, "/system.slice/tare.service");
}

static void v1_controllers_with_a_v2_tree_beside_are_v1(void **state)
{
	own_arena a = arena_new();
	struct err e;
	const char *own;
	struct cgroup_host *h = read_host(a,
		"31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755\n"
		"32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
		"40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,release_agent=/x,name=systemd\n"
		"41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
		/* a second mount of the same hierarchy is not another one */
		"42 31 0:29 / /mnt/cpu rw - cgroup cgroup rw,cpu,cpuacct\n",
		"3:cpu,cpuacct:/user\n1:name=systemd:/user/s\n0::/u\n", &e);

	assert_non_null(h);
	assert_int_equal(cgroup_host_version(h), CGROUP_V1);
	assert_int_equal(h->n, 3);
	assert_string_equal(
		mount_named(h, "cpu,cpuacct", &own)->mount_point, "/sys/fs/cgroup/cpu,cpuacct");
	assert_string_equal(own, "/user");
	assert_non_null(mount_named(h, "name=systemd", &own));
	assert_string_equal(own, "/user/s");
	assert_true(mount_named(h, "", &own)->v2);
	assert_string_equal(own, "/u");
	assert_true(cgroup_host_has(h, "cpuacct"));
	assert_false(cgroup_host_has(h, "memory"));
}

static void systemds_own_hierarchy_does_not_make_it_v1(void **state)
{
	own_arena a = arena_new();
	struct err e;
	struct cgroup_host *h = read_host(a,
		"40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n"
		"41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
		"0::/\n", &e);

	assert_int_equal(cgroup_host_version(h), CGROUP_V2);
}

/* inside a container without a cgroup namespace the mount shows a subtree, and /proc counts from the top */
static void our_group_counts_from_what_is_mounted(void **state)
{
	own_arena a = arena_new();
	struct err e;
	const char *own;
	struct cgroup_host *h = read_host(a,
		"32 31 0:29 /docker/abc /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
		"33 31 0:30 /docker/abc /sys/fs/cgroup/me\\040mory rw - cgroup cgroup rw,memory\n",
		"3:pids:/docker/abc\n4:memory:/docker/abc/inner\n", &e);

	assert_non_null(mount_named(h, "pids", &own));
	assert_string_equal(own, "/");
	assert_string_equal(mount_named(h, "memory", &own)->mount_point, "/sys/fs/cgroup/me mory");
	assert_string_equal(own, "/inner");
}

static void a_machine_without_cgroups_is_an_error(void **state)
{
	own_arena a = arena_new();
	struct err e;

	assert_null(read_host(a, "25 30 0:23 / /sys rw - sysfs sysfs rw\n", "0::/\n", &e));
	assert_string_equal(e.msg, "no cgroup filesystem is mounted");
	assert_null(read_host(a, "", "", &e));
	assert_null(read_host(a, " - cgroup", "", &e));
}

/* a fresh v2 tree gives cpu to nobody: that is no reason to refuse limits of it */
static void v2_files_of_a_controller_nobody_has_yet_are_there(void **state)
{
	own_arena a = arena_new();
	struct err e;
	char top[] = "/tmp/tare-unit-XXXXXX";
	assert_non_null(mkdtemp(top));
	own_fd dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(
		fs_replace(dir, "cgroup.controllers", "cpu memory\n", 11, 0600, FS_NO_SYNC, &e), 0);
	assert_int_equal(
		fs_replace(dir, "cgroup.subtree_control", "memory\n", 7, 0600, FS_NO_SYNC, &e), 0);
	assert_int_equal(mkdirat(dir, "init.scope", 0700), 0);
	assert_int_equal(
		fs_replace(dir, "init.scope/memory.max", "max\n", 4, 0600, FS_NO_SYNC, &e), 0);
	struct cgroup_host *h = read_host(
		a, arena_printf(a, "35 25 0:30 / %s rw - cgroup2 cgroup2 rw\n", top), "0::/\n", &e);

	assert_true(cgroup_host_has_file(h, "memory", "memory.max"));
	assert_false(cgroup_host_has_file(h, "memory", "memory.swap.max"));
	assert_true(cgroup_host_has_file(h, "cpu", "cpu.max"));
	assert_false(cgroup_host_has_file(h, "pids", "pids.max"));
	unlinkat(dir, "init.scope/memory.max", 0);
	unlinkat(dir, "init.scope", AT_REMOVEDIR);
	unlinkat(dir, "cgroup.controllers", 0);
	unlinkat(dir, "cgroup.subtree_control", 0);
	rmdir(top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v2_alone_is_v2),
		cmocka_unit_test(v1_controllers_with_a_v2_tree_beside_are_v1),
		cmocka_unit_test(systemds_own_hierarchy_does_not_make_it_v1),
		cmocka_unit_test(our_group_counts_from_what_is_mounted),
		cmocka_unit_test(a_machine_without_cgroups_is_an_error),
		cmocka_unit_test(v2_files_of_a_controller_nobody_has_yet_are_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

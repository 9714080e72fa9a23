/* SPDX-License-Identifier: Apache-2.0 */
/* What an init layer gets, by what the image's layers have. */
#include "image/init_layer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#include "store_make.h"

/* Layers are l/A (upper) and l/B here; the result is in out/. */
static void apply(struct made *m)
{
	struct init_plan *plan;

	assert_int_equal(fs_mkdir_p(m->root, "l/A", 0755, &m->e), 0);
	assert_int_equal(fs_mkdir_p(m->root, "l/B", 0755, &m->e), 0);
	assert_int_equal(mkdirat(m->root, "out", 0755), 0);
	assert_int_equal(init_plan_make(m->root, "l/A:l/B", &plan, &m->e), 0);
	own_fd out = openat(m->root, "out", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(init_plan_apply(plan, m->root, out, &m->e), 0);
	init_plan_free(plan);
}

static mode_t mode_of(struct made *m, const char *path)
{
	struct stat st;

	return fstatat(m->root, path, &st, AT_SYMLINK_NOFOLLOW) ? 0 : st.st_mode;
}

static void mkdirs(struct made *m, const char *path, mode_t mode)
{
	assert_int_equal(fs_mkdir_p(m->root, path, 0755, &m->e), 0);
	assert_int_equal(fchmodat(m->root, path, mode, 0), 0);
}

static void an_empty_image_gets_all_stubs(void **state)
{
	struct made *m = *state;
	char target[32] = { 0 };

	apply(m);
	static const char *const dirs[] = { "out/dev", "out/dev/pts", "out/dev/shm", "out/etc",
		"out/proc", "out/sys" };
	static const char *const files[] = { "out/.dockerenv", "out/dev/console", "out/etc/hosts",
		"out/etc/hostname", "out/etc/resolv.conf" };
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		assert_int_equal(mode_of(m, dirs[i]), S_IFDIR | 0755);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		assert_int_equal(mode_of(m, files[i]), S_IFREG | 0755);
	assert_true(readlinkat(m->root, "out/etc/mtab", target, sizeof(target)) > 0);
	assert_string_equal(target, "/proc/mounts");
}

static void directories_of_the_image_stay_and_keep_their_looks(void **state)
{
	struct made *m = *state;

	mkdirs(m, "l/B/etc/hosts", 0700);
	mkdirs(m, "l/B/etc", 0710);
	mkdirs(m, "l/A/proc", 0555);
	mkdirs(m, "l/B/dev/pts", 0755);
	mkdirs(m, "l/B/dev", 0750);
	mkdirs(m, "l/A/dev", 0751);
	apply(m);
	assert_int_equal(mode_of(m, "out/etc"), S_IFDIR | 0710);
	assert_int_equal(mode_of(m, "out/etc/hosts"), 0);
	assert_int_equal(mode_of(m, "out/etc/hostname"), S_IFREG | 0755);
	assert_int_equal(mode_of(m, "out/proc"), 0);
	assert_int_equal(mode_of(m, "out/sys"), S_IFDIR | 0755);
	assert_int_equal(mode_of(m, "out/dev"), S_IFDIR | 0751);
	assert_int_equal(mode_of(m, "out/dev/pts"), 0);
}

static void links_in_the_way_are_replaced_never_followed(void **state)
{
	struct made *m = *state;

	mkdirs(m, "l/A", 0755);
	assert_int_equal(symlinkat("/etc", m->root, "l/A/etc"), 0);
	mkdirs(m, "l/B/etc/hosts", 0755); /* hidden by the link */
	assert_int_equal(symlinkat("/", m->root, "l/A/proc"), 0);
	apply(m);
	assert_int_equal(mode_of(m, "out/etc"), S_IFDIR | 0755);
	assert_int_equal(mode_of(m, "out/etc/hosts"), S_IFREG | 0755);
	assert_int_equal(mode_of(m, "out/proc"), S_IFDIR | 0755);
}

static void whiteouts_hide_lower_directories(void **state)
{
	struct made *m = *state;

	mkdirs(m, "l/A/dev", 0755);
	mkdirs(m, "l/B/sys", 0755);
	mkdirs(m, "l/B/dev/shm", 0700);
	assert_int_equal(mknodat(m->root, "l/A/sys", S_IFCHR, makedev(0, 0)), 0);
	assert_int_equal(mknodat(m->root, "l/A/dev/shm", S_IFCHR, makedev(0, 0)), 0);
	apply(m);
	assert_int_equal(mode_of(m, "out/sys"), S_IFDIR | 0755);
	assert_int_equal(mode_of(m, "out/dev/shm"), S_IFDIR | 0755);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, made_begin, made_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_image_gets_all_stubs),
		TEST(directories_of_the_image_stay_and_keep_their_looks),
		TEST(links_in_the_way_are_replaced_never_followed),
		TEST(whiteouts_hide_lower_directories),
	};
	umask(0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "layer/place.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fs.h"

static const char *cleaned(const char *name)
{
	static char out[PATH_MAX];
	struct err e;

	return place_clean(name, out, &e) ? NULL : out;
}

static void names_are_cleaned_as_go_does(void **state)
{
	assert_string_equal(cleaned("./etc/passwd"), "etc/passwd");
	assert_string_equal(cleaned("usr//bin/./x/"), "usr/bin/x");
	assert_string_equal(cleaned("/abs/olute"), "abs/olute");
	assert_string_equal(cleaned("a/b/../c"), "a/c");
	assert_string_equal(cleaned("a/.."), "");
	assert_string_equal(cleaned("./"), "");
	assert_string_equal(cleaned("/"), "");
	assert_string_equal(cleaned("..."), "...");
	assert_string_equal(cleaned("a/..b"), "a/..b");
}

static void names_that_lead_out_are_refused(void **state)
{
	char out[PATH_MAX];
	struct err e;

	assert_null(cleaned(".."));
	assert_null(cleaned("../x"));
	assert_null(cleaned("/../x"));
	assert_null(cleaned("a/../../x"));
	assert_int_equal(place_clean("a/../../x", out, &e), -1);
	assert_int_equal(e.kind, ERR_INVALID);
	assert_string_equal(e.msg, "\"a/../../x\" is outside of \"/\"");
}

static void long_names_are_refused_not_cut(void **state)
{
	char name[2 * PATH_MAX], out[PATH_MAX];
	struct err e;

	memset(name, 'x', sizeof(name));
	name[PATH_MAX - 2] = 0;
	assert_int_equal(place_clean(name, out, &e), 0);
	assert_string_equal(out, name);
	name[PATH_MAX - 2] = 'x';
	name[PATH_MAX - 1] = 0;
	assert_int_equal(place_clean(name, out, &e), -1);
	assert_non_null(strstr(e.msg, "file name too long"));
}

static int scratch(char *dir)
{
	return open(mkdtemp(dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void links_never_lead_out(void **state)
{
	char dir[] = "/tmp/tare-unit-XXXXXX";
	struct place at;
	struct stat inside, st;
	struct err e;
	own_fd root = scratch(dir);

	assert_int_equal(symlinkat("/", root, "absolute"), 0);
	assert_int_equal(symlinkat("../../../../..", root, "up"), 0);
	struct place_table *t = place_table_new(root);
	/* both come out at the root itself, where "etc" is made */
	assert_int_equal(place_find(t, "absolute/etc/x", &at, &e), 0);
	assert_string_equal(at.base, "x");
	assert_int_equal(fstatat(root, "etc", &inside, 0), 0);
	assert_int_equal(fstat(at.dir, &st), 0);
	assert_int_equal(st.st_ino, inside.st_ino);
	assert_int_equal(place_find(t, "up/etc/y", &at, &e), 0);
	assert_int_equal(fstat(at.dir, &st), 0);
	assert_int_equal(st.st_ino, inside.st_ino);
	place_table_free(t);
	assert_int_equal(fs_remove_tree(AT_FDCWD, dir, &e), 0);
}

static void a_file_is_no_directory(void **state)
{
	char dir[] = "/tmp/tare-unit-XXXXXX";
	struct place at;
	struct err e;
	own_fd root = scratch(dir);

	close(openat(root, "file", O_WRONLY | O_CREAT, 0600));
	struct place_table *t = place_table_new(root);
	assert_int_equal(place_find(t, "file/x", &at, &e), -1);
	assert_int_equal(e.kind, ERR_INVALID);
	place_table_free(t);
	assert_int_equal(fs_remove_tree(AT_FDCWD, dir, &e), 0);
}

static void more_directories_than_slots_and_back(void **state)
{
	char dir[] = "/tmp/tare-unit-XXXXXX", path[64];
	struct place at;
	struct stat st;
	struct err e;
	ino_t first = 0;
	own_fd root = scratch(dir);

	struct place_table *t = place_table_new(root);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 20; i++) {
			snprintf(path, sizeof(path), "d%d/x", i);
			assert_int_equal(place_find(t, path, &at, &e), 0);
			assert_int_equal(fstat(at.dir, &st), 0);
			if (i == 0 && round == 0)
				first = st.st_ino;
			else if (i == 0)
				assert_int_equal(st.st_ino, first);
		}
	}
	place_table_free(t);
	assert_int_equal(fs_remove_tree(AT_FDCWD, dir, &e), 0);
}

static void set_group_id_directories_are_noticed(void **state)
{
	char dir[] = "/tmp/tare-unit-XXXXXX";
	struct place at;
	struct err e;
	own_fd root = scratch(dir);

	assert_int_equal(mkdirat(root, "g", 0755), 0);
	assert_int_equal(fchmodat(root, "g", 02755, 0), 0);
	struct place_table *t = place_table_new(root);
	assert_int_equal(place_find(t, "g/x", &at, &e), 0);
	assert_true(at.gives_group);
	assert_int_equal(place_find(t, "x", &at, &e), 0);
	assert_false(at.gives_group);
	place_table_free(t);
	assert_int_equal(fs_remove_tree(AT_FDCWD, dir, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_cleaned_as_go_does),
		cmocka_unit_test(names_that_lead_out_are_refused),
		cmocka_unit_test(long_names_are_refused_not_cut),
		cmocka_unit_test(links_never_lead_out),
		cmocka_unit_test(a_file_is_no_directory),
		cmocka_unit_test(more_directories_than_slots_and_back),
		cmocka_unit_test(set_group_id_directories_are_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

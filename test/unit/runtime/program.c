/* SPDX-License-Identifier: Apache-2.0 */
/* What Go's exec.LookPath finds and says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/program.h"

static char dir[] = "/tmp/tare-unit-program-XXXXXX";

static int make_files(void **state)
{
	char path[128];

	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/tool", dir);
	FILE *tool = fopen(path, "w");
	if (!tool || fclose(tool) || chmod(path, 0755))
		return -1;
	snprintf(path, sizeof(path), "%s/text", dir);
	FILE *text = fopen(path, "w");
	if (!text || fclose(text) || chmod(path, 0644))
		return -1;
	snprintf(path, sizeof(path), "%s/folder", dir);
	return mkdir(path, 0755) || chdir(dir) ? -1 : 0;
}

static int remove_files(void **state)
{
	return unlink("tool") || unlink("text") || rmdir("folder") || chdir("/") || rmdir(dir);
}

static void finds_along_the_path(void **state)
{
	own_arena a = arena_new();
	struct err e;
	const char *path = arena_printf(a, "/nowhere:%s/folder:%s", dir, dir);

	assert_string_equal(program_find(a, "tool", path, &e), arena_printf(a, "%s/tool", dir));
}

static void says_what_is_missing(void **state)
{
	own_arena a = arena_new();
	struct err e;

	assert_null(program_find(a, "nosuch", dir, &e));
	assert_string_equal(e.msg, "exec: \"nosuch\": executable file not found in $PATH");
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_null(program_find(a, "tool", NULL, &e));
	assert_string_equal(e.msg, "exec: \"tool\": executable file not found in $PATH");
	assert_null(program_find(a, "./nosuch", dir, &e));
	assert_string_equal(e.msg, "exec: \"./nosuch\": stat ./nosuch: no such file or directory");
}

static void files_that_are_no_programs_are_passed_over(void **state)
{
	own_arena a = arena_new();
	struct err e;

	assert_null(program_find(a, "text", dir, &e));
	assert_string_equal(e.msg, "exec: \"text\": executable file not found in $PATH");
	assert_null(program_find(a, "./text", dir, &e));
	assert_string_equal(e.msg, "exec: \"./text\": permission denied");
	assert_null(program_find(a, "./folder", dir, &e));
	assert_string_equal(e.msg, "exec: \"./folder\": is a directory");
}

static void the_current_directory_is_not_trusted(void **state)
{
	own_arena a = arena_new();
	struct err e;

	assert_null(program_find(a, "tool", ":/bin", &e));
	assert_string_equal(
		e.msg, "exec: \"tool\": cannot run executable found relative to current directory");
	assert_string_equal(program_find(a, "./tool", NULL, &e), "./tool");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_along_the_path),
		cmocka_unit_test(says_what_is_missing),
		cmocka_unit_test(files_that_are_no_programs_are_passed_over),
		cmocka_unit_test(the_current_directory_is_not_trusted),
	};
	return cmocka_run_group_tests(tests, make_files, remove_files);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A second daemon does not start; what a dead one left does not hinder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "daemon/pidfile.h"

static char dir[32], path[64];

static int begin(void **state)
{
	snprintf(dir, sizeof(dir), "/tmp/pidfile-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sub/tared.pid", dir);
	return 0;
}

static int end(void **state)
{
	struct err e;

	return fs_remove_tree(AT_FDCWD, dir, &e);
}

static void put(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void pid_is_written_and_removed(void **state)
{
	char text[32] = "", mine[32];
	struct err e;

	assert_int_equal(pidfile_write(path, &e), 0);
	int fd = open(path, O_RDONLY);
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	snprintf(mine, sizeof(mine), "%d", (int)getpid());
	assert_string_equal(text, mine);
	pidfile_remove(path);
	assert_int_equal(access(path, F_OK), -1);
}

static void living_process_keeps_us_out(void **state)
{
	char text[200];
	struct err e;

	assert_int_equal(pidfile_write(path, &e), 0);
	snprintf(text, sizeof(text), "%d\n", (int)getppid());
	put(text);
	assert_int_equal(pidfile_write(path, &e), -1);
	snprintf(text, sizeof(text),
		"failed to start daemon, ensure docker is not running or delete %s: process with PID %d is "
		"still running",
		path, (int)getppid());
	assert_string_equal(e.msg, text);
	/* It is not ours to remove. */
	pidfile_remove(path);
	assert_int_equal(access(path, F_OK), 0);
}

static void leftovers_do_not_hinder(void **state)
{
	static const char *const texts[] = { "", "nonsense", "0", "99999999", "-5" };
	struct err e;

	assert_int_equal(pidfile_write(path, &e), 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put(texts[i]);
		if (pidfile_write(path, &e))
			fail_msg("\"%s\": %s", texts[i], e.msg);
	}
}

static void data_root_has_one_owner(void **state)
{
	struct err e;
	int first = pidfile_lock_root(dir, &e);

	assert_true(first >= 0);
	assert_int_equal(pidfile_lock_root(dir, &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	close(first);
	first = pidfile_lock_root(dir, &e);
	assert_true(first >= 0);
	close(first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pid_is_written_and_removed, begin, end),
		cmocka_unit_test_setup_teardown(living_process_keeps_us_out, begin, end),
		cmocka_unit_test_setup_teardown(leftovers_do_not_hinder, begin, end),
		cmocka_unit_test_setup_teardown(data_root_has_one_owner, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

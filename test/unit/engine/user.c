/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "engine/user.h"

static const struct user_files files = {
	.passwd = "root:x:0:0:root:/root:/bin/sh\n"
		  "# a comment\n"
		  "broken\n"
		  "jack:x:1000:1000::/home/jack:/bin/sh\n"
		  "1234:x:77:78::/:/bin/sh\n"
		  "bad:x:notanumber:1::/:/bin/sh\n",
	.group = "root:x:0:root\n"
		 "wheel:x:10:root,jack\n"
		 "jack:x:1000:\n"
		 "audio:x:29: jack ,other\n",
};

static const char *looked_up(struct arena *a, const struct user_files *f, const char *spec)
{
	struct oci_user u;
	struct err e;

	if (user_lookup(a, f, spec, NULL, &u, &e))
		return arena_strdup(a, e.msg);
	const char *s = arena_printf(a, "%u:%u", u.uid, u.gid);
	for (size_t i = 0; i < u.additional_gids.n; i++)
		s = arena_printf(a, "%s%s%u", s, i ? "," : " ", u.additional_gids.v[i]);
	return s;
}

static void users_and_groups_are_looked_up(void **state)
{
	static const struct {
		const char *spec, *want;
	} rows[] = {
		{ "", "0:0 0,10" },
		{ "root", "0:0 0,10" },
		{ "jack", "1000:1000 1000,10,29" },
		{ "1000", "1000:1000 1000,10,29" },
		{ "jack:audio", "1000:29 29" },
		{ "jack:4711", "1000:4711 4711" },
		{ "4711", "4711:0 0" },
		{ "4711:4712", "4711:4712 4712" },
		{ "1234", "1234:0 0" }, /* a number is an id, never a name */
		{ "bad", "unable to find user bad: no matching entries in passwd file" },
		{ "nobody", "unable to find user nobody: no matching entries in passwd file" },
		{ "jack:nogroup",
			"unable to find group nogroup: no matching entries in group file" },
		{ "2147483648", "uids and gids must be in range 0-2147483647" },
		{ "-1", "uids and gids must be in range 0-2147483647" },
		{ "jack:-1", "uids and gids must be in range 0-2147483647" },
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(looked_up(a, &files, rows[i].spec), rows[i].want);
	arena_free(a);
}

static void without_files_numbers_still_work(void **state)
{
	static const struct user_files none;
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(looked_up(a, &none, ""), "0:0 0");
	assert_string_equal(looked_up(a, &none, "5:6"), "5:6 6");
	assert_string_equal(looked_up(a, &none, "root"),
		"unable to find user root: no matching entries in passwd file");
	arena_free(a);
}

static void groups_are_added_by_name_and_number(void **state)
{
	const char *names[] = { "audio", "10", "999" }, *unknown[] = { "nosuch" };
	const struct str_list add = { names, 3 }, bad = { unknown, 1 };
	struct arena *a = arena_new();
	struct oci_user u;
	struct err e;

	(void)state;
	assert_int_equal(user_lookup(a, &files, "root", &add, &u, &e), 0);
	assert_int_equal(u.additional_gids.n, 4);
	assert_int_equal(u.additional_gids.v[2], 29);
	assert_int_equal(u.additional_gids.v[3], 999);
	assert_int_equal(user_lookup(a, &files, "root", &bad, &u, &e), -1);
	assert_string_equal(e.msg, "Unable to find group nosuch");
	arena_free(a);
}

/* A link that points out of the root is followed inside it; a fifo is refused, not waited for. */
static void hostile_files_lead_nowhere(void **state)
{
	char path[] = "/tmp/user-test-XXXXXX";
	struct arena *a = arena_new();
	struct user_files f;
	struct err e;

	(void)state;
	assert_non_null(mkdtemp(path));
	own_fd root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(root, "etc", 0755), 0);
	assert_int_equal(symlinkat("../../../../../../etc/passwd", root, "etc/passwd"), 0);
	assert_int_equal(user_read_files(a, root, &f, &e), -1); /* a loop inside the root */
	assert_int_equal(unlinkat(root, "etc/passwd", 0), 0);
	assert_int_equal(user_read_files(a, root, &f, &e), 0);
	assert_null(f.passwd);
	assert_int_equal(mkfifoat(root, "etc/passwd", 0644), 0);
	assert_int_equal(user_read_files(a, root, &f, &e), -1);
	assert_string_equal(e.msg, "etc/passwd is not a regular file");
	assert_int_equal(unlinkat(root, "etc/passwd", 0), 0);
	assert_int_equal(unlinkat(root, "etc", AT_REMOVEDIR), 0);
	assert_int_equal(rmdir(path), 0);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(users_and_groups_are_looked_up),
		cmocka_unit_test(without_files_numbers_still_work),
		cmocka_unit_test(groups_are_added_by_name_and_number),
		cmocka_unit_test(hostile_files_lead_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

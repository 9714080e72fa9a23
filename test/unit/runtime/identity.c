/* SPDX-License-Identifier: Apache-2.0 */
/* HOME from /etc/passwd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/identity.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "broken line\n"
			     "nohome:x:5:5::\n"
			     "user:x:1000:1000:A User,,,:/home/user:/bin/sh";

static void home_of_a_uid(void **state)
{
	own_arena a = arena_new();
	size_t n = strlen(passwd);

	assert_string_equal(identity_home_in(a, passwd, n, 0), "/root");
	assert_string_equal(identity_home_in(a, passwd, n, 1000), "/home/user");
	assert_string_equal(identity_home_in(a, passwd, n, 5), "");
	assert_null(identity_home_in(a, passwd, n, 7));
	assert_null(identity_home_in(a, "", 0, 0));
}

static void the_text_need_not_end_in_nul(void **state)
{
	own_arena a = arena_new();

	/* cut in the middle of user's home */
	assert_string_equal(
		identity_home_in(a, passwd, strlen(passwd) - strlen("user:/bin/sh"), 1000),
		"/home/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(home_of_a_uid),
		cmocka_unit_test(the_text_need_not_end_in_nul),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

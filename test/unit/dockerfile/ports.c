/* SPDX-License-Identifier: Apache-2.0 */
/* EXPOSE's ports. */
#include "dockerfile/ports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void ranges_and_protocols(void **state)
{
	struct str_list set = { 0 };
	own_arena a = arena_new();
	struct err e;

	assert_int_equal(ports_expose(a, "8000-8002/UDP", &set, &e), 0);
	assert_int_equal(set.n, 3);
	assert_string_equal(set.v[2], "8002/udp");
	assert_int_equal(ports_expose(a, "1.2.3.4:80:81", &set, &e), 0);
	assert_string_equal(set.v[3], "81/tcp");
	assert_int_equal(ports_expose(a, "9-8", &set, &e), -1);
	assert_string_equal(e.msg, "invalid containerPort: 9-8");
	assert_int_equal(ports_expose(a, "65536", &set, &e), -1);
	assert_int_equal(ports_expose(a, "/tcp", &set, &e), -1);
	assert_string_equal(e.msg, "no port specified: /tcp<empty>");
	assert_int_equal(ports_expose(a, "65535", &set, &e), 0);
	assert_string_equal(set.v[4], "65535/tcp");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_and_protocols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

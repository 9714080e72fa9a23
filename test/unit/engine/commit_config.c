/* SPDX-License-Identifier: Apache-2.0 */
/* What an image of a container is configured with: moby's merge, and Go's way of writing it. */
#include "engine/commit_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct container_config container(struct arena *a)
{
	struct container_config c = { .user = "me", .working_dir = "/w", .stop_signal = "9" };

	str_list_add(a, &c.env, "A=1");
	str_list_add(a, &c.env, "B=1");
	str_list_add(a, &c.cmd, "sh");
	str_list_add(a, &c.entrypoint, "/e");
	str_list_add(a, &c.exposed_ports, "80/tcp");
	str_map_set(a, &c.labels, "z", "1");
	str_map_set(a, &c.labels, "b", "<1>");
	return c;
}

static void what_is_not_said_is_the_containers(void **state)
{
	own_arena a = arena_new();
	struct container_config ctr = container(a), c = { 0 };

	commit_config_merge(a, &c, &ctr);
	assert_string_equal(c.user, "me");
	assert_string_equal(c.cmd.v[0], "sh");
	assert_string_equal(c.entrypoint.v[0], "/e");
	assert_int_equal(c.env.n, 2);
	assert_string_equal(str_map_get(&c.labels, "z"), "1");
}

static void what_is_said_stays(void **state)
{
	own_arena a = arena_new();
	struct container_config ctr = container(a), c = { .user = "you" };

	str_list_add(a, &c.env, "B=2");
	str_list_add(a, &c.entrypoint, "/mine");
	str_list_add(a, &c.exposed_ports, "81/tcp");
	str_map_set(a, &c.labels, "z", "2");
	commit_config_merge(a, &c, &ctr);
	assert_string_equal(c.user, "you");
	assert_string_equal(c.env.v[0], "B=2");
	assert_string_equal(c.env.v[1], "A=1");
	assert_int_equal(
		c.cmd.n, 0); /* an entrypoint of its own does without the container's command */
	assert_int_equal(c.exposed_ports.n, 2);
	assert_string_equal(str_map_get(&c.labels, "z"), "2");
	assert_string_equal(str_map_get(&c.labels, "b"), "<1>");
	assert_string_equal(str_map_get(&ctr.labels, "z"), "1");
}

static void maps_are_written_sorted(void **state)
{
	own_arena a = arena_new();
	struct container_config c = container(a);
	const char *json = commit_config_json(a, &c);

	assert_non_null(strstr(json, "\"Labels\":{\"b\":\"\\u003c1\\u003e\",\"z\":\"1\"}"));
	assert_non_null(strstr(json, "\"Volumes\":null"));
}

static void changes_are_checked(void **state)
{
	own_arena a = arena_new();
	struct container_config c = { 0 };
	struct str_list changes = { 0 };
	struct err e;

	str_list_add(a, &changes, "STOPSIGNAL FOO");
	assert_int_equal(commit_config_change(a, &c, &changes, &e), -1);
	assert_string_equal(e.msg, "Invalid signal: FOO");
	changes.v[0] = "STOPSIGNAL SIGTERM";
	assert_int_equal(commit_config_change(a, &c, &changes, &e), 0);
	assert_string_equal(c.stop_signal, "SIGTERM");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_said_is_the_containers),
		cmocka_unit_test(what_is_said_stays),
		cmocka_unit_test(maps_are_written_sorted),
		cmocka_unit_test(changes_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

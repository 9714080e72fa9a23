/* SPDX-License-Identifier: Apache-2.0 */
/* What `commit --change` makes of a configuration; errors are Docker's. */
#include "dockerfile/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/slice.h"

struct fixture {
	struct arena *a;
	struct container_config config;
	struct str_list changes;
	struct dockerfile_target target;
	struct err e;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->a = arena_new();
	f->target = (struct dockerfile_target){ .arena = f->a, .config = &f->config };
	str_list_add(f->a, &f->config.env, "PATH=/bin");
	str_list_add(f->a, &f->config.cmd, "sh");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	arena_free(f->a);
	free(f);
	return 0;
}

static int change(struct fixture *f, const char *line)
{
	f->changes = (struct str_list){ 0 };
	str_list_add(f->a, &f->changes, line);
	return dockerfile_change(&f->changes, &f->target, &f->e);
}

static void assert_list(const struct str_list *l, const char *joined)
{
	char text[512] = "";
	size_t at = 0;

	for (size_t i = 0; i < l->n; i++) {
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? "|" : "", l->v[i]);
	}
	assert_string_equal(text, joined);
}

static void a_command_line_goes_to_the_shell(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(change(f, "CMD echo hi"), 0);
	assert_list(&f->config.cmd, "/bin/sh|-c|echo hi");
	assert_int_equal(change(f, "cmd [\"a\", \"b c\"] rest"), 0);
	assert_list(&f->config.cmd, "a|b c");
	assert_int_equal(change(f, "CMD [\"a\", b]"), 0); /* no JSON: a line like any other */
	assert_list(&f->config.cmd, "/bin/sh|-c|[\"a\", b]");
	assert_int_equal(change(f, "CMD [1]"), -1);
}

static void an_entrypoint_takes_the_command_away(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(change(f, "ENTRYPOINT [\"/e\"]"), 0);
	assert_list(&f->config.entrypoint, "/e");
	assert_null(f->config.cmd.v);
	assert_int_equal(change(f, "CMD [\"x\"]\nENTRYPOINT [\"/f\"]"), 0);
	assert_list(&f->config.cmd, "x");
	assert_int_equal(change(f, "ENTRYPOINT []"), 0);
	assert_null(f->config.entrypoint.v);
}

static void env_replaces_and_adds(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(change(f, "ENV A=1 B=\"two words\" PATH=$PATH:/x"), 0);
	assert_list(&f->config.env, "PATH=/bin:/x|A=1|B=two words");
	/* values are of the environment before the instruction */
	assert_int_equal(change(f, "ENV A=2 C=$A"), 0);
	assert_list(&f->config.env, "PATH=/bin:/x|A=2|B=two words|C=1");
	assert_int_equal(change(f, "ENV D some value"), 0);
	assert_string_equal(f->config.env.v[4], "D=some value");
	assert_int_equal(change(f, "ENV D"), -1);
	assert_non_null(strstr(f->e.msg, "ENV must have two arguments"));
	assert_int_equal(change(f, "ENV A=1 B"), -1);
	assert_non_null(strstr(f->e.msg, "Syntax error - can't find = in \"B\""));
	assert_int_equal(change(f, "ENV =x"), -1);
	assert_string_equal(f->e.msg, "ENV names can not be blank");
}

static void labels_ports_volumes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(change(f, "LABEL a=1 'b c'=2\nEXPOSE 80 53/UDP 8000-8001 80\n"
				   "VOLUME /a /b\nVOLUME [\"/c d\"]"),
		0);
	assert_string_equal(str_map_get(&f->config.labels, "a"), "1");
	assert_string_equal(str_map_get(&f->config.labels, "b c"), "2");
	assert_list(&f->config.exposed_ports, "80/tcp|53/udp|8000/tcp|8001/tcp");
	assert_list(&f->config.volumes, "/a|/b|/c d");
	assert_int_equal(change(f, "EXPOSE http"), -1);
	assert_string_equal(f->e.msg, "invalid containerPort: http");
	assert_int_equal(change(f, "EXPOSE 80/xyz"), -1);
	assert_string_equal(f->e.msg, "invalid proto: xyz");
	assert_int_equal(change(f, "VOLUME [\" \"]"), -1);
	assert_string_equal(f->e.msg, "VOLUME specified can not be an empty string");
}

static void a_health_check(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		change(f, "HEALTHCHECK --interval=5s --timeout=1m --retries=4 CMD curl -f x"), 0);
	assert_list(&f->config.healthcheck->test, "CMD-SHELL|curl -f x");
	assert_int_equal(f->config.healthcheck->interval_ns, 5000000000LL);
	assert_int_equal(f->config.healthcheck->timeout_ns, 60000000000LL);
	assert_int_equal(f->config.healthcheck->retries, 4);
	assert_int_equal(change(f, "HEALTHCHECK CMD [\"a\",\"b\"]"), 0);
	assert_list(&f->config.healthcheck->test, "CMD|a|b");
	assert_int_equal(change(f, "HEALTHCHECK NONE"), 0);
	assert_list(&f->config.healthcheck->test, "NONE");
	assert_int_equal(change(f, "HEALTHCHECK CMD"), -1);
	assert_string_equal(f->e.msg, "Missing command after HEALTHCHECK CMD");
	assert_int_equal(change(f, "HEALTHCHECK RUN x"), -1);
	assert_string_equal(f->e.msg, "Unknown type \"RUN\" in HEALTHCHECK (try CMD)");
	assert_int_equal(change(f, "HEALTHCHECK --foo=1 CMD x"), -1);
	assert_string_equal(f->e.msg, "unknown flag: --foo");
	assert_int_equal(change(f, "HEALTHCHECK --interval=1us CMD x"), -1);
	assert_string_equal(f->e.msg, "Interval \"interval\" cannot be less than 1ms");
}

static void user_workdir_onbuild(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		change(f, "USER me\nWORKDIR /a/../b/\nWORKDIR c\nONBUILD  RUN make it"), 0);
	assert_string_equal(f->config.user, "me");
	assert_string_equal(f->config.working_dir, "/b/c");
	assert_list(&f->config.on_build, "RUN make it");
	assert_int_equal(change(f, "ONBUILD ONBUILD RUN x"), -1);
	assert_string_equal(f->e.msg, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
	assert_int_equal(change(f, "ONBUILD FROM x"), -1);
	assert_string_equal(f->e.msg, "FROM isn't allowed as an ONBUILD trigger");
	assert_int_equal(change(f, "USER"), -1);
	assert_string_equal(f->e.msg, "USER requires exactly one argument");
	assert_int_equal(change(f, "USER --x me"), -1);
	assert_string_equal(f->e.msg, "unknown flag: --x");
}

static void only_changes_are_let_in(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(change(f, "RUN x"), -1);
	assert_string_equal(f->e.msg, "RUN is not a valid change command");
	assert_int_equal(change(f, "SHELL [\"a\"]"), -1);
	assert_string_equal(f->e.msg, "SHELL is not a valid change command");
	assert_int_equal(change(f, "USER me\nRUN x"), -1);
	assert_null(f->config.user); /* nothing was done before all were looked at */
	assert_int_equal(change(f, "# nothing"), -1);
	assert_string_equal(f->e.msg, "file with no instructions");
	assert_int_equal(change(f, "FOO bar"), -1);
	assert_string_equal(f->e.msg, "FOO is not a valid change command");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_command_line_goes_to_the_shell, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			an_entrypoint_takes_the_command_away, set_up, tear_down),
		cmocka_unit_test_setup_teardown(env_replaces_and_adds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(labels_ports_volumes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_health_check, set_up, tear_down),
		cmocka_unit_test_setup_teardown(user_workdir_onbuild, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_changes_are_let_in, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

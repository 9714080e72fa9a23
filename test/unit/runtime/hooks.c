/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks: what they get and how they fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/hooks.h"

static const struct hook_place nowhere;

static int run_shell(const char *script, const char *env, struct err *e)
{
	const char *args[] = { "sh", "-c", script };
	const char *vars[] = { env };
	struct oci_hook hook = {
		.path = "/bin/sh",
		.args = { args, 3 },
		.env = { vars, env ? 1 : 0 },
	};
	struct oci_hook_list list = { &hook, 1 };
	own_buf text;

	buf_init(&text, 1 << 20);
	buf_str(&text, "{\"id\":\"c\"}");
	/* longer than a pipe holds: a hook that does not read must not block us */
	buf_pad(&text, ' ', 200000);
	return hooks_run("createRuntime", &list, &text, &nowhere, e);
}

static void state_is_on_stdin(void **state)
{
	struct err e;

	assert_int_equal(
		run_shell("read x; case $x in '{\"id\":\"c\"}'*) ;; *) exit 1 ;; esac", NULL, &e),
		0);
	assert_int_equal(run_shell("true", NULL, &e), 0);
}

static void the_environment_is_the_named_one(void **state)
{
	struct err e;

	assert_int_equal(run_shell("test \"$A\" = 1 && test -z \"$HOME\"", "A=1", &e), 0);
}

static void without_one_it_is_that_of_the_place(void **state)
{
	const char *args[] = { "sh", "-c",
		"test \"$A\" = 2 && test -z \"$HOME\" && test \"$PWD\" = /usr" };
	const char *vars[] = { "A=2" };
	struct oci_hook hook = { .path = "/bin/sh", .args = { args, 3 } };
	struct oci_hook_list list = { &hook, 1 };
	const struct str_list env = { vars, 1 };
	const struct hook_place place = { &env, "/usr" }, gone = { &env, "/nowhere/at/all" };
	struct err e;
	own_buf text;

	buf_init(&text, 100);
	assert_int_equal(hooks_run("poststop", &list, &text, &place, &e), 0);
	args[2] = "true";
	assert_int_equal(hooks_run("poststop", &list, &text, &gone, &e), 0);
}

static void failures_are_told_in_runcs_words(void **state)
{
	struct err e;

	assert_int_equal(run_shell("echo out; echo err >&2; exit 3", NULL, &e), -1);
	assert_string_equal(e.msg,
		"error running hook #0: error running hook: exit status 3, stdout: out\n, stderr: err\n");
	assert_int_equal(run_shell("kill -9 $$", NULL, &e), -1);
	assert_string_equal(e.msg,
		"error running hook #0: error running hook: signal: killed, stdout: , stderr: ");
}

static void a_missing_file_is_told_in_gos_words(void **state)
{
	struct oci_hook hooks[] = { { .path = "/bin/true" }, { .path = "/nope" } };
	struct oci_hook_list list = { hooks, 2 };
	struct err e;
	own_buf text;

	buf_init(&text, 100);
	assert_int_equal(hooks_run("poststop", &list, &text, &nowhere, &e), -1);
	assert_string_equal(
		e.msg, "error running hook #1: fork/exec /nope: no such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(state_is_on_stdin),
		cmocka_unit_test(the_environment_is_the_named_one),
		cmocka_unit_test(without_one_it_is_that_of_the_place),
		cmocka_unit_test(failures_are_told_in_runcs_words),
		cmocka_unit_test(a_missing_file_is_told_in_gos_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

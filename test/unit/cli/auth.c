/* SPDX-License-Identifier: Apache-2.0 */
/* Who the user is at a registry, and which platform is meant: the forms they are sent in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "cli/credential_helper.h"
#include "cli/platform_opt.h"

static struct arena *a;

static void registries_are_named_by_host(void **state)
{
	static const char *const cases[][2] = {
		{ "https://reg.example.com:5000/v2/", "reg.example.com:5000" },
		{ "http://reg.example.com", "reg.example.com" },
		{ "reg.example.com/some/path", "reg.example.com" },
		{ "https://user@host:1/x", "host:1" },
		{ "localhost", "localhost" },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(credentials_host(a, cases[i][0]), cases[i][1]);
	assert_string_equal(credentials_key("docker.io"), CREDENTIALS_HUB);
	assert_string_equal(credentials_key("index.docker.io"), CREDENTIALS_HUB);
	assert_string_equal(credentials_key("ghcr.io"), "ghcr.io");
}

static void headers_hold_only_what_is_set(void **state)
{
	struct credentials auth = CREDENTIALS_NONE;

	assert_string_equal(credentials_header(a, &auth), "e30=");
	auth.username = "me";
	auth.password = "<&>";
	assert_string_equal(credentials_json(a, &auth),
		"{\"username\":\"me\",\"password\":\"\\u003c\\u0026\\u003e\"}");
}

static void helpers_answer_with_a_password_or_a_token(void **state)
{
	static const char user[] = "{\"ServerURL\":\"x\",\"Username\":\"u\",\"Secret\":\"s\"}";
	static const char token[] = "{\"Username\":\"<token>\",\"Secret\":\"t\"}";
	struct credentials c = CREDENTIALS_NONE;

	assert_true(credential_helper_parse(a, user, strlen(user), &c));
	assert_string_equal(c.username, "u");
	assert_string_equal(c.password, "s");
	assert_string_equal(c.identity_token, "");
	assert_true(credential_helper_parse(a, token, strlen(token), &c));
	assert_string_equal(c.username, "");
	assert_string_equal(c.password, "");
	assert_string_equal(c.identity_token, "t");
	assert_false(credential_helper_parse(a, "[]", 2, &c));
	assert_false(credential_helper_parse(a, "", 0, &c));
}

static void platforms_are_sent_as_they_were_meant(void **state)
{
	static const char *const cases[][2] = {
		{ "linux/arm64", "{\"architecture\":\"arm64\",\"os\":\"linux\"}" },
		{ "linux/arm64/v8",
			"{\"architecture\":\"arm64\",\"os\":\"linux\",\"variant\":\"v8\"}" },
		{ "linux/arm", "{\"architecture\":\"arm\",\"os\":\"linux\"}" },
		{ "linux/arm/v7",
			"{\"architecture\":\"arm\",\"os\":\"linux\",\"variant\":\"v7\"}" },
		{ "linux/x86_64", "{\"architecture\":\"amd64\",\"os\":\"linux\"}" },
	};
	struct err e;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(platform_opt_json(a, cases[i][0], &e), cases[i][1]);
	assert_null(platform_opt_json(a, "a/b/c/d", &e));
	assert_string_equal(
		e.msg, "\"a/b/c/d\": cannot parse platform specifier: invalid argument");
}

static int setup(void **state)
{
	a = arena_new();
	return 0;
}

static int teardown(void **state)
{
	arena_free(a);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registries_are_named_by_host),
		cmocka_unit_test(headers_hold_only_what_is_set),
		cmocka_unit_test(helpers_answer_with_a_password_or_a_token),
		cmocka_unit_test(platforms_are_sent_as_they_were_meant),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The table of routes: every row can be reached, ids may hold slashes, versions are cut off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/routes.h"

/* The pattern with a name in place of {…}. */
static const char *sample(struct arena *a, const char *pattern)
{
	const char *open = strchr(pattern, '{');

	if (!open)
		return pattern;
	return arena_printf(a, "%.*sx-1%s", (int)(open - pattern), pattern, strchr(open, '}') + 1);
}

static void every_row_is_reached(void **state)
{
	struct arena *a = arena_new();
	const char *id;

	for (const struct route *r = api_routes; r->method; r++) {
		const struct route *found = route_find(a, r->method, sample(a, r->pattern), &id);

		if (found != r)
			fail_msg("%s %s is hidden by %s", r->method, r->pattern,
				found ? found->pattern : "nothing");
		assert_true((id != NULL) == (strchr(r->pattern, '{') != NULL));
		assert_non_null(r->handler);
		assert_true((r->what != NULL) == (r->handler == absent_feature));
	}
	arena_free(a);
}

static void ids_may_hold_slashes(void **state)
{
	static const struct {
		const char *method, *path, *pattern, *id;
	} rows[] = {
		{ "GET", "/images/localhost:5000/a/b:1/json", "/images/{name}/json",
			"localhost:5000/a/b:1" },
		{ "DELETE", "/images/a/b", "/images/{name}", "a/b" },
		{ "POST", "/images/a/tag/tag", "/images/{name}/tag", "a/tag" },
		{ "GET", "/containers/json", "/containers/json", NULL },
		{ "GET", "/containers/json/json", "/containers/{name}/json", "json" },
		{ "GET", "/containers//json", NULL, NULL },
		{ "GET", "/containers", NULL, NULL },
		{ "POST", "/info", NULL, NULL },
		{ "HEAD", "/info", NULL, NULL },
		{ "GET", "/", NULL, NULL },
		{ "GET", "", NULL, NULL },
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *id = NULL;
		const struct route *r = route_find(a, rows[i].method, rows[i].path, &id);

		if (!rows[i].pattern) {
			assert_null(r);
			continue;
		}
		assert_string_equal(r->pattern, rows[i].pattern);
		if (rows[i].id)
			assert_string_equal(id, rows[i].id);
	}
	arena_free(a);
}

static void version_is_cut_off(void **state)
{
	static const char *const rows[][3] = {
		{ "/v1.50/info", "1.50", "/info" },
		{ "/v9/info", "9", "/info" },
		{ "/v1.2.3/x", "1.2.3", "/x" },
		{ "/info", NULL, "/info" },
		{ "/v1.50", NULL, "/v1.50" },
		{ "/vx/info", NULL, "/vx/info" },
		{ "/volumes", NULL, "/volumes" },
		{ "/v1.50x/info", NULL, "/v1.50x/info" },
	};
	struct arena *a = arena_new();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *version;

		assert_string_equal(route_cut_version(a, rows[i][0], &version), rows[i][2]);
		if (rows[i][1])
			assert_string_equal(version, rows[i][1]);
		else
			assert_null(version);
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_reached),
		cmocka_unit_test(ids_may_hold_slashes),
		cmocka_unit_test(version_is_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

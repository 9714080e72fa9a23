/* SPDX-License-Identifier: Apache-2.0 */
/* Columns, widths, ports, JSON layout, keys, wrapped help: text as docker lays it out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/columns.h"
#include "cli/filter_opt.h"
#include "cli/jsontext.h"
#include "cli/listing.h"
#include "cli/ports.h"
#include "cli/progress.h"
#include "cli/tty.h"
#include "cli/usage.h"

static struct arena *a;

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

static const char *columns(const char *text)
{
	static const struct columns layout = { .min_width = 10, .padding = 3 };
	own_buf out = { 0 };

	buf_init(&out, 1 << 16);
	columns_write(&out, &layout, text, strlen(text));
	return arena_strndup(a, out.data, out.len);
}

static void columns_align_neighbouring_lines(void **state)
{
	assert_string_equal(
		columns("A\tB\nlonger cell\tx\n"), "A             B\nlonger cell   x\n");
	assert_string_equal(
		columns("A\tB\n\nxxxxxxxxxxxx\ty\n"), "A         B\n\nxxxxxxxxxxxx   y\n");
	assert_string_equal(columns("\xe4\xb8\x96\xe7\x95\x8c\tx\nabcdefghij\ty\n"),
		"\xe4\xb8\x96\xe7\x95\x8c         x\nabcdefghij   y\n");
	assert_string_equal(columns("no newline\tat end"), "no newline   at end");
}

static void ellipsis_counts_columns(void **state)
{
	assert_string_equal(listing_ellipsis(a, "12345", 5), "12345");
	assert_string_equal(listing_ellipsis(a, "123456", 5), "1234\xe2\x80\xa6");
	assert_string_equal(listing_ellipsis(a, "\xe4\xb8\x96\xe7\x95\x8c\xe4\xb8\x96", 5),
		"\xe4\xb8\x96\xe7\x95\x8c\xe2\x80\xa6");
}

static void names_sort_by_their_numbers(void **state)
{
	assert_true(listing_natural_compare("a2", "a10") < 0);
	assert_true(listing_natural_compare("a10", "a10b") < 0);
	assert_true(listing_natural_compare("b", "a10") > 0);
	assert_int_equal(listing_natural_compare("x1", "x1"), 0);
}

static void neighbouring_ports_fold(void **state)
{
	static const char text[] =
		"[{\"IP\":\"0.0.0.0\",\"PrivatePort\":8001,\"PublicPort\":8001,\"Type\":\"tcp\"},"
		"{\"IP\":\"0.0.0.0\",\"PrivatePort\":8000,\"PublicPort\":8000,\"Type\":\"tcp\"},"
		"{\"IP\":\"::\",\"PrivatePort\":80,\"PublicPort\":8080,\"Type\":\"tcp\"},"
		"{\"PrivatePort\":53,\"Type\":\"udp\"},{\"PrivatePort\":55,\"Type\":\"udp\"}]";
	struct err e;
	own_json doc = json_parse(text, sizeof(text) - 1, &e);

	assert_string_equal(ports_display(a, doc),
		"53/udp, 55/udp, 0.0.0.0:8000-8001->8000-8001/tcp, [::]:8080->80/tcp");
	assert_string_equal(ports_display(a, NULL), "");
}

static const char *layout(const char *text, const char *indent)
{
	own_buf out = { 0 };

	buf_init(&out, 1 << 16);
	jsontext_layout(&out, text, strlen(text), indent);
	return arena_strndup(a, out.data, out.len);
}

static void json_text_keeps_what_it_does_not_understand(void **state)
{
	assert_string_equal(
		layout("[{\"a\": 1e3,\"b\":[ ],\n\"c\":{},\"d\":\"\\u003c \\\" x\"}]", "  "),
		"[\n  {\n    \"a\": 1e3,\n    \"b\": [],\n    \"c\": {},\n    \"d\": \"\\u003c \\\" "
		"x\"\n  }\n]");
	assert_string_equal(layout("{ \"a\" : [1, 2] }\n", NULL), "{\"a\":[1,2]}");
}

static const char *typed(struct tty_keys *k, const char *text, bool *detached)
{
	own_buf out = { 0 };

	buf_init(&out, 4096);
	*detached = tty_keys_feed(k, (const unsigned char *)text, strlen(text), &out);
	return arena_strndup(a, out.data, out.len);
}

static void detach_keys_are_held_back_until_they_differ(void **state)
{
	struct tty_keys k;
	bool detached;

	assert_true(tty_keys_init(&k, ""));
	assert_string_equal(typed(&k, "a\x10", &detached), "a");
	assert_false(detached);
	assert_string_equal(typed(&k, "b", &detached), "\x10"
						       "b");
	assert_string_equal(typed(&k, "\x10\x11", &detached), "");
	assert_true(detached);
	assert_true(tty_keys_init(&k, "ctrl-x,q"));
	assert_string_equal(typed(&k, "ls\n\x18q", &detached), "ls\n");
	assert_true(detached);
	assert_false(tty_keys_init(&k, "ctrl-xx"));
	assert_int_equal(k.n, 2);
}

struct some_opts {
	struct opts_common common;
	bool flag;
	const char *name;
};

static void help_wraps_before_the_last_column(void **state)
{
	static const struct opt opts[] = {
		OPT(STR, 'n', "name", "string", struct some_opts, name,
			"A text that is long enough to be wrapped once or twice in a narrow window"),
		OPT(BOOL, 0, "all", NULL, struct some_opts, flag, "Short\nlines"),
		OPT_END,
	};
	own_buf out = { 0 };

	buf_init(&out, 4096);
	usage_options(&out, opts, NULL, 60);
	assert_string_equal(out.data, "      --all           Short\n                      lines\n"
				      "  -n, --name string   A text that is long enough to be\n"
				      "                      wrapped once or twice in a\n"
				      "                      narrow window\n");
}

static void filters_become_the_api_parameter(void **state)
{
	struct filter_opts o = { 0 };
	struct opt_ctx ctx = { a, &o };
	struct err e;

	assert_null(filter_opt_json(a, &o.filter));
	assert_int_equal(filter_opt_set(&ctx, " Status = exited ", &e), 0);
	assert_int_equal(filter_opt_set(&ctx, "label=b=<2>", &e), 0);
	assert_int_equal(filter_opt_set(&ctx, "label=a", &e), 0);
	assert_int_equal(filter_opt_set(&ctx, "label=a", &e), 0);
	assert_string_equal(filter_opt_json(a, &o.filter),
		"{\"label\":{\"a\":true,\"b=\\u003c2\\u003e\":true},\"status\":{\"exited\":true}}");
	assert_int_equal(filter_opt_set(&ctx, "x", &e), -1);
	assert_string_equal(e.msg, "bad format of filter (expected name=value)");
}

static void progress_bars(void **state)
{
	static const struct {
		struct progress p;
		int columns;
		const char *text;
	} cases[] = {
		{ { 0, 0, 0, false, "" }, 200, "" },
		{ { 5855000, 5855000, 0, false, "" }, 200,
			"[==================================================>]  5.855MB/5.855MB" },
		{ { 1, 4, 0, false, "" }, 200,
			"[============>                                      ]       1B/4B" },
		{ { 1500, 0, 0, false, "" }, 80, "   1.5kB" },
		{ { 1500, 3000, 0, false, "" }, 80, "   1.5kB/3kB" },
		{ { 4000, 3000, 0, false, "" }, 80, "     4kB" },
		{ { 3, 5, 0, false, "layers" }, 80, "3/5 layers" },
		{ { 6, 5, 0, false, "layers" }, 80, "6 layers" },
		{ { 3, 0, 0, false, "layers" }, 80, "3 layers" },
		{ { 1, 4, 0, true, "" }, 80, "" },
		/* a quarter took 10 seconds: the rest takes 30 */
		{ { 1, 4, 90, false, "" }, 80, "      1B/4B 30s" },
		{ { 1, 4, 90, false, "" }, 50, "      1B/4B" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
			progress_bar(a, &cases[i].p, cases[i].columns, INT64_C(100) * 1000000000),
			cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_align_neighbouring_lines),
		cmocka_unit_test(ellipsis_counts_columns),
		cmocka_unit_test(names_sort_by_their_numbers),
		cmocka_unit_test(neighbouring_ports_fold),
		cmocka_unit_test(json_text_keeps_what_it_does_not_understand),
		cmocka_unit_test(detach_keys_are_held_back_until_they_differ),
		cmocka_unit_test(help_wraps_before_the_last_column),
		cmocka_unit_test(filters_become_the_api_parameter),
		cmocka_unit_test(progress_bars),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

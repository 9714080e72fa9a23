/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/opt.h"

struct flags {
	bool all, tty, in, memory_set;
	const char *name;
	int64_t n, memory;
	struct str_list ports;
};

static const struct opt flag_rows[] = {
	OPT(BOOL, 'a', "all", NULL, struct flags, all, "Show all containers"),
	OPT(BOOL, 't', "tty", NULL, struct flags, tty, "Allocate a pseudo-TTY"),
	OPT(BOOL, 'i', "interactive", NULL, struct flags, in, "Keep STDIN open"),
	OPT(STR, 0, "name", "string", struct flags, name, "Assign a name"),
	OPT(INT, 'n', "last", "int", struct flags, n, "Show n last"),
	OPT_CHANGED(
		BYTES, 'm', "memory", "bytes", struct flags, memory, memory_set, "Memory limit"),
	OPT(LIST, 'p', "publish", "list", struct flags, ports, "Publish"),
	OPT_END,
};
static const struct opt *const tables[] = { flag_rows, NULL };

struct parsed {
	struct arena *a;
	struct flags f;
	struct str_list rest;
	struct err e;
};

static int run(struct parsed *p, enum opt_order order, int argc, const char **argv)
{
	memset(&p->f, 0, sizeof(p->f));
	p->rest = (struct str_list){ 0 };
	return opt_parse(p->a, tables, order, argc, (char **)argv, &p->f, &p->rest, &p->e);
}

#define RUN(p, order, ...)                                                          \
	run((p), (order), sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), \
		(const char *[]){ __VA_ARGS__ })

static void bundles_values_and_lists(void **state)
{
	struct parsed p = { .a = arena_new() };

	(void)state;
	assert_int_equal(RUN(&p, OPT_STOP_AT_ARGUMENT, "-it", "-p80:80", "-p", "1:1", "-p=2",
				 "--name=c", "-m", "512m", "image", "-a", "x"),
		0);
	assert_true(p.f.tty && p.f.in && !p.f.all && p.f.memory_set);
	assert_int_equal(p.f.ports.n, 3);
	assert_string_equal(p.f.ports.v[2], "2");
	assert_string_equal(p.f.name, "c");
	assert_int_equal(p.f.memory, 512 << 20);
	assert_int_equal(p.rest.n, 3);
	assert_string_equal(p.rest.v[1], "-a");
	arena_free(p.a);
}

static void options_may_follow_arguments(void **state)
{
	struct parsed p = { .a = arena_new() };

	(void)state;
	assert_int_equal(RUN(&p, OPT_INTERSPERSED, "c1", "-a", "--all=false", "--", "-t"), 0);
	assert_false(p.f.all || p.f.tty);
	assert_int_equal(p.rest.n, 2);
	assert_string_equal(p.rest.v[1], "-t");
	arena_free(p.a);
}

static void errors_are_in_pflags_words(void **state)
{
	struct parsed p = { .a = arena_new() };

	(void)state;
	assert_int_equal(RUN(&p, OPT_INTERSPERSED, "--foo"), -1);
	assert_string_equal(p.e.msg, "unknown flag: --foo");
	assert_int_equal(RUN(&p, OPT_INTERSPERSED, "-axy"), -1);
	assert_string_equal(p.e.msg, "unknown shorthand flag: 'x' in -xy");
	assert_int_equal(RUN(&p, OPT_INTERSPERSED, "--name"), -1);
	assert_string_equal(p.e.msg, "flag needs an argument: --name");
	assert_int_equal(RUN(&p, OPT_INTERSPERSED, "-m"), -1);
	assert_string_equal(p.e.msg, "flag needs an argument: 'm' in -m");
	assert_int_equal(RUN(&p, OPT_INTERSPERSED, "-m", "x"), -1);
	assert_string_equal(
		p.e.msg, "invalid argument \"x\" for \"-m, --memory\" flag: invalid size: 'x'");
	assert_int_equal(RUN(&p, OPT_INTERSPERSED, "-n", "1x"), -1);
	assert_string_equal(p.e.msg,
		"invalid argument \"1x\" for \"-n, --last\" flag: strconv.ParseInt: "
		"parsing \"1x\": invalid syntax");
	arena_free(p.a);
}

/* runc's command line: go run of the flag package itself */
static void go_flags_take_any_dash_and_no_bundles(void **state)
{
	struct parsed p = { .a = arena_new() };

	(void)state;
	assert_int_equal(RUN(&p, OPT_GO_INTERSPERSED, "-all", "--t=true", "id", "-name", "c", "--m",
				 "5", "-p=1"),
		0);
	assert_true(p.f.all && p.f.tty && p.f.memory_set);
	assert_string_equal(p.f.name, "c");
	assert_int_equal(p.f.memory, 5);
	assert_int_equal(p.rest.n, 1);
	assert_int_equal(RUN(&p, OPT_GO_STOP_AT_ARGUMENT, "-a", "id", "-t"), 0);
	assert_true(p.f.all && !p.f.tty);
	assert_int_equal(p.rest.n, 2);
	assert_int_equal(RUN(&p, OPT_GO_INTERSPERSED, "-it"), -1);
	assert_string_equal(p.e.msg, "flag provided but not defined: -it");
	assert_int_equal(RUN(&p, OPT_GO_INTERSPERSED, "--last=x"), -1);
	assert_string_equal(p.e.msg, "invalid value \"x\" for flag -last: parse error");
	assert_int_equal(RUN(&p, OPT_GO_INTERSPERSED, "-n", "x"), -1);
	assert_string_equal(p.e.msg, "invalid value \"x\" for flag -n: parse error");
	assert_int_equal(RUN(&p, OPT_GO_INTERSPERSED, "-all=x"), -1);
	assert_string_equal(p.e.msg, "invalid boolean value \"x\" for -all: parse error");
	assert_int_equal(RUN(&p, OPT_GO_INTERSPERSED, "--name"), -1);
	assert_string_equal(p.e.msg, "flag needs an argument: -name");
	assert_int_equal(RUN(&p, OPT_GO_INTERSPERSED, "---name"), -1);
	assert_string_equal(p.e.msg, "bad flag syntax: ---name");
	arena_free(p.a);
}

static void help_lines_up(void **state)
{
	own_buf b;

	(void)state;
	buf_init(&b, 4096);
	opt_help(tables, &b);
	assert_string_equal(b.data, "  -a, --all            Show all containers\n"
				    "  -i, --interactive    Keep STDIN open\n"
				    "  -n, --last int       Show n last\n"
				    "  -m, --memory bytes   Memory limit\n"
				    "      --name string    Assign a name\n"
				    "  -p, --publish list   Publish\n"
				    "  -t, --tty            Allocate a pseudo-TTY\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bundles_values_and_lists),
		cmocka_unit_test(options_may_follow_arguments),
		cmocka_unit_test(errors_are_in_pflags_words),
		cmocka_unit_test(go_flags_take_any_dash_and_no_bundles),
		cmocka_unit_test(help_lines_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

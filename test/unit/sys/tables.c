/* SPDX-License-Identifier: Apache-2.0 */
/* Signals, capabilities, rlimits, namespaces, schedulers: names and numbers. */
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "sys/caps.h"
#include "sys/ns.h"
#include "sys/rlimit.h"
#include "sys/sched.h"
#include "sys/signals.h"

#define CAP(n) (UINT64_C(1) << caps_find(n))

static void signals_go_by_any_of_their_names(void **state)
{
	static const struct {
		const char *text;
		int number;
	} rows[] = { { "KILL", 9 }, { "SIGKILL", 9 }, { "kill", 9 }, { "sigterm", 15 }, { "9", 9 },
		{ "64", 64 }, { "CLD", SIGCHLD }, { "POLL", SIGIO }, { "RTMIN", 34 },
		{ "SIGRTMIN+3", 37 }, { "rtmax-1", 63 }, { "RTMAX", 64 } };
	struct err e;
	int n;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(signal_parse(rows[i].text, &n, &e), 0);
		assert_int_equal(n, rows[i].number);
	}
	assert_string_equal(signal_name(9), "KILL");
	assert_string_equal(signal_name(37), "RTMIN+3");
	assert_null(signal_name(32));
	assert_null(signal_name(0));
}

static void unknown_signals_are_refused_in_dockers_words(void **state)
{
	static const char *const bad[] = { "", "0", "SIGSIGKILL", "BOGUS", "RTMIN+16", "9x" };
	struct err e;
	int n;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(signal_parse(bad[i], &n, &e), -1);
	assert_int_equal(signal_parse("BOGUS", &n, &e), -1);
	assert_string_equal(e.msg, "Invalid signal: BOGUS");
	assert_int_equal(signal_parse("65", &n, &e), -1);
	assert_string_equal(e.msg, "The linux daemon does not support signal 65");
}

static void every_signal_with_a_name_parses_back(void **state)
{
	struct err e;
	int n;

	for (int i = 1; i <= 64; i++) {
		if (!signal_name(i))
			continue;
		assert_int_equal(signal_parse(signal_name(i), &n, &e), 0);
		assert_int_equal(n, i);
	}
}

static void capabilities_go_by_name_and_number(void **state)
{
	assert_int_equal(caps_find("CAP_CHOWN"), 0);
	assert_int_equal(caps_find("sys_admin"), 21);
	assert_int_equal(caps_find("CAP_CHECKPOINT_RESTORE"), 40);
	assert_int_equal(caps_find("CAP_"), -1);
	assert_int_equal(caps_find("x"), -1);
	assert_null(caps_name(41));
	for (int i = 0; i < CAPS_COUNT; i++)
		assert_int_equal(caps_find(caps_name(i)), i);
	assert_int_equal(__builtin_popcountll(caps_docker_default()), 14);
}

static uint64_t tweaked(const char *add, const char *drop, bool privileged)
{
	const char *adds[] = { add }, *drops[] = { drop };
	struct caps_request r = {
		.base = caps_docker_default(),
		.available = (UINT64_C(1) << CAPS_COUNT) - 1,
		.add = { adds, add ? 1 : 0 },
		.drop = { drops, drop ? 1 : 0 },
		.privileged = privileged,
	};
	uint64_t out = 0;
	struct err e;

	assert_int_equal(caps_tweak(&r, &out, &e), 0);
	return out;
}

static void cap_add_and_cap_drop_combine_as_dockers(void **state)
{
	uint64_t all = (UINT64_C(1) << CAPS_COUNT) - 1, base = caps_docker_default();

	assert_true(tweaked(NULL, NULL, false) == base);
	assert_true(tweaked("net_admin", NULL, false) == (base | CAP("NET_ADMIN")));
	assert_true(tweaked(NULL, "CAP_CHOWN", false) == (base & ~CAP("CHOWN")));
	assert_true(tweaked("CHOWN", "all", false) == CAP("CHOWN"));
	assert_true(tweaked("ALL", "SYS_ADMIN", false) == (all & ~CAP("SYS_ADMIN")));
	assert_true(tweaked("CHOWN", "CHOWN", false) == base);
	assert_true(tweaked("ALL", "ALL", false) == all);
	assert_true(tweaked(NULL, "ALL", true) == all);
}

static void capabilities_nobody_has_are_refused(void **state)
{
	const char *bogus[] = { "bogus" }, *admin[] = { "sys_admin" };
	struct caps_request r = { .available = caps_docker_default(), .add = { bogus, 1 } };
	uint64_t out;
	struct err e;

	assert_int_equal(caps_tweak(&r, &out, &e), -1);
	assert_string_equal(e.msg, "invalid CapAdd: unknown capability: \"CAP_BOGUS\"");
	r.add = (struct str_list){ admin, 1 };
	assert_int_equal(caps_tweak(&r, &out, &e), -1);
	assert_string_equal(e.msg,
		"invalid CapAdd: capability not supported by your kernel or not available in the current "
		"environment: \"CAP_SYS_ADMIN\"");
	r.add = (struct str_list){ 0 };
	r.drop = (struct str_list){ bogus, 1 };
	assert_int_equal(caps_tweak(&r, &out, &e), -1);
	assert_string_equal(e.msg, "invalid CapDrop: unknown capability: \"CAP_BOGUS\"");
}

static void capability_lists_go_both_ways(void **state)
{
	own_arena a = arena_new();
	const char *names[] = { "CAP_KILL", "CAP_BOGUS", "CAP_CHOWN" };
	struct str_list in = { names, 3 }, unknown = { 0 }, out;
	uint64_t mask = caps_from_list(&in, &unknown, a);

	assert_true(mask == (CAP("CHOWN") | CAP("KILL")));
	assert_int_equal(unknown.n, 1);
	assert_string_equal(unknown.v[0], "CAP_BOGUS");
	caps_to_list(a, mask, &out);
	assert_int_equal(out.n, 2);
	assert_string_equal(out.v[0], "CAP_CHOWN");
	assert_string_equal(out.v[1], "CAP_KILL");
}

static void ulimits_parse_as_dockers(void **state)
{
	int64_t soft, hard;
	const char *name;
	struct err e;

	assert_int_equal(rlimit_parse("nofile=1024:2048", &name, &soft, &hard, &e), 0);
	assert_string_equal(name, "nofile");
	assert_int_equal(soft, 1024);
	assert_int_equal(hard, 2048);
	assert_int_equal(rlimit_parse("core=0", &name, &soft, &hard, &e), 0);
	assert_int_equal(hard, 0);
	assert_int_equal(rlimit_parse("nproc=-1", &name, &soft, &hard, &e), 0);
	assert_int_equal(hard, -1);
	assert_int_equal(rlimit_parse("nproc=5:-1", &name, &soft, &hard, &e), 0);
}

static const char *ulimit_error(const char *text)
{
	static struct err e;
	int64_t soft, hard;
	const char *name;

	assert_int_equal(rlimit_parse(text, &name, &soft, &hard, &e), -1);
	return e.msg;
}

static void malformed_ulimits_are_refused_in_dockers_words(void **state)
{
	assert_string_equal(ulimit_error("nofile"), "invalid ulimit argument: nofile");
	assert_string_equal(ulimit_error("as=1"), "invalid ulimit type: as");
	assert_string_equal(ulimit_error("nofile=2:1"),
		"ulimit soft limit must be less than or equal to hard limit: 2 > 1");
	assert_string_equal(ulimit_error("nofile=-1:1"),
		"ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: 1");
	assert_string_equal(ulimit_error("nofile=1:2:3"),
		"too many limit value arguments - 1:2:3, can only have up to two, `soft[:hard]`");
	assert_string_equal(
		ulimit_error("nofile=x"), "strconv.ParseInt: parsing \"x\": invalid syntax");
}

static void rlimits_go_by_both_names(void **state)
{
	assert_int_equal(rlimit_find("RLIMIT_NOFILE"), RLIMIT_NOFILE);
	assert_int_equal(rlimit_find("nofile"), RLIMIT_NOFILE);
	assert_int_equal(rlimit_find("RLIMIT_AS"), RLIMIT_AS);
	assert_int_equal(rlimit_find("RLIMIT_X"), -1);
	assert_string_equal(rlimit_name(RLIMIT_RTTIME), "rttime");
}

static void namespaces_go_by_spec_and_proc_names(void **state)
{
	assert_int_equal(ns_find("network")->flag, CLONE_NEWNET);
	assert_ptr_equal(ns_find("net"), ns_find("network"));
	assert_int_equal(ns_find("mnt")->flag, CLONE_NEWNS);
	assert_null(ns_find("x"));
	assert_null(ns_find(NULL));
	/* the user namespace gives the right to join the others; after the mount namespace paths are other ones */
	assert_string_equal(ns_types[0].name, "user");
	assert_string_equal(ns_types[7].name, "mount");
	assert_null(ns_types[8].name);
}

static void cpu_lists_are_sets(void **state)
{
	cpu_set_t set;
	struct err e;

	assert_int_equal(sched_parse_cpus("0-2,5", &set, &e), 0);
	assert_int_equal(CPU_COUNT(&set), 4);
	assert_true(CPU_ISSET(5, &set));
	assert_int_equal(sched_parse_cpus("", &set, &e), 0);
	assert_int_equal(sched_parse_cpus("2-1", &set, &e), -1);
	assert_int_equal(sched_parse_cpus("0-99999", &set, &e), -1);
	assert_int_equal(sched_parse_cpus("x", &set, &e), -1);
}

static void scheduler_names_are_checked(void **state)
{
	const char *flags[] = { "SCHED_FLAG_RECLAIM" }, *bad[] = { "SCHED_FLAG_X" };
	struct oci_scheduler s = { .policy = "SCHED_DEADLINE", .flags = { flags, 1 } };
	struct err e;

	assert_int_equal(sched_check(&s, &e), 0);
	s.flags.v = bad;
	assert_int_equal(sched_check(&s, &e), -1);
	assert_string_equal(e.msg, "invalid scheduler flag: SCHED_FLAG_X");
	s = (struct oci_scheduler){ .policy = "x" };
	assert_int_equal(sched_check(&s, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_go_by_any_of_their_names),
		cmocka_unit_test(unknown_signals_are_refused_in_dockers_words),
		cmocka_unit_test(every_signal_with_a_name_parses_back),
		cmocka_unit_test(capabilities_go_by_name_and_number),
		cmocka_unit_test(cap_add_and_cap_drop_combine_as_dockers),
		cmocka_unit_test(capabilities_nobody_has_are_refused),
		cmocka_unit_test(capability_lists_go_both_ways),
		cmocka_unit_test(ulimits_parse_as_dockers),
		cmocka_unit_test(malformed_ulimits_are_refused_in_dockers_words),
		cmocka_unit_test(rlimits_go_by_both_names),
		cmocka_unit_test(namespaces_go_by_spec_and_proc_names),
		cmocka_unit_test(cpu_lists_are_sets),
		cmocka_unit_test(scheduler_names_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

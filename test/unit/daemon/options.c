/* SPDX-License-Identifier: Apache-2.0 */
/* Flags and daemon.json: what is known, what conflicts, what is refused and in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/options.h"

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

/* Parses NULL-terminated flags, then merges text. */
static int read_options(struct options *o, const char *text, struct err *e, ...)
{
	char *argv[32];
	int argc = 0;
	va_list ap;

	va_start(ap, e);
	while ((argv[argc] = va_arg(ap, char *)) != NULL)
		argc++;
	va_end(ap);
	if (options_parse(a, argc, argv, o, e) || options_merge(a, "d.json", text, o, e))
		return -1;
	return options_check(o, e);
}

static void defaults_are_dockerds_but_for_live_restore(void **state)
{
	struct options o;
	struct err e;

	assert_int_equal(read_options(&o, "", &e, NULL), 0);
	assert_string_equal(o.data_root, "/var/lib/tare");
	assert_string_equal(o.log_driver, "json-file");
	assert_true(o.iptables && o.ip_forward && o.ip_masq && o.icc && o.live_restore);
	assert_int_equal(o.shutdown_timeout_s, 15);
	assert_int_equal(o.hosts.n, 0);
}

static void flags_and_file_add_up(void **state)
{
	struct options o;
	struct err e;

	assert_int_equal(
		read_options(&o,
			"{\"debug\":true,\"labels\":[\"a=b\"],\"mtu\":1400,\"icc\":false,"
			"\"log-opts\":{\"max-size\":\"1m\"},\"default-ulimits\":{\"nofile\":"
			"{\"Name\":\"nofile\",\"Soft\":10,\"Hard\":20}},\"exec-opts\":[]}",
			&e, "-H", "unix:///a", "-Htcp://127.0.0.1:1", "--data-root=/d",
			"--iptables=false", NULL),
		0);
	assert_int_equal(o.hosts.n, 2);
	assert_string_equal(o.hosts.v[1], "tcp://127.0.0.1:1");
	assert_string_equal(o.data_root, "/d");
	assert_true(o.debug);
	assert_false(o.icc);
	assert_false(o.iptables);
	assert_int_equal(o.mtu, 1400);
	struct ulimit_list ulimits;
	struct log_config log;
	assert_int_equal(options_ulimits(a, &o, &ulimits, &e), 0);
	assert_int_equal(ulimits.n, 1);
	assert_int_equal(ulimits.v[0].soft, 10);
	assert_int_equal(ulimits.v[0].hard, 20);
	assert_int_equal(options_log(a, &o, &log, &e), 0);
	assert_string_equal(str_map_get(&log.config, "max-size"), "1m");
}

static void faults_are_told_in_dockerds_words(void **state)
{
#define FILE_TEXT "unable to configure the Docker daemon with file d.json: "
	static const struct {
		const char *flag, *text, *msg;
	} rows[] = {
		{ "--nonsense", "", "unknown flag: --nonsense" },
		{ "--tls", "", "unknown flag: --tls" },
		{ NULL, "{\"nonsense\":1,\"tls\":true}",
			FILE_TEXT "the following directives don't match any configuration option: "
				  "nonsense, tls" },
		{ NULL, "{\"host\":[\"unix:///a\"]}",
			FILE_TEXT
			"the following directives don't match any configuration option: host" },
		{ NULL, "{\"validate\":true}",
			FILE_TEXT
			"the following directives don't match any configuration option: validate" },
		{ "--debug", "{\"debug\":false}",
			FILE_TEXT
			"the following directives are specified both as a flag and in the "
			"configuration file: debug: (from flag: true, from file: false)" },
		{ "-Hunix:///a", "{\"hosts\":[\"unix:///b\"]}",
			FILE_TEXT
			"the following directives are specified both as a flag and in the "
			"configuration file: hosts: (from flag: [unix:///a], from file: "
			"[\"unix:///b\"])" },
		{ NULL, "{\"debug\":\"yes\"}", FILE_TEXT "debug: a boolean is expected" },
		{ NULL, "{\"hosts\":\"x\"}", FILE_TEXT "hosts: a list of strings is expected" },
		{ NULL, "[]", FILE_TEXT "an object is expected" },
		{ "--log-level=loud", "", "invalid logging level: loud" },
		{ "--log-format=x", "", "invalid log format: x" },
		{ "--storage-driver=vfs", "", "driver not supported: vfs" },
		{ "--exec-opt=native.cgroupdriver=lxc", "",
			"native.cgroupdriver option lxc not supported" },
		{ "--exec-opt=a=b", "", "Unknown option: \"a\"" },
		{ "--live-restore=false", "",
			"live-restore cannot be switched off: containers always outlive tared" },
		{ "--default-ulimit=nofile", "", "invalid ulimit argument: nofile" },
		{ "--default-ulimit=nofile=2:1", "",
			"ulimit soft limit must be less than or equal to hard limit: 2 > 1" },
		{ "--default-runtime=kata", "", "specified default runtime 'kata' does not exist" },
		{ "--label=x", "", "bad attribute format: x" },
		{ "positional", "", "\"tared\" accepts no arguments.\nSee 'tared --help'." },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct options o;
		struct err e = { 0 };

		if (read_options(&o, rows[i].text, &e, rows[i].flag, NULL) == 0)
			fail_msg("accepted: %s %s", rows[i].flag, rows[i].text);
		assert_string_equal(e.msg, rows[i].msg);
	}
}

static void good_values_pass(void **state)
{
	struct options o;
	struct err e;

	assert_int_equal(read_options(&o, " {}\n", &e, "--exec-opt", "native.cgroupdriver=cgroupfs",
				 "-s", "overlay2", "--log-driver=none", "-l", "debug",
				 "--live-restore", "--default-ulimit", "nproc=5", NULL),
		0);
	assert_string_equal(o.log_level, "debug");
	assert_false(options_systemd_cgroup(&o));
}

static void the_last_cgroup_driver_counts(void **state)
{
	struct options o;
	struct err e;

	assert_int_equal(
		read_options(&o, "{\"exec-opts\":[\"native.cgroupdriver=systemd\"]}", &e, NULL), 0);
	assert_true(options_systemd_cgroup(&o));
	assert_int_equal(read_options(&o, "{}", &e, "--exec-opt=native.cgroupdriver=systemd",
				 "--exec-opt=native.cgroupdriver=cgroupfs", NULL),
		0);
	assert_false(options_systemd_cgroup(&o));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			defaults_are_dockerds_but_for_live_restore, setup, teardown),
		cmocka_unit_test_setup_teardown(flags_and_file_add_up, setup, teardown),
		cmocka_unit_test_setup_teardown(faults_are_told_in_dockerds_words, setup, teardown),
		cmocka_unit_test_setup_teardown(good_values_pass, setup, teardown),
		cmocka_unit_test_setup_teardown(the_last_cgroup_driver_counts, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

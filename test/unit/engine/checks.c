/* SPDX-License-Identifier: Apache-2.0 */
/* Options refused at create, defaults put in, security and log options taken apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/checks.h"
#include "engine/defaults.h"
#include "engine/env_list.h"
#include "engine/log_options.h"
#include "engine/security.h"

static struct arena *a;

static int setup(void **state)
{
	(void)state;
	a = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static struct str_list list(const char *one)
{
	struct str_list l = { 0 };

	str_list_add(a, &l, one);
	return l;
}

static const char *checked(struct host_config h)
{
	struct container_config c = { 0 };
	struct str_list warnings = { 0 };
	struct err e;

	if (checks_host(a, &c, &h, &warnings, &e) == 0)
		return warnings.n ? warnings.v[0] : "";
	return arena_strdup(a, e.msg);
}

static void an_ordinary_host_config_passes(void **state)
{
	struct host_config h = { 0 };

	(void)state;
	defaults_host(a, &h, false);
	assert_string_equal(checked(h), "");
	assert_string_equal(h.network_mode, "bridge");
	assert_string_equal(h.ipc_mode, "private");
	assert_string_equal(h.cgroupns_mode, "host");
	assert_string_equal(h.restart_policy.name, "no");
	assert_string_equal(h.runtime, "runc");
	assert_int_equal(h.shm_size, 64 * 1024 * 1024);
	assert_true(str_list_has(&h.masked_paths, "/proc/kcore"));
	assert_true(str_list_has(&h.readonly_paths, "/proc/sys"));
}

static void what_is_not_carried_out_is_refused(void **state)
{
	static const char *const key[] = { "80/tcp" };
	static struct port_binding binding = { "", "80" };
	static struct port_binding_list bindings = { &binding, 1 };
	struct port_map ports = { (const char **)key, &bindings, 1 };
	struct str_map opts = { 0 };
	struct device_request request = { .count = -1 };

	(void)state;
	str_map_set(a, &opts, "size", "1G");
	assert_string_equal(checked((struct host_config){ .port_bindings = ports }),
		"published ports (-p, -P) are not available in this version");
	assert_string_equal(
		checked((struct host_config){ .port_bindings = ports, .network_mode = "host" }),
		"Published ports are discarded when using host network mode");
	assert_string_equal(checked((struct host_config){ .links = list("a:b") }),
		"links (--link) are not available in this version");
	assert_string_equal(checked((struct host_config){ .device_requests = { &request, 1 } }),
		"device requests (--gpus, CDI) are not available in this version");
	assert_string_equal(checked((struct host_config){ .storage_opt = opts }),
		"--storage-opt is supported only for overlay over xfs with 'pquota' mount option");
	assert_string_equal(checked((struct host_config){ .network_mode = "container:x" }),
		"joining another container's network (--network container:) is not available in "
		"this version");
	assert_string_equal(checked((struct host_config){ .ipc_mode = "container:x" }),
		"joining another container's IPC namespace (--ipc container:) is not available in "
		"this version");
	assert_string_equal(checked((struct host_config){ .cpu_count = 2 }),
		"CpuCount is an option of Windows containers");
}

static void malformed_values_are_refused_in_docker_s_words(void **state)
{
	struct ulimit bad = { "nosuch", 1, 1 }, low = { "nofile", 1, 2 };

	(void)state;
	assert_string_equal(checked((struct host_config){ .cap_add = list("FOO") }),
		"invalid CapAdd: unknown capability: \"CAP_FOO\"");
	assert_string_equal(checked((struct host_config){ .cap_drop = list("CAP_BAR") }),
		"invalid CapDrop: unknown capability: \"CAP_BAR\"");
	assert_string_equal(checked((struct host_config){ .runtime = "kata" }),
		"unknown or invalid runtime name: kata");
	assert_string_equal(checked((struct host_config){ .pid_mode = "container:" }),
		"invalid PID mode: container:");
	assert_string_equal(checked((struct host_config){ .uts_mode = "private2" }),
		"invalid UTS mode: private2");
	assert_string_equal(checked((struct host_config){ .oom_score_adj = 1001 }),
		"Invalid value 1001, range for oom score adj is [-1000, 1000]");
	assert_string_equal(
		checked((struct host_config){ .shm_size = -1 }), "SHM size can not be less than 0");
	assert_string_equal(checked((struct host_config){ .ulimits = { &bad, 1 } }),
		"invalid ulimit type: nosuch");
	assert_string_equal(checked((struct host_config){ .ulimits = { &low, 1 } }),
		"ulimit soft limit must be less than or equal to hard limit: 2 > 1");
	assert_string_equal(checked((struct host_config){ .device_cgroup_rules = list("x 1:3 r") }),
		"invalid device cgroup rule format: 'x 1:3 r'");
	assert_string_equal(checked((struct host_config){ .security_opt = list("nonsense") }),
		"invalid --security-opt 1: \"nonsense\"");
}

static const char *config_checked(struct container_config c)
{
	struct err e;

	return checks_config(&c, &e) ? arena_strdup(a, e.msg) : "";
}

static void a_config_is_checked(void **state)
{
	struct health_config health = { .test = list("CMD"), .interval_ns = 1 };

	(void)state;
	assert_string_equal(config_checked((struct container_config){ .env = list("A") }), "");
	assert_string_equal(config_checked((struct container_config){ .env = list("=x") }),
		"invalid environment variable: =x");
	assert_string_equal(config_checked((struct container_config){ .working_dir = "tmp" }),
		"the working directory 'tmp' is invalid, it needs to be an absolute path");
	assert_string_equal(config_checked((struct container_config){ .stop_signal = "SIGFOO" }),
		"invalid signal: SIGFOO");
	assert_string_equal(config_checked((struct container_config){ .exposed_ports = list("x") }),
		"invalid port range specification: \"x\"");
	assert_string_equal(config_checked((struct container_config){ .healthcheck = &health }),
		"Interval in Healthcheck cannot be less than 1ms");
}

/* ---- merging ---- */

static void the_image_lies_below_the_request(void **state)
{
	struct oci_image_run image = { .user = "jack",
		.env = list("PATH=/x"),
		.cmd = list("sh"),
		.entrypoint = list("tini"),
		.working_dir = "/srv",
		.stop_signal = "SIGINT" };
	struct container_config c = { .env = list("A=1"), .user = "root" };
	struct str_list args;
	const char *path;
	struct err e;

	(void)state;
	str_list_add(a, &image.env, "A=2");
	str_map_set(a, &image.labels, "k", "v");
	defaults_from_image(a, &c, &image);
	assert_string_equal(c.user, "root");
	assert_string_equal(c.working_dir, "/srv");
	assert_string_equal(c.stop_signal, "SIGINT");
	assert_int_equal(c.env.n, 2);
	assert_string_equal(c.env.v[0], "A=1");
	assert_string_equal(c.env.v[1], "PATH=/x");
	assert_string_equal(str_map_get(&c.labels, "k"), "v");
	assert_int_equal(defaults_command(a, &c, &path, &args, &e), 0);
	assert_string_equal(path, "tini");
	assert_int_equal(args.n, 1);
	assert_string_equal(args.v[0], "sh");
}

static void an_entrypoint_of_one_s_own_drops_the_image_s_command(void **state)
{
	struct oci_image_run image = { .cmd = list("sh"), .entrypoint = list("tini") };
	struct container_config own = { .entrypoint = list("ls") },
				none = { .entrypoint = list("") };
	struct str_list args;
	const char *path;
	struct err e;

	(void)state;
	defaults_from_image(a, &own, &image);
	assert_int_equal(own.cmd.n, 0);
	defaults_from_image(a, &none, &image); /* --entrypoint "" */
	assert_int_equal(none.entrypoint.n, 0);
	assert_int_equal(defaults_command(a, &none, &path, &args, &e), -1);
	assert_string_equal(e.msg, "no command specified");
}

static void environment_entries_take_their_key_s_place(void **state)
{
	struct str_list l = list("A=1"), over = list("A=2");

	(void)state;
	str_list_add(a, &l, "B=1");
	str_list_add(a, &over, "C=3");
	str_list_add(a, &over, "B");
	env_override(a, &l, &over);
	assert_int_equal(l.n, 2);
	assert_string_equal(l.v[0], "A=2");
	assert_string_equal(l.v[1], "C=3");
}

/* ---- security and logs ---- */

static void security_options_are_read(void **state)
{
	struct str_list l = list("no-new-privileges"), bad = list("colour=red");
	struct security s;
	struct err e;

	(void)state;
	str_list_add(a, &l, "seccomp=unconfined");
	str_list_add(a, &l, "apparmor:unconfined");
	str_list_add(a, &l, "label=type:x");
	assert_int_equal(security_parse(&l, false, &s, &e), 0);
	assert_true(s.no_new_privileges);
	assert_string_equal(s.seccomp, "unconfined");
	assert_string_equal(s.apparmor, "unconfined");
	assert_int_equal(security_parse(&l, true, &s, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_IMPLEMENTED);
	assert_int_equal(security_parse(&bad, false, &s, &e), -1);
	assert_string_equal(e.msg, "invalid --security-opt 2: \"colour=red\"");
}

static int log_parse(const char *type, const char *key, const char *value, struct log_options *out,
	struct err *e)
{
	struct container_config c = { .env = list("A=1") };
	struct log_config l = { .type = type };

	str_map_set(a, &c.labels, "tier", "web");
	if (key)
		str_map_set(a, &l.config, key, value);
	return log_options_parse(a, &l, &c, out, e);
}

static void log_options_are_read(void **state)
{
	struct log_options o;
	struct err e;

	(void)state;
	assert_int_equal(log_parse("", NULL, NULL, &o, &e), 0);
	assert_true(o.keeps_file);
	assert_int_equal(o.max_bytes, -1);
	assert_int_equal(log_parse("none", NULL, NULL, &o, &e), 0);
	assert_false(o.keeps_file);
	assert_int_equal(log_parse("json-file", "max-size", "10m", &o, &e), 0);
	assert_int_equal(o.max_bytes, 10000000);
	assert_int_equal(log_parse("json-file", "max-size", "1kb", &o, &e), 0);
	assert_int_equal(o.max_bytes, 1000);
	assert_int_equal(log_parse("json-file", "labels", "tier,x", &o, &e), 0);
	assert_string_equal(o.attrs, "{\"tier\":\"web\"}");
	assert_int_equal(log_parse("json-file", "env", "A", &o, &e), 0);
	assert_string_equal(o.attrs, "{\"A\":\"1\"}");
}

static void bad_log_options_are_refused(void **state)
{
	struct log_options o;
	struct err e;

	(void)state;
	assert_int_equal(log_parse("json-file", "colour", "red", &o, &e), -1);
	assert_string_equal(e.msg, "unknown log opt 'colour' for json-file log driver");
	assert_int_equal(log_parse("json-file", "max-file", "0", &o, &e), -1);
	assert_string_equal(e.msg, "max-file cannot be less than 1");
	assert_int_equal(log_parse("json-file", "max-size", "big", &o, &e), -1);
	assert_int_equal(log_parse("syslog", NULL, NULL, &o, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_IMPLEMENTED);
	assert_int_equal(log_parse("parchment", NULL, NULL, &o, &e), -1);
	assert_string_equal(e.msg, "logger: no log driver named 'parchment' is registered");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_ordinary_host_config_passes),
		TEST(what_is_not_carried_out_is_refused),
		TEST(malformed_values_are_refused_in_docker_s_words),
		TEST(a_config_is_checked),
		TEST(the_image_lies_below_the_request),
		TEST(an_entrypoint_of_one_s_own_drops_the_image_s_command),
		TEST(environment_entries_take_their_key_s_place),
		TEST(security_options_are_read),
		TEST(log_options_are_read),
		TEST(bad_log_options_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

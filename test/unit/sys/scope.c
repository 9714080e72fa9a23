/* SPDX-License-Identifier: Apache-2.0 */
/* Which unit a container gets, and what systemd is told of its limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "sys/scope.h"

static const char *unit_of(struct arena *a, const char *path, bool user)
{
	static struct err e;
	struct scope s;

	if (scope_parse(a, path, "id", user, &s, &e))
		return e.msg;
	return arena_printf(a, "%s in %s", s.unit, s.slice);
}

static void units_are_named_by_three_parts(void **state)
{
	own_arena a = arena_new();

	(void)state;
	assert_string_equal(
		unit_of(a, "system.slice:docker:123", false), "docker-123.scope in system.slice");
	assert_string_equal(unit_of(a, NULL, false), "runc-id.scope in system.slice");
	assert_string_equal(unit_of(a, "", true), "runc-id.scope in user.slice");
	assert_string_equal(unit_of(a, ":p:n", false), "p-n.scope in system.slice");
	assert_string_equal(
		unit_of(a, "a-b.slice:p:a-b-c.slice", false), "a-b-c.slice in a-b.slice");
	assert_string_equal(unit_of(a, "/a/b", false),
		"expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"/a/b\" instead");
	assert_non_null(strstr(unit_of(a, "a:b:c:d", false), "expected cgroupsPath"));
	assert_non_null(strstr(unit_of(a, "a:b:c/../d", false), "invalid systemd unit name"));
	assert_non_null(strstr(unit_of(a, "a:b\n:c", false), "invalid systemd unit name"));
}

static const char *group_of(struct arena *a, const char *path)
{
	static struct err e;
	struct scope s;
	own_buf out = { 0 };

	buf_init(&out, 4096);
	assert_int_equal(scope_parse(a, path, "id", false, &s, &e), 0);
	return scope_group_path(&s, &out, &e) ? e.msg : arena_strdup(a, out.data);
}

static void a_units_group_is_below_its_slices(void **state)
{
	own_arena a = arena_new();

	(void)state;
	assert_string_equal(group_of(a, "system.slice:docker:1"), "/system.slice/docker-1.scope");
	assert_string_equal(
		group_of(a, "a-b-c.slice:p:n"), "/a.slice/a-b.slice/a-b-c.slice/p-n.scope");
	assert_string_equal(group_of(a, "-.slice:p:n"), "/p-n.scope");
	assert_string_equal(group_of(a, "a.slice:p:a-b.slice"), "/a.slice/a-b.slice");
	assert_string_equal(group_of(a, "a--b.slice:p:n"), "invalid slice name: a--b.slice");
	assert_string_equal(group_of(a, "-a.slice:p:n"), "invalid slice name: -a.slice");
	assert_string_equal(group_of(a, "a-.slice:p:n"), "invalid slice name: a-.slice");
	assert_string_equal(group_of(a, ".slice:p:n"), "invalid slice name: .slice");
	assert_string_equal(group_of(a, "nothing:p:n"), "invalid slice name: nothing");
	assert_true(scope_is_path("system.slice:docker:1"));
	assert_false(scope_is_path("/docker/1"));
	assert_false(scope_is_path(NULL));
}

static const char *properties(struct arena *a, enum cgroup_version v, const char *json)
{
	struct oci_resources r;
	struct err e;
	own_buf out;
	char *text = arena_strdup(a, json);

	for (char *p = text; (p = strchr(p, '\'')); p++)
		*p = '"';
	buf_init(&out, 1 << 16);
	assert_int_equal(oci_resources_parse(a, text, strlen(text), &r, &e), 0);
	if (scope_limit_properties(v, &r, true, &out, &e))
		return arena_strdup(a, e.msg);
	return arena_strdup(a, out.data);
}

static void limits_have_systemds_names_and_units(void **state)
{
	static const struct {
		enum cgroup_version version;
		const char *json, *want;
	} rows[] = {
		{ CGROUP_V2, "{}", "" },
		{ CGROUP_V2, "{'memory':{'limit':100,'swap':300,'reservation':50}}",
			"0\tt\tMemoryMax\t100\n0\tt\tMemoryLow\t50\n0\tt\tMemorySwapMax\t200\n" },
		{ CGROUP_V2, "{'memory':{'limit':100,'swap':100}}",
			"0\tt\tMemoryMax\t100\n0\tt\tMemorySwapMax\t0\n" },
		{ CGROUP_V2, "{'memory':{'limit':-1}}",
			"0\tt\tMemoryMax\t18446744073709551615\n0\tt\tMemorySwapMax\t18446744073709551615\n" },
		{ CGROUP_V2, "{'memory':{'swap':5}}",
			"unable to set swap limit without memory limit" },
		{ CGROUP_V1, "{'memory':{'limit':100,'swap':300}}", "0\tt\tMemoryLimit\t100\n" },
		{ CGROUP_V2, "{'cpu':{'shares':2048}}", "0\tt\tCPUWeight\t174\n" },
		{ CGROUP_V1, "{'cpu':{'shares':2048}}", "0\tt\tCPUShares\t2048\n" },
		{ CGROUP_V2, "{'cpu':{'shares':2048,'idle':1}}", "252\tt\tCPUWeight\t0\n" },
		{ CGROUP_V2, "{'cpu':{'quota':50000}}", "0\tt\tCPUQuotaPerSecUSec\t500000\n" },
		/* a third of a CPU: 33.3 % is rounded up to 34 */
		{ CGROUP_V2, "{'cpu':{'quota':1000,'period':3000}}",
			"242\tt\tCPUQuotaPeriodUSec\t3000\n0\tt\tCPUQuotaPerSecUSec\t340000\n" },
		{ CGROUP_V2, "{'cpu':{'quota':-1,'period':3000}}",
			"242\tt\tCPUQuotaPeriodUSec\t3000\n0\tt\tCPUQuotaPerSecUSec\t18446744073709551615\n" },
		{ CGROUP_V2, "{'cpu':{'cpus':'0-2,9','mems':'1'}}",
			"244\tay\tAllowedCPUs\t0702\n244\tay\tAllowedMemoryNodes\t02\n" },
		{ CGROUP_V2, "{'cpu':{'cpus':'5-2'}}", "invalid list of CPUs or nodes \"5-2\"" },
		{ CGROUP_V2, "{'pids':{'limit':7}}", "0\tt\tTasksMax\t7\n" },
		{ CGROUP_V2, "{'pids':{'limit':-1}}", "0\tt\tTasksMax\t18446744073709551615\n" },
		{ CGROUP_V2, "{'pids':{'limit':0}}", "" },
		{ CGROUP_V1, "{'blockIO':{'weight':500}}", "0\tt\tBlockIOWeight\t500\n" },
		{ CGROUP_V2,
			"{'unified':{'cpu.max':'max 5000','memory.high':'max','pids.max':'5','misc.max':'x'}}",
			"242\tt\tCPUQuotaPeriodUSec\t5000\n0\tt\tCPUQuotaPerSecUSec\t18446744073709551615\n"
			"0\tt\tMemoryHigh\t18446744073709551615\n0\tt\tTasksMax\t5\n" },
		{ CGROUP_V2, "{'unified':{'memory.low':'lots'}}",
			"unified resource \"memory.low\" value invalid: \"lots\"" },
		{ CGROUP_V2,
			"{'devices':[{'allow':false},{'allow':true,'type':'c','major':1,'minor':3,'access':'rw'},"
			"{'allow':true,'type':'b','access':'m'}]}",
			"0\ts\tDevicePolicy\tstrict\n0\ta(ss)\tDeviceAllow\t/dev/char/1:3\trw\tblock-*\tm\n" },
		{ CGROUP_V2, "{'devices':[{'allow':true}]}",
			"0\ts\tDevicePolicy\tauto\n0\ta(ss)\tDeviceAllow\t\n" },
	};
	own_arena a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(properties(a, rows[i].version, rows[i].json), rows[i].want);
}

static void a_scope_is_delegated_and_a_slice_is_not(void **state)
{
	struct scope s = { .unit = "a-b.scope", .slice = "a.slice", .name = "b" };
	struct err e;
	own_buf out;

	(void)state;
	buf_init(&out, 4096);
	assert_int_equal(scope_start_properties(&s, CGROUP_V2, 42, NULL, &out, &e), 0);
	assert_non_null(
		strstr(out.data, "0\ts\tSlice\ta.slice\n0\tb\tDelegate\ttrue\n0\tau\tPIDs\t42\n"));
	assert_non_null(strstr(out.data, "0\tb\tDefaultDependencies\tfalse\n"));
	s.unit = "a-b.slice";
	buf_clear(&out);
	assert_int_equal(scope_start_properties(&s, CGROUP_V1, 42, NULL, &out, &e), 0);
	assert_non_null(strstr(out.data, "0\tas\tWants\ta.slice\n"));
	assert_null(strstr(out.data, "PIDs"));
	assert_non_null(strstr(out.data, "BlockIOAccounting"));
}

static void annotations_become_properties(void **state)
{
	static const struct {
		const char *key, *value, *want;
	} rows[] = {
		{ "other", "x", "" },
		{ "org.systemd.property.SendSIGHUP", "true", "0\tb\tSendSIGHUP\ttrue\n" },
		{ "org.systemd.property.Description", "'it\\'s \"me\"'",
			"0\ts\tDescription\tit's \"me\"\n" },
		{ "org.systemd.property.KillMode", "\"mixed\"", "0\ts\tKillMode\tmixed\n" },
		{ "org.systemd.property.MemoryHigh", "uint64 500", "0\tt\tMemoryHigh\t500\n" },
		{ "org.systemd.property.Nice", "-5", "0\ti\tNice\t-5\n" },
		{ "org.systemd.property.After", "['a.service', 'b.service']",
			"0\tas\tAfter\ta.service\tb.service\n" },
		{ "org.systemd.property.After", "@as []", "0\tas\tAfter\t\n" },
		{ "org.systemd.property.TimeoutStopSec", "1.5",
			"0\tt\tTimeoutStopUSec\t1500000\n" },
		{ "org.systemd.property.TimeoutStopUSec", "uint64 7",
			"0\tt\tTimeoutStopUSec\t7\n" },
		{ "org.systemd.property.ab", "true",
			"annotation org.systemd.property.ab name incorrect" },
		{ "org.systemd.property.a_b", "true",
			"annotation org.systemd.property.a_b name incorrect" },
		{ "org.systemd.property.KillMode", "mixed",
			"annotation org.systemd.property.KillMode=mixed value parse error" },
		{ "org.systemd.property.After", "['a', b]",
			"annotation org.systemd.property.After=['a', b] value parse error" },
		{ "org.systemd.property.Foo", "'a\\nb'",
			"annotation org.systemd.property.Foo='a\\nb' value parse error" },
		{ "org.systemd.property.Foo", "'a\nb'",
			"annotation org.systemd.property.Foo='a\nb' value parse error" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e;
		own_buf out;
		buf_init(&out, 4096);
		if (scope_add_annotation(rows[i].key, rows[i].value, &out, &e))
			assert_string_equal(e.msg, rows[i].want);
		else
			assert_string_equal(out.data, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_are_named_by_three_parts),
		cmocka_unit_test(a_units_group_is_below_its_slices),
		cmocka_unit_test(limits_have_systemds_names_and_units),
		cmocka_unit_test(annotations_become_properties),
		cmocka_unit_test(a_scope_is_delegated_and_a_slice_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The little languages of run's options: results and refusals in docker's words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/spec.h"
#include "cli/timestamp.h"

static struct arena *a;
static struct err e;

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

static void volumes_split_at_colons(void **state)
{
	struct spec_volume v;

	assert_int_equal(spec_volume(a, "/a:/b:ro", &v, &e), 0);
	assert_string_equal(v.source, "/a");
	assert_string_equal(v.target, "/b");
	assert_true(v.is_path);
	assert_int_equal(spec_volume(a, "data:/b", &v, &e), 0);
	assert_false(v.is_path);
	assert_int_equal(spec_volume(a, "/anon", &v, &e), 0);
	assert_null(v.source);
	assert_int_equal(spec_volume(a, "c:\\x:/y", &v, &e), 0);
	assert_string_equal(v.source, "c:\\x");
	assert_int_equal(spec_volume(a, "", &v, &e), -1);
	assert_string_equal(e.msg, "invalid empty volume spec");
	assert_int_equal(spec_volume(a, "/a::/b", &v, &e), -1);
	assert_string_equal(e.msg, "invalid spec: /a::/b: empty section between colons");
	assert_int_equal(spec_volume(a, "/a:/b:ro:x", &v, &e), -1);
	assert_string_equal(e.msg, "invalid spec: /a:/b:ro:x: too many colons");
}

static void relative_bind_sources_become_absolute(void **state)
{
	struct spec_volume v = { .is_path = true };

	assert_int_equal(chdir("/usr/bin"), 0);
	assert_string_equal(spec_volume_bind(a, "./x:/y:ro", &v), "/usr/bin/x:/y:ro");
	assert_string_equal(spec_volume_bind(a, "../../../z/.:/y", &v), "/z:/y");
	assert_string_equal(spec_volume_bind(a, "/abs:/y", &v), "/abs:/y");
	v.is_path = false;
	assert_string_equal(spec_volume_bind(a, "name:/y", &v), "name:/y");
}

static void mounts_check_groups_of_options(void **state)
{
	struct mount m;
	const char *warning;

	assert_int_equal(spec_mount(a, "type=bind,src=/a,dst=/b,readonly", &m, &warning, &e), 0);
	assert_true(m.read_only);
	assert_string_equal(m.source, "/a");
	assert_int_equal(
		spec_mount(a, "type=tmpfs,dst=/t,tmpfs-size=64m,tmpfs-mode=1770", &m, &warning, &e),
		0);
	assert_int_equal(m.tmpfs->size_bytes, 64 << 20);
	assert_int_equal(m.tmpfs->mode, 01770);
	assert_int_equal(spec_mount(a, "type=bind,dst=/b,tmpfs-size=1", &m, &warning, &e), -1);
	assert_string_equal(e.msg, "cannot mix 'tmpfs-*' options with mount type 'bind'");
	assert_int_equal(spec_mount(a, "type=bind,src=/a", &m, &warning, &e), -1);
	assert_string_equal(e.msg, "target is required");
	assert_int_equal(spec_mount(a, "type=bind,dst=/b,ro=maybe", &m, &warning, &e), -1);
	assert_string_equal(e.msg, "invalid value for ro: maybe");
	assert_int_equal(spec_mount(a, "foo", &m, &warning, &e), -1);
	assert_string_equal(e.msg, "invalid field 'foo' must be a key=value pair");
	assert_int_equal(
		spec_mount(a, "type=bind,dst=/b,bind-nonrecursive=1", &m, &warning, &e), 0);
	assert_string_equal(
		warning, "bind-nonrecursive is deprecated, use bind-recursive=disabled instead");
}

static void published_ports_and_ranges(void **state)
{
	struct str_list exposed = { 0 };
	struct port_map map = { 0 };

	assert_int_equal(spec_publish(a, "127.0.0.1:8000-8001:80-81/udp", &exposed, &map, &e), 0);
	assert_int_equal(map.n, 2);
	assert_string_equal(map.keys[1], "81/udp");
	assert_string_equal(map.v[1].v[0].host_ip, "127.0.0.1");
	assert_string_equal(map.v[1].v[0].host_port, "8001");
	assert_int_equal(spec_publish(a, "9000-9005:90", &exposed, &map, &e), 0);
	assert_string_equal(map.v[2].v[0].host_port, "9000-9005");
	assert_int_equal(spec_publish(a, "[::1]:1:2", &exposed, &map, &e), 0);
	assert_string_equal(map.v[3].v[0].host_ip, "::1");
	assert_int_equal(spec_publish(a, "8000-8002:80-81", &exposed, &map, &e), -1);
	assert_string_equal(e.msg,
		"invalid ranges specified for container and host Ports: 80-81 and 8000-8002");
	assert_int_equal(spec_publish(a, "80/foo", &exposed, &map, &e), -1);
	assert_string_equal(e.msg, "invalid proto: foo");
	assert_int_equal(spec_expose(a, "x", &exposed, &e), -1);
	assert_string_equal(e.msg,
		"invalid range format for --expose: x, error: strconv.ParseUint: "
		"parsing \"x\": invalid syntax");
}

static void env_files_keep_values_as_they_are(void **state)
{
	static const char text[] = "\xef\xbb\xbf"
				   "A=1\r\n# c\n\n  B= x \nHOME_X\nTARE_UNSET\n";
	struct str_list l = { 0 };

	setenv("HOME_X", "from env", 1);
	unsetenv("TARE_UNSET");
	assert_int_equal(spec_env_text(a, text, sizeof(text) - 1, true, &l, &e), 0);
	assert_int_equal(l.n, 3);
	assert_string_equal(l.v[0], "A=1");
	assert_string_equal(l.v[1], "B= x ");
	assert_string_equal(l.v[2], "HOME_X=from env");
	assert_int_equal(spec_env_text(a, "=x", 2, true, &l, &e), -1);
	assert_string_equal(e.msg, "no variable name on line '=x'");
	assert_int_equal(spec_env_text(a, "a b=x", 5, true, &l, &e), -1);
	assert_string_equal(e.msg, "variable 'a b' contains whitespaces");
	assert_int_equal(spec_env_text(a, "ok=1\na=\xff", 8, true, &l, &e), -1);
	assert_string_equal(e.msg, "invalid utf8 bytes at line 2: [97 61 255]");
}

static void csv_follows_go(void **state)
{
	struct str_list l = { 0 };

	assert_int_equal(spec_csv(a, "a,\"b,\"\"c\"\"\",", &l, &e), 0);
	assert_int_equal(l.n, 3);
	assert_string_equal(l.v[1], "b,\"c\"");
	assert_string_equal(l.v[2], "");
	assert_int_equal(spec_csv(a, "a\"b", &l, &e), -1);
	assert_string_equal(e.msg, "parse error on line 1, column 2: bare \" in non-quoted-field");
	assert_int_equal(spec_csv(a, "\"a", &l, &e), -1);
	assert_int_equal(spec_csv(a, "", &l, &e), -1);
	assert_string_equal(e.msg, "EOF");
}

static void cpus_are_exact(void **state)
{
	int64_t nano;

	assert_int_equal(spec_cpus("1.5", &nano, &e), 0);
	assert_int_equal(nano, 1500000000);
	assert_int_equal(spec_cpus(".000000001", &nano, &e), 0);
	assert_int_equal(nano, 1);
	assert_int_equal(spec_cpus("1.0000000000", &nano, &e), 0);
	assert_int_equal(spec_cpus("0.0000000001", &nano, &e), -1);
	assert_string_equal(e.msg, "value is too precise");
	assert_int_equal(spec_cpus("x", &nano, &e), -1);
}

static void addresses_are_checked_and_normalised(void **state)
{
	const char *out;

	assert_int_equal(spec_ip(a, " 2001:db8:0:0::1", &out, &e), 0);
	assert_string_equal(out, "2001:db8::1");
	assert_int_equal(spec_ip(a, "::ffff:1.2.3.4", &out, &e), 0);
	assert_string_equal(out, "1.2.3.4");
	assert_int_equal(spec_ip(a, "1.2.3", &out, &e), -1);
	assert_int_equal(spec_extra_host(a, "h=[::1]", &out, &e), 0);
	assert_string_equal(out, "h:::1");
	assert_int_equal(spec_extra_host(a, "h", &out, &e), -1);
	assert_string_equal(e.msg, "bad format for add-host: \"h\"");
	assert_int_equal(spec_mac("02:42:ac:11:00:02", &e), 0);
	assert_int_equal(spec_mac("0242.ac11.0002", &e), 0);
	assert_int_equal(spec_mac("02:42:ac:11:00", &e), -1);
	assert_int_equal(spec_mac("02:42-ac:11:00:02", &e), -1);
}

static void networks_take_a_name_or_a_list(void **state)
{
	struct spec_network n;

	assert_int_equal(spec_network(a, "bridge", &n, &e), 0);
	assert_string_equal(n.target, "bridge");
	assert_int_equal(spec_network(a, "name=N,alias=x,ip=1.2.3.4,gw-priority=-2", &n, &e), 0);
	assert_string_equal(n.target, "n");
	assert_int_equal(n.endpoint.gw_priority, -2);
	assert_int_equal(spec_network(a, "alias=x", &n, &e), -1);
	assert_string_equal(e.msg, "network name/id is not specified");
	assert_true(spec_network_is_user_defined("mine"));
	assert_false(spec_network_is_user_defined("container:x"));
}

static void times_become_unix_seconds(void **state)
{
	setenv("TZ", "UTC-2", 1);
	tzset();
	assert_string_equal(timestamp_parse(a, "10m", 1000, &e), "400");
	assert_string_equal(timestamp_parse(a, "1.5s", 1000, &e), "998");
	assert_string_equal(timestamp_parse(a, "1700000000.5", 0, &e), "1700000000.5");
	assert_string_equal(
		timestamp_parse(a, "2024-01-02T03:04:05Z", 0, &e), "1704164645.000000000");
	assert_string_equal(
		timestamp_parse(a, "2024-01-02T03:04:05.5+01:00", 0, &e), "1704161045.500000000");
	assert_string_equal(timestamp_parse(a, "2024-01-02", 0, &e), "1704146400.000000000");
	assert_string_equal(timestamp_parse(a, "2024-01-02T03:04", 0, &e), "1704157440.000000000");
	assert_null(timestamp_parse(a, "yesterday", 0, &e));
	assert_string_equal(e.msg, "failed to parse value as time or duration: \"yesterday\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(volumes_split_at_colons),
		cmocka_unit_test(relative_bind_sources_become_absolute),
		cmocka_unit_test(mounts_check_groups_of_options),
		cmocka_unit_test(published_ports_and_ranges),
		cmocka_unit_test(env_files_keep_values_as_they_are),
		cmocka_unit_test(csv_follows_go),
		cmocka_unit_test(cpus_are_exact),
		cmocka_unit_test(addresses_are_checked_and_normalised),
		cmocka_unit_test(networks_take_a_name_or_a_list),
		cmocka_unit_test(times_become_unix_seconds),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* hosts.toml and its TOML; which registries are insecure; the list of endpoints. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "registry/registry_int.h"
#include "registry/toml.h"

static struct toml *parse(struct arena *a, const char *text)
{
	struct toml *t;
	struct err e;

	if (toml_parse(a, text, strlen(text), &t, &e))
		fail_msg("%s", e.msg);
	return t;
}

static void tables_keys_and_values_are_read(void **state)
{
	own_arena a = arena_new();
	const struct toml *t = parse(a,
		"# c\nserver = \"a\\tb\\u00e9\" # d\nn = -1_000\r\nb=true\n"
		"l = [ 'x', # one\n [\"y\"], ]\n'quo ted'.x = 1\n"
		"[host.\"https://h:1\"]\nk = {a = 1, b.c = 'z'}\n[host.\"https://h:1\".header]\nh=[]\n");
	const struct toml *h = toml_get(toml_get(t, "host"), "https://h:1");

	assert_string_equal(toml_get(t, "server")->str, "a\tb\xc3\xa9");
	assert_int_equal(toml_get(t, "n")->i, -1000);
	assert_true(toml_get(t, "b")->b);
	assert_int_equal(toml_get(t, "l")->n, 2);
	assert_string_equal(toml_get(t, "l")->v[1]->v[0]->str, "y");
	assert_int_equal(toml_get(toml_get(t, "quo ted"), "x")->i, 1);
	assert_string_equal(toml_get(toml_get(toml_get(h, "k"), "b"), "c")->str, "z");
	assert_int_equal(toml_get(toml_get(h, "header"), "h")->n, 0);
	assert_null(toml_get(t, "nothing"));
}

static void malformed_toml_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "a = 1\na = 2\n", "line 2: a key is said twice" },
		{ "a", "line 1: = is expected" },
		{ "a = 1 2", "line 1: a line end is expected" },
		{ "\n\na = \"x", "line 3: string without an end" },
		{ "a = \"\"\"x\"\"\"", "line 1: strings over several lines are not supported" },
		{ "a = 1.5",
			"line 1: a value is expected: string, whole number, true, false or list" },
		{ "[[a]]", "line 1: arrays of tables are not supported" },
		{ "a = {b = 1}\n[a.c]", "line 2: a table is said twice" },
		{ "a = 1\n[a.b]", "line 2: a key goes on where a value is" },
		{ "a = \"\\q\"", "line 1: unknown escape in string" },
		{ "a = [1 2]", "line 1: , or ] is expected" },
		{ "a = [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]",
			"line 1: values are nested too deeply" },
	};
	own_arena a = arena_new();
	struct toml *t;
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(toml_parse(a, rows[i].text, strlen(rows[i].text), &t, &e), -1);
		assert_string_equal(e.msg, rows[i].says);
	}
}

static void registries_are_insecure_by_name_and_address(void **state)
{
	const char *list[] = { "reg.example:5000", "10.1.0.0/16", "fd00::/8" };
	struct registry_settings s = { .insecure = { list, 3 } };

	assert_true(registry_is_insecure(&s, "reg.example:5000"));
	assert_false(registry_is_insecure(&s, "reg.example"));
	assert_true(registry_is_insecure(&s, "10.1.2.3:80"));
	assert_false(registry_is_insecure(&s, "10.2.2.3:80"));
	assert_true(registry_is_insecure(&s, "127.9.9.9:5000"));
	assert_true(registry_is_insecure(&s, "localhost"));
	assert_true(registry_is_insecure(&s, "[::1]:5000"));
	assert_true(registry_is_insecure(&s, "[fd01::2]"));
	assert_false(registry_is_insecure(&s, "docker.io"));
}

static void endpoints_are_mirrors_then_the_registry(void **state)
{
	own_arena a = arena_new();
	const char *mirrors[] = { "https://m.example/sub", "http://127.0.0.1:5001" };
	struct registry_settings s = { .mirrors = { mirrors, 2 } };
	struct xfer_config c = { 0 };
	struct err e;

	assert_int_equal(registry_endpoints(a, &s, "docker.io", &c, &e), 0);
	assert_int_equal(c.endpoints.n, 3);
	assert_string_equal(c.endpoints.v[0].url, "https://m.example/sub/v2");
	assert_false(c.endpoints.v[0].is_origin || c.endpoints.v[0].can_push ||
		     c.endpoints.v[0].is_insecure);
	assert_true(c.endpoints.v[1].is_insecure);
	assert_string_equal(c.endpoints.v[2].url, "https://registry-1.docker.io/v2");
	assert_true(c.endpoints.v[2].is_origin && c.endpoints.v[2].can_push);
	c = (struct xfer_config){ .for_push = true };
	assert_int_equal(registry_endpoints(a, &s, "docker.io", &c, &e), 0);
	assert_int_equal(c.endpoints.n, 1);
	c = (struct xfer_config){ 0 };
	assert_int_equal(registry_endpoints(a, &s, "reg.example", &c, &e), 0);
	assert_int_equal(
		c.endpoints.n, 2); /* whether the second is taken, the name's address decides */
	assert_true(c.endpoints.v[0].by_address && c.endpoints.v[1].by_address);
	assert_false(c.endpoints.v[0].is_insecure || c.endpoints.v[1].is_insecure);
	c = (struct xfer_config){ 0 };
	assert_int_equal(registry_endpoints(a, &s, "localhost:5000", &c, &e), 0);
	assert_int_equal(c.endpoints.n, 2);
	assert_string_equal(c.endpoints.v[1].url, "http://localhost:5000/v2");
}

/* *out: the endpoints that a hosts.toml of this text makes for reg.example. */
static int read_hosts(struct arena *a, const char *text, struct xfer_config *out, struct err *e)
{
	char dir[] = "/tmp/tare-hosts-XXXXXX";
	struct registry_settings s = { 0 };

	assert_non_null(mkdtemp(dir));
	s.certs_dir = dir;
	*out = (struct xfer_config){ 0 };
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(fd, "reg.example", 0755), 0);
	int sub = openat(fd, "reg.example", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(fs_replace(sub, "hosts.toml", text, strlen(text), 0644, FS_NO_SYNC, e), 0);
	assert_int_equal(fs_replace(sub, "ca.pem", "PEM", 3, 0644, FS_NO_SYNC, e), 0);
	int rc = registry_endpoints(a, &s, "reg.example", out, e);
	close(sub);
	close(fd);
	struct err ignored;
	fs_remove_tree(AT_FDCWD, dir, &ignored);
	return rc;
}

static void hosts_toml_says_who_is_asked(void **state)
{
	own_arena a = arena_new();
	struct xfer_config c;
	struct err e;

	assert_int_equal(
		read_hosts(a,
			"server = \"https://origin.example\"\n"
			"[host.\"https://one.example\"]\n"
			"  capabilities = [\"pull\", \"resolve\"]\n  ca = \"ca.pem\"\n  skip_verify = true\n"
			"  dial_timeout = \"5s\"\n"
			"  [host.\"https://one.example\".header]\n    X-A = [\"1\", \"2\"]\n"
			"[host.\"http://two.example/v2/proxy\"]\n  override_path = true\n",
			&c, &e),
		0);
	assert_int_equal(c.endpoints.n, 3);
	struct xfer_endpoint *v = c.endpoints.v;
	assert_string_equal(v[0].url, "https://one.example/v2");
	assert_true(v[0].can_pull && v[0].can_resolve && !v[0].can_push && v[0].skip_verify);
	assert_string_equal(v[0].ca.v[0], "PEM");
	assert_int_equal(v[0].headers.n, 2);
	assert_int_equal(v[0].connect_ms, 5001);
	assert_string_equal(v[1].url, "http://two.example/v2/proxy");
	assert_true(v[1].can_push && v[1].is_insecure && !v[1].is_origin);
	assert_string_equal(v[2].url, "https://origin.example/v2");
	assert_true(v[2].is_origin);
}

static void what_is_wrong_in_hosts_toml_is_said(void **state)
{
	static const struct {
		const char *text, *ends;
	} rows[] = {
		{ "[host.\"ftp://x\"]\n", "[host.\"ftp://x\"]: ftp://x is no URL of a registry" },
		{ "[host.\"https://x\"]\nskip_verfy = true\n",
			"[host.\"https://x\"]: unknown member skip_verfy" },
		{ "[host.\"https://x\"]\nca = \"missing.pem\"\n",
			"missing.pem: No such file or directory" },
		{ "[host.\"https://x\".header]\n\"a b\" = \"x\"\n",
			"header: a table of strings or of lists of strings is expected" },
		{ "[host.\"https://x\".header]\na = \"x\\r\\ny: z\"\n",
			"header: a table of strings or of lists of strings is expected" },
		{ "server = 1\n", "server: a string is expected" },
		{ "server\n", "line 1: = is expected" },
	};
	own_arena a = arena_new();
	struct xfer_config c;
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(read_hosts(a, rows[i].text, &c, &e), -1);
		size_t n = strlen(e.msg), want = strlen(rows[i].ends);
		assert_true(n >= want);
		assert_string_equal(e.msg + n - want, rows[i].ends);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_keys_and_values_are_read),
		cmocka_unit_test(malformed_toml_is_refused_with_its_line),
		cmocka_unit_test(registries_are_insecure_by_name_and_address),
		cmocka_unit_test(endpoints_are_mirrors_then_the_registry),
		cmocka_unit_test(hosts_toml_says_who_is_asked),
		cmocka_unit_test(what_is_wrong_in_hosts_toml_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

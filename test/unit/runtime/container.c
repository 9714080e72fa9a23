/* SPDX-License-Identifier: Apache-2.0 */
/* ROOT/ID: reserving, recording, finding again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/container.h"

static char root[] = "/tmp/tare-unit-container-XXXXXX";
static struct runtime rt;

static int make_root(void **state)
{
	rt.arena = arena_new();
	rt.root = mkdtemp(root);
	return rt.root ? 0 : -1;
}

static int remove_root(void **state)
{
	arena_free(rt.arena);
	return rmdir(root);
}

static void names_are_checked(void **state)
{
	static const char *const good[] = { "a", "a_b+c-d.e", "0123", "..a" };
	static const char *const bad[] = { "a/b", ".", "..", "a b", "\u00e4", "a\n" };
	struct err e;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(container_check_id(good[i], &e), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(container_check_id(bad[i], &e), -1);
		assert_string_equal(e.msg, "invalid container ID format");
	}
	assert_int_equal(container_check_id("", &e), -1);
	assert_string_equal(e.msg, "container id cannot be empty");
}

static void a_name_is_reserved_once(void **state)
{
	struct stat st;
	struct err e;
	int dir = container_reserve(&rt, "c1", &e);

	assert_true(dir >= 0);
	assert_int_equal(fstat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(container_reserve(&rt, "c1", &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	assert_string_equal(e.msg, "container with given ID already exists");
	close(dir);
	assert_int_equal(container_forget(&rt, "c1", &e), 0);
	assert_int_equal(container_forget(&rt, "c1", &e), 0);
}

static void a_record_comes_back_as_it_was(void **state)
{
	static struct oci_hook hook = { .path = "/bin/true" };
	struct container_record r = {
		.oci_version = "1.2.0",
		.id = "c2",
		.bundle = "/b",
		.rootfs = "/b/rootfs",
		.created = "2026-01-02T03:04:05Z",
		.namespaces = 0x20000,
		.own_pid_ns = true,
		.start_time = UINT64_MAX,
		.poststop = { &hook, 1 },
	};
	struct container c;
	struct err e;
	int dir = container_reserve(&rt, "c2", &e);

	str_map_set(rt.arena, &r.annotations, "k", "\"v\"");
	assert_int_equal(container_save(dir, &r, &e), 0);
	close(dir);
	assert_int_equal(container_open(&rt, "c2", CONTAINER_LOCK, &c, &e), 0);
	assert_string_equal(c.record.bundle, "/b");
	assert_true(c.record.own_pid_ns);
	assert_int_equal(c.record.start_time, UINT64_MAX);
	assert_string_equal(str_map_get(&c.record.annotations, "k"), "\"v\"");
	assert_int_equal(c.record.poststop.n, 1);
	assert_string_equal(c.record.poststop.v[0].path, "/bin/true");
	/* no process: it has ended */
	assert_int_equal(container_status(&c), CONTAINER_STOPPED);
	container_close(&c);
	assert_int_equal(container_forget(&rt, "c2", &e), 0);
}

static void what_has_no_record_does_not_exist(void **state)
{
	struct container c;
	struct err e;
	int dir = container_reserve(&rt, "c3", &e);

	close(dir);
	assert_int_equal(container_open(&rt, "c3", CONTAINER_NO_LOCK, &c, &e), -1);
	assert_string_equal(e.msg, "container does not exist");
	assert_int_equal(container_open(&rt, "c4", CONTAINER_NO_LOCK, &c, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_int_equal(container_forget(&rt, "c3", &e), 0);
}

static void broken_records_are_refused(void **state)
{
	static const char *const broken[] = { "", "{", "[]", "{}", "{\"id\":5}", "{\"id\":\"x\"}" };
	struct container_record r;
	struct err e;

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(
			container_parse(rt.arena, broken[i], strlen(broken[i]), &r, &e), -1);
}

static void the_start_time_tells_processes_apart(void **state)
{
	uint64_t now;
	struct err e;
	struct container c = { .dir = -1 };

	assert_int_equal(container_start_time(getpid(), &now, &e), 0);
	c.record.pid = getpid();
	c.record.start_time = now;
	int fd = container_pidfd(&c, &e);
	assert_true(fd >= 0);
	close(fd);
	c.record.start_time = now + 1;
	assert_int_equal(container_pidfd(&c, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
}

static void hooks_are_told_what_the_spec_says(void **state)
{
	struct container_record r = { .oci_version = "1.2.0", .id = "c", .bundle = "/b" };
	own_buf out;

	buf_init(&out, 1000);
	container_hook_state(&r, CONTAINER_CREATING, 12, &out);
	assert_string_equal(out.data,
		"{\"ociVersion\":\"1.2.0\",\"id\":\"c\",\"status\":\"creating\","
		"\"pid\":12,\"bundle\":\"/b\"}");
	buf_clear(&out);
	str_map_set(rt.arena, &r.annotations, "a", "b");
	container_hook_state(&r, CONTAINER_STOPPED, 0, &out);
	assert_string_equal(out.data,
		"{\"ociVersion\":\"1.2.0\",\"id\":\"c\",\"status\":\"stopped\","
		"\"bundle\":\"/b\",\"annotations\":{\"a\":\"b\"}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(a_name_is_reserved_once),
		cmocka_unit_test(a_record_comes_back_as_it_was),
		cmocka_unit_test(what_has_no_record_does_not_exist),
		cmocka_unit_test(broken_records_are_refused),
		cmocka_unit_test(the_start_time_tells_processes_apart),
		cmocka_unit_test(hooks_are_told_what_the_spec_says),
	};
	return cmocka_run_group_tests(tests, make_root, remove_root);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/mount_spec.h"
#include "engine/mount_table.h"
#include "engine/path_clean.h"

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

static void good_bind_specs(void **state)
{
	static const struct {
		const char *text, *type, *source, *destination, *mode;
		bool rw;
		const char *propagation;
	} rows[] = {
		{ "/a:/b", "bind", "/a", "/b", "", true, "rprivate" },
		{ "/a:/b:ro", "bind", "/a", "/b", "ro", false, "rprivate" },
		{ "/a/../c:/b//d/:rw,rslave", "bind", "/c", "/b/d", "rw,rslave", true, "rslave" },
		{ "/a:/b:ro,z", "bind", "/a", "/b", "ro,z", false, "rprivate" },
		{ "/a:/b:", "bind", "/a", "/b", "", true, "rprivate" },
		{ "/data", "volume", "", "/data", "", true, "" },
		{ "vol:/data:nocopy", "volume", "", "/data", "nocopy", true, "" },
	};
	struct ctr_mount m;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(mount_spec_parse(a, rows[i].text, &m, &e), 0);
		assert_string_equal(m.type, rows[i].type);
		assert_string_equal(m.source, rows[i].source);
		assert_string_equal(m.destination, rows[i].destination);
		assert_string_equal(m.mode, rows[i].mode);
		assert_string_equal(m.propagation, rows[i].propagation);
		assert_int_equal(m.rw, rows[i].rw);
	}
}

static void bad_bind_specs_are_refused_in_docker_s_words(void **state)
{
	static const struct {
		const char *text, *msg;
	} rows[] = {
		{ "", "invalid volume specification: ''" },
		{ ":/b", "invalid volume specification: ':/b'" },
		{ "/a:/b:ro:x", "invalid volume specification: '/a:/b:ro:x'" },
		{ "/a:ro", "invalid volume specification: '/a:ro'" },
		{ "/a:/b:foo", "invalid mode: foo" },
		{ "/a:/b:ro,rw", "invalid mode: ro,rw" },
		{ "/a:/b:ro,", "invalid mode: ro," },
		{ "/a:b",
			"invalid volume specification: '/a:b': invalid mount path: 'b' mount path "
			"must be absolute" },
		{ "/a:/", "invalid volume specification: '/a:/': invalid mount config for type "
			  "\"bind\": invalid specification: destination can't be '/'" },
		{ "a1:/x/..",
			"invalid volume specification: 'a1:/x/..': invalid mount config for type "
			"\"volume\": invalid specification: destination can't be '/'" },
	};
	struct ctr_mount m;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(mount_spec_parse(a, rows[i].text, &m, &e), -1);
		assert_int_equal(e.kind, ERR_INVALID);
		assert_string_equal(e.msg, rows[i].msg);
	}
}

static void mounts_are_checked_by_type(void **state)
{
	struct mount_bind_options bind = { .propagation = "sideways" };
	const struct {
		struct mount m;
		const char *msg;
	} rows[] = {
		{ { .type = "bind", .target = "/t" },
			"invalid mount config for type \"bind\": field Source must not be empty" },
		{ { .type = "bind", .source = "s", .target = "/t" },
			"invalid mount config for type \"bind\": invalid mount path: 's' mount path "
			"must be absolute" },
		{ { .type = "bind", .source = "/s" },
			"invalid mount config for type \"bind\": field Target must not be empty" },
		{ { .type = "bind", .source = "/s", .target = "/t", .bind = &bind },
			"invalid mount config for type \"bind\": invalid propagation mode: "
			"sideways" },
		{ { .type = "tmpfs", .source = "/s", .target = "/t" },
			"invalid mount config for type \"tmpfs\": field Source must not be "
			"specified" },
		{ { .type = "volume", .target = "/t", .read_only = true },
			"invalid mount config for type \"volume\": must not set ReadOnly mode when "
			"using anonymous volumes" },
		{ { .type = "floppy", .target = "/t" },
			"invalid mount config for type \"floppy\": mount type unknown" },
	};
	struct ctr_mount m;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(mount_spec_from(a, &rows[i].m, &m, &e), -1);
		assert_string_equal(e.msg, rows[i].msg);
	}
}

static void a_missing_source_is_refused_for_mount_only(void **state)
{
	struct mount want = { .type = "bind", .source = "/no/such/path", .target = "/t" };
	struct ctr_mount m;
	struct err e;

	(void)state;
	assert_int_equal(mount_spec_from(a, &want, &m, &e), 0);
	assert_int_equal(mount_spec_check_source(&m, &e), -1);
	assert_string_equal(e.msg, "invalid mount config for type \"bind\": bind source path does "
				   "not exist: /no/such/path");
	assert_int_equal(mount_spec_parse(a, "/no/such/path:/t", &m, &e), 0);
	assert_int_equal(mount_spec_check_source(&m, &e), 0);
}

static const char *joined(const struct str_list *l)
{
	const char *s = "";

	for (size_t i = 0; i < l->n; i++)
		s = arena_printf(a, "%s%s%s", s, i ? "," : "", l->v[i]);
	return s;
}

static void later_tmpfs_options_win(void **state)
{
	struct str_list l;
	struct err e;

	(void)state;
	assert_int_equal(mount_spec_tmpfs_options(a, "", &l, &e), 0);
	assert_string_equal(joined(&l), "noexec,nosuid,nodev,rprivate");
	assert_int_equal(mount_spec_tmpfs_options(a, "exec,size=1m,size=64m,mode=1777", &l, &e), 0);
	assert_string_equal(joined(&l), "nosuid,nodev,rprivate,exec,size=64m,mode=1777");
	assert_int_equal(mount_spec_tmpfs_options(a, "colour=red", &l, &e), -1);
	assert_string_equal(e.msg, "invalid tmpfs option \"colour=red\"");
}

static void one_destination_is_mounted_once(void **state)
{
	const char *binds[] = { "/a:/x", "/b:/x/" }, *paths[] = { "/x", "/y" };
	struct container_config c = { .volumes = { paths, 2 } };
	struct host_config h = { .binds = { binds, 2 } };
	struct ctr_mounts m = { 0 };
	struct err e;

	(void)state;
	assert_int_equal(mount_table_gather(a, &c, &h, &m, &e), -1);
	assert_string_equal(e.msg, "Duplicate mount point: /x");
	h.binds.n = 1;
	m.n = 0;
	assert_int_equal(mount_table_gather(a, &c, &h, &m, &e), 0);
	assert_int_equal(m.n, 2); /* the image's /x gave way, /y is anonymous */
	assert_string_equal(m.v[1].destination, "/y");
	assert_true(m.v[1].is_anonymous);
}

static void what_was_taken_over_gives_way(void **state)
{
	struct ctr_mount from[] = {
		{ .type = "volume", .name = "old", .destination = "/x", .is_taken_over = true },
		{ .type = "volume", .name = "old", .destination = "/z", .is_taken_over = true },
	};
	const char *binds[] = { "data:/x" }, *paths[] = { "/z" };
	struct container_config c = { .volumes = { paths, 1 } };
	struct host_config h = { .binds = { binds, 1 }, .volume_driver = "local" };
	struct ctr_mounts m = { 0 };
	struct err e;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		m.v = arena_grow(a, m.v, &m.n, sizeof(*m.v));
		m.v[i] = from[i];
	}
	assert_int_equal(mount_table_gather(a, &c, &h, &m, &e), 0);
	assert_int_equal(m.n, 2);
	assert_string_equal(m.v[0].name, "data");
	assert_false(m.v[0].is_anonymous);
	assert_string_equal(m.v[1].name, "old");
}

static void modes_of_sharing(void **state)
{
	bool rw;
	struct err e;

	(void)state;
	assert_int_equal(mount_spec_sharing_mode("ro", &rw, &e), 0);
	assert_false(rw);
	assert_int_equal(mount_spec_sharing_mode("z,rw", &rw, &e), 0);
	assert_true(rw);
	assert_int_equal(mount_spec_sharing_mode("nocopy", &rw, &e), -1);
	assert_int_equal(mount_spec_sharing_mode("rslave", &rw, &e), -1);
	assert_string_equal(e.msg, "invalid mode: rslave");
}

static void paths_are_cleaned_as_go_does(void **state)
{
	static const char *const rows[][2] = { { "", "." }, { "/", "/" }, { "//", "/" },
		{ "/a//b/../c/.", "/a/c" }, { "/../a", "/a" }, { "a/..", "." },
		{ "../a/../..", "../.." }, { "./a", "a" }, { "/a/b/../../..", "/" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(path_clean(a, rows[i][0]), rows[i][1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(good_bind_specs, setup, teardown),
		cmocka_unit_test_setup_teardown(
			bad_bind_specs_are_refused_in_docker_s_words, setup, teardown),
		cmocka_unit_test_setup_teardown(mounts_are_checked_by_type, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_missing_source_is_refused_for_mount_only, setup, teardown),
		cmocka_unit_test_setup_teardown(later_tmpfs_options_win, setup, teardown),
		cmocka_unit_test_setup_teardown(one_destination_is_mounted_once, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_taken_over_gives_way, setup, teardown),
		cmocka_unit_test_setup_teardown(modes_of_sharing, setup, teardown),
		cmocka_unit_test_setup_teardown(paths_are_cleaned_as_go_does, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

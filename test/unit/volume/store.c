/* SPDX-License-Identifier: Apache-2.0 */
/* The store on a scratch data root: what is made is found again, who holds what, what is refused. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "volume/volume.h"

static struct arena *a;
static char root[64];
static struct volume_store *s;

static void reopen(void)
{
	struct err e;

	volume_store_close(s);
	s = volume_store_open(root, &e);
	assert_non_null(s);
}

static int setup(void **state)
{
	(void)state;
	a = arena_new();
	snprintf(root, sizeof(root), "/tmp/tare-unit-volume-XXXXXX");
	assert_non_null(mkdtemp(root));
	s = NULL;
	reopen();
	return 0;
}

static int teardown(void **state)
{
	struct err e;

	(void)state;
	volume_store_close(s);
	assert_int_equal(fs_remove_tree(AT_FDCWD, root, &e), 0);
	arena_free(a);
	return 0;
}

static int make(const char *name, const char *user, struct volume *v, struct err *e)
{
	struct volume_spec spec = { .name = name };

	str_map_set(a, &spec.labels, "k", "v");
	return volume_create(s, a, &spec, user, v, e);
}

static void found_again(void **state)
{
	struct volume v;
	struct volume_list all;
	struct err e;

	(void)state;
	assert_int_equal(make("data", NULL, &v, &e), 0);
	assert_true(v.is_new);
	assert_true(fs_exists(AT_FDCWD, v.mountpoint));
	assert_int_equal(make("data", NULL, &v, &e), 0);
	assert_false(v.is_new);
	assert_int_equal(volume_create(s, a, &(struct volume_spec){ 0 }, NULL, &v, &e), 0);
	assert_int_equal(strlen(v.name), 64);
	assert_string_equal(str_map_get(&v.labels, VOLUME_ANONYMOUS), "");
	reopen();
	assert_int_equal(volume_list(s, a, &all, &e), 0);
	assert_int_equal(all.n, 2);
	assert_int_equal(volume_get(s, a, v.name, &v, &e), 0);
	assert_string_equal(str_map_get(&v.labels, VOLUME_ANONYMOUS), "");
	assert_int_equal(volume_get(s, a, "data", &v, &e), 0);
	assert_string_equal(str_map_get(&v.labels, "k"), "v");
	assert_null(str_map_get(&v.labels, VOLUME_ANONYMOUS));
}

/* A file of options as dockerd writes it, without one of ours. */
static void options_of_dockerd(void **state)
{
	static const char text[] =
		"{\"MountType\":\"tmpfs\",\"MountOpts\":\"size=1m\",\"MountDevice\":\"tmpfs\","
		"\"Quota\":{\"Size\":0}}";
	struct volume v;
	struct err e;

	(void)state;
	assert_int_equal(
		fs_mkdir_p(AT_FDCWD, arena_printf(a, "%s/volumes/theirs/_data", root), 0755, &e),
		0);
	assert_int_equal(fs_replace(AT_FDCWD, arena_printf(a, "%s/volumes/theirs/opts.json", root),
				 text, strlen(text), 0600, FS_NO_SYNC, &e),
		0);
	reopen();
	assert_int_equal(volume_get(s, a, "theirs", &v, &e), 0);
	assert_string_equal(str_map_get(&v.options, "type"), "tmpfs");
	assert_string_equal(str_map_get(&v.options, "o"), "size=1m");
	assert_int_equal(v.labels.n, 0);
}

static void held_ones_stay(void **state)
{
	struct volume v;
	struct err e;

	(void)state;
	assert_int_equal(make("data", "c1", &v, &e), 0);
	assert_int_equal(make("data", "c2", &v, &e), 0);
	assert_int_equal(volume_remove(s, "data", &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	assert_string_equal(e.msg, "remove data: volume is in use - [c1, c2]");
	volume_release(s, "data", "c1");
	volume_release(s, "data", "c2");
	volume_release(s, "data", "c2");
	assert_int_equal(volume_remove(s, "data", &e), 0);
	assert_false(fs_exists(AT_FDCWD, v.mountpoint));
	assert_int_equal(volume_remove(s, "data", &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
}

static void refused(void **state)
{
	static const struct {
		const char *name, *driver, *option, *msg;
	} rows[] = {
		{ "x", NULL, NULL,
			"create x: volume name is too short, names should be at least two "
			"alphanumeric characters" },
		{ "ab", "nfsd", NULL,
			"create ab: error looking up volume plugin nfsd: plugin \"nfsd\" not found" },
		{ "ab", NULL, "colour", "create ab: invalid option: \"colour\"" },
		{ "ab", NULL, "type", "create ab: missing required option: \"device\"" },
	};
	struct volume v;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct volume_spec spec = { .name = rows[i].name, .driver = rows[i].driver };

		if (rows[i].option)
			str_map_set(a, &spec.options, rows[i].option, "x");
		assert_int_equal(volume_create(s, a, &spec, NULL, &v, &e), -1);
		assert_string_equal(e.msg, rows[i].msg);
	}
	assert_int_equal(volume_get(s, a, "ab", &v, &e), -1);
}

/* What a killed daemon left in tmp/ is gone; a file that is no volume is none. */
static void swept(void **state)
{
	struct volume_list all;
	struct err e;

	(void)state;
	assert_int_equal(
		fs_mkdir_p(AT_FDCWD, arena_printf(a, "%s/tmp/volume-0123456789abcdef/_data", root),
			0700, &e),
		0);
	assert_int_equal(fs_replace(AT_FDCWD, arena_printf(a, "%s/volumes/metadata.db", root), "x",
				 1, 0600, FS_NO_SYNC, &e),
		0);
	reopen();
	assert_false(fs_exists(AT_FDCWD, arena_printf(a, "%s/tmp/volume-0123456789abcdef", root)));
	assert_int_equal(volume_list(s, a, &all, &e), 0);
	assert_int_equal(all.n, 0);
}

static void measured(void **state)
{
	struct volume v;
	struct err e;
	int64_t bytes;

	(void)state;
	assert_int_equal(make("data", NULL, &v, &e), 0);
	assert_int_equal(fs_mkdir_p(AT_FDCWD, arena_printf(a, "%s/d", v.mountpoint), 0755, &e), 0);
	assert_int_equal(fs_replace(AT_FDCWD, arena_printf(a, "%s/d/f", v.mountpoint), "hello", 5,
				 0644, FS_NO_SYNC, &e),
		0);
	assert_int_equal(link(arena_printf(a, "%s/d/f", v.mountpoint),
				 arena_printf(a, "%s/again", v.mountpoint)),
		0);
	assert_int_equal(volume_measure(v.mountpoint, &bytes, &e), 0);
	assert_int_equal(bytes, 5);
	assert_false(volume_wants_filling(v.mountpoint));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(found_again, setup, teardown),
		cmocka_unit_test_setup_teardown(options_of_dockerd, setup, teardown),
		cmocka_unit_test_setup_teardown(held_ones_stay, setup, teardown),
		cmocka_unit_test_setup_teardown(refused, setup, teardown),
		cmocka_unit_test_setup_teardown(swept, setup, teardown),
		cmocka_unit_test_setup_teardown(measured, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What needs no root: the caller's own files. Owners, devices and opaque directories are in test/image. */
#include "layer/unpack.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "tar_make.h"

struct fixture {
	char dir[32];
	int root;
	struct buf tar;
	struct unpack_result result;
	struct err e;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->dir, sizeof(f->dir), "/tmp/tare-unit-XXXXXX");
	f->root = open(mkdtemp(f->dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	buf_init(&f->tar, 1 << 20);
	umask(0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	fs_remove_tree(AT_FDCWD, f->dir, &f->e);
	close(f->root);
	buf_done(&f->tar);
	free(f);
	return 0;
}

static int unpack(struct fixture *f)
{
	struct tar_reader_opts opts = { 0 };
	struct unpack_opts unpack_opts = { 0 };
	struct tar_reader *tar;
	struct source *src;
	own_fd fd = -1;

	tar_end(&f->tar);
	fd = tar_fd(f->tar.data, f->tar.len);
	assert_int_equal(source_open(fd, &src, &f->e), 0);
	assert_int_equal(tar_reader_open(src, &opts, &tar, &f->e), 0);
	int rc = unpack_layer(tar, f->root, &unpack_opts, &f->result, &f->e);
	tar_reader_close(tar);
	source_close(src);
	return rc;
}

static void add(
	struct fixture *f, const char *name, char type, const char *link, const char *content)
{
	tar_add(&f->tar,
		&(struct tar_member){ name, type, link, content, type == '5' ? 0755 : 0644 });
}

static void assert_file(struct fixture *f, const char *name, const char *content)
{
	own_buf b;

	buf_init(&b, 4096);
	assert_int_equal(fs_read(f->root, name, 4095, &b, &f->e), 0);
	assert_string_equal(b.data, content);
}

static void assert_refused(struct fixture *f, const char *text)
{
	assert_int_equal(unpack(f), -1);
	assert_int_equal(f->e.kind, ERR_INVALID);
	assert_string_equal(f->e.msg, text);
}

static void files_links_and_directories_are_made(void **state)
{
	struct fixture *f = *state;
	struct stat st, hard;
	char target[16] = { 0 };

	add(f, "./", '5', NULL, NULL);
	add(f, "d/", '5', NULL, NULL);
	add(f, "d/f", '0', NULL, "hello");
	add(f, "d/h", '1', "./d/f", NULL);
	add(f, "d/s", '2', "../../x", NULL);
	add(f, "implied/deep/f", '0', NULL, "there");
	tar_add(&f->tar, &(struct tar_member){ "d/suid", '0', NULL, "x", 04711 });
	assert_int_equal(unpack(f), 0);
	assert_file(f, "d/f", "hello");
	assert_file(f, "implied/deep/f", "there");
	assert_int_equal(fstatat(f->root, "d/f", &st, 0), 0);
	assert_int_equal(fstatat(f->root, "d/h", &hard, 0), 0);
	assert_int_equal(st.st_ino, hard.st_ino);
	assert_int_equal(st.st_mtim.tv_sec, 1700000000);
	assert_int_equal(fstatat(f->root, "d", &st, 0), 0);
	assert_int_equal(st.st_mtim.tv_sec, 1700000000);
	assert_int_equal(readlinkat(f->root, "d/s", target, 15), 7);
	assert_string_equal(target, "../../x");
	assert_int_equal(fstatat(f->root, "d/suid", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 04711);
	assert_int_equal(fstatat(f->root, "implied", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	/* hello, there, x and the symlink's seven bytes; the hard link is no second file */
	assert_int_equal(f->result.size, 5 + 5 + 1 + 7);
	assert_int_equal(f->result.entries, 7);
}

/* dockerd's words. What was there first could not be given back when the layer is saved. */
static void names_listed_twice_are_refused(void **state)
{
	static const struct tar_member seconds[] = {
		{ "x", '0', NULL, "new", 0644 },
		{ "./x", '5', NULL, NULL, 0755 },
		{ "d/../x", '2', "d", NULL, 0777 },
		{ "x", '1', "d/file", NULL, 0644 },
		{ "d", '0', NULL, "a file", 0644 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		add(f, "d/file", '0', NULL, "kept");
		add(f, "x", '0', NULL, "old");
		tar_add(&f->tar, &seconds[i]);
		assert_refused(f, i < 4 ? "duplicates of file paths not supported: /x"
					: "duplicates of file paths not supported: /d");
		assert_file(f, "x", "old");
		buf_drop(&f->tar, f->tar.len);
		assert_int_equal(fs_remove_tree(f->root, "d", &f->e), 0);
		assert_int_equal(fs_remove_tree(f->root, "x", &f->e), 0);
	}
}

static void a_directory_listed_twice_looks_like_the_second(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	add(f, "kept/", '5', NULL, NULL);
	add(f, "kept/in", '0', NULL, "z");
	tar_add(&f->tar, &(struct tar_member){ "kept/", '5', NULL, NULL, 0700 });
	assert_int_equal(unpack(f), 0);
	assert_file(f, "kept/in", "z");
	assert_int_equal(fstatat(f->root, "kept", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(f->result.size, 1);
}

static void whiteouts_are_devices_and_hide_nothing_of_their_own_layer(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	add(f, ".wh.gone", '0', NULL, NULL);
	add(f, "stays", '0', NULL, "x");
	add(f, ".wh.stays", '0', NULL, NULL);
	add(f, ".wh.replaced", '0', NULL, NULL);
	add(f, "replaced", '0', NULL, "y");
	assert_int_equal(unpack(f), 0);
	assert_int_equal(fstatat(f->root, "gone", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISCHR(st.st_mode) && st.st_rdev == 0);
	assert_file(f, "stays", "x");
	assert_file(f, "replaced", "y");
	assert_int_equal(fstatat(f->root, ".wh.gone", &st, AT_SYMLINK_NOFOLLOW), -1);
}

static void names_that_lead_out_are_refused(void **state)
{
	struct fixture *f = *state;

	add(f, "../x", '0', NULL, "out");
	assert_refused(f, "\"../x\" is outside of \"/\"");
}

static void hard_links_that_lead_out_are_refused(void **state)
{
	struct fixture *f = *state;

	add(f, "d/h", '1', "../../etc/passwd", NULL);
	assert_refused(f, "invalid hardlink \"/d/h\" -> \"../../etc/passwd\"");
}

static void a_hard_link_through_a_symlink_stays_inside(void **state)
{
	struct fixture *f = *state;

	add(f, "way", '2', "/etc", NULL);
	add(f, "h", '1', "way/passwd", NULL);
	assert_refused(f, "link /h: open way: No such file or directory");
}

static void a_file_through_a_symlink_lands_inside(void **state)
{
	struct fixture *f = *state;

	add(f, "tmp/", '5', NULL, NULL);
	add(f, "way", '2', "../../../../tmp", NULL);
	add(f, "way/tare-unit-escaped", '0', NULL, "in");
	assert_int_equal(unpack(f), 0);
	assert_file(f, "tmp/tare-unit-escaped", "in");
	assert_int_equal(access("/tmp/tare-unit-escaped", F_OK), -1);
}

static void the_drivers_own_attributes_are_refused(void **state)
{
	struct fixture *f = *state;

	tar_add_pax(&f->tar, "SCHILY.xattr.trusted.overlay.metacopy", "x");
	add(f, "f", '0', NULL, "x");
	assert_refused(f,
		"/f: extended attribute trusted.overlay.metacopy is reserved for the storage driver");
}

static void a_file_as_directory_is_refused(void **state)
{
	struct fixture *f = *state;

	add(f, "f", '0', NULL, "x");
	add(f, "f/g", '0', NULL, "y");
	assert_int_equal(unpack(f), -1);
	assert_int_equal(f->e.kind, ERR_INVALID);
}

static void whiteouts_of_dots_are_refused(void **state)
{
	struct fixture *f = *state;

	add(f, "d/.wh...", '0', NULL, NULL);
	assert_refused(f, "invalid whiteout name: /d/.wh...");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_links_and_directories_are_made),
		TEST(names_listed_twice_are_refused),
		TEST(a_directory_listed_twice_looks_like_the_second),
		TEST(whiteouts_are_devices_and_hide_nothing_of_their_own_layer),
		TEST(names_that_lead_out_are_refused),
		TEST(hard_links_that_lead_out_are_refused),
		TEST(a_hard_link_through_a_symlink_stays_inside),
		TEST(a_file_through_a_symlink_lands_inside),
		TEST(the_drivers_own_attributes_are_refused),
		TEST(a_file_as_directory_is_refused),
		TEST(whiteouts_of_dots_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

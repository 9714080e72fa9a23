/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What needs no root: the caller's own files, and whiteouts. Owners, attributes and opaque directories are
 * in test/commit.
 */
#include "layer/pack.h"

#include <fcntl.h>
#include <locale.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "layer/reader.h"

struct fixture {
	char dir[32];
	int root;
	int tar;
	struct pack_opts opts;
	struct pack_result result;
	struct err e;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->dir, sizeof(f->dir), "/tmp/tare-unit-XXXXXX");
	f->root = open(mkdtemp(f->dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->tar = memfd_create("tar", MFD_CLOEXEC);
	umask(022);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	fs_remove_tree(AT_FDCWD, f->dir, &f->e);
	close(f->root);
	close(f->tar);
	free(f);
	return 0;
}

static void put(struct fixture *f, const char *name, const char *content)
{
	own_fd fd = openat(f->root, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
}

static void pack(struct fixture *f)
{
	assert_int_equal(pack_tree(f->root, f->tar, &f->opts, &f->result, &f->e), 0);
	lseek(f->tar, 0, SEEK_SET);
}

/* "name type mode size [link]" of each member, one a line. */
static void list(struct fixture *f, struct buf *out)
{
	struct tar_reader_opts opts = { 0 };
	struct tar_reader *tar;
	struct tar_entry m;
	struct source *src;

	buf_init(out, 65536);
	assert_int_equal(source_open(f->tar, &src, &f->e), 0);
	assert_int_equal(tar_reader_open(src, &opts, &tar, &f->e), 0);
	while (tar_reader_next(tar, &m, &f->e) > 0) {
		buf_fmt(out, "%s %c %o %lld", m.name,
			m.hardlink	   ? 'h'
			: S_ISDIR(m.mode)  ? 'd'
			: S_ISLNK(m.mode)  ? 'l'
			: S_ISFIFO(m.mode) ? 'p'
			: S_ISCHR(m.mode)  ? 'c'
					   : 'f',
			m.mode & 07777, (long long)m.size);
		if (m.hardlink || m.symlink)
			buf_fmt(out, " %s", m.hardlink ? m.hardlink : m.symlink);
		buf_char(out, '\n');
		assert_int_equal(m.mtime.tv_nsec, 0);
	}
	tar_reader_close(tar);
	source_close(src);
}

static void an_empty_directory_is_the_empty_layer(void **state)
{
	struct fixture *f = *state;
	char zeros[1024] = { 0 }, tar[2048];

	f->opts.is_upper = true;
	pack(f);
	assert_int_equal(read(f->tar, tar, sizeof(tar)), 1024);
	assert_memory_equal(tar, zeros, 1024);
	assert_int_equal(f->result.bytes, 1024);
	assert_int_equal(f->result.entries, 0);
}

static void members_are_sorted_in_each_directory(void **state)
{
	struct fixture *f = *state;
	own_buf got = { 0 };

	mkdirat(f->root, "b", 0755);
	mkdirat(f->root, "b/sub", 0700);
	put(f, "b/sub/x", "12345");
	put(f, "b.txt", "");
	put(f, "a", "1");
	assert_int_equal(linkat(f->root, "a", f->root, "b/link", 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", f->root, "c"), 0);
	mknodat(f->root, "d", S_IFIFO | 0600, 0);
	assert_int_equal(fchmodat(f->root, "a", 04755, 0), 0);
	pack(f);
	list(f, &got);
	assert_string_equal(got.data, "a f 4755 1\n"
				      "b/ d 755 0\n"
				      "b/link h 4755 0 a\n"
				      "b/sub/ d 700 0\n"
				      "b/sub/x f 644 5\n"
				      "b.txt f 644 0\n"
				      "c l 777 0 /etc/passwd\n"
				      "d p 600 0\n");
}

static void sockets_are_left_out(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct fixture *f = *state;
	own_buf got = { 0 };
	own_fd sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/sock", f->dir);
	assert_int_equal(bind(sock, (struct sockaddr *)&addr, sizeof(addr)), 0);
	pack(f);
	list(f, &got);
	assert_string_equal(got.data, "");
}

static void a_whiteout_is_one_only_in_an_upper_directory(void **state)
{
	struct fixture *f = *state;
	own_buf upper = { 0 }, tree = { 0 };

	mkdirat(f->root, "d", 0755);
	/* Anybody may make one since Linux 5.8. */
	assert_int_equal(mknodat(f->root, "d/gone", S_IFCHR, 0), 0);
	assert_int_equal(linkat(f->root, "d/gone", f->root, "d/too", 0), 0);
	f->opts.is_upper = true;
	pack(f);
	list(f, &upper);
	assert_string_equal(upper.data, "d/ d 755 0\nd/.wh.gone f 600 0\nd/.wh.too f 600 0\n");
	f->opts.is_upper = false;
	assert_int_equal(ftruncate(f->tar, 0), 0);
	lseek(f->tar, 0, SEEK_SET);
	pack(f);
	list(f, &tree);
	assert_string_equal(tree.data, "d/ d 755 0\nd/gone c 0 0\nd/too h 0 0 d/gone\n");
}

static void one_entry_under_another_name(void **state)
{
	struct fixture *f = *state;
	own_buf got = { 0 };

	mkdirat(f->root, "d", 0755);
	put(f, "d/x", "1");
	put(f, "e", "2");
	f->opts.only = "d";
	f->opts.as = "other";
	pack(f);
	list(f, &got);
	assert_string_equal(got.data, "other/ d 755 0\nother/x f 644 1\n");
}

static void names_of_any_length_and_bytes(void **state)
{
	struct fixture *f = *state;
	own_buf got = { 0 };
	char name[256], expected[600];

	memset(name, 'n', 255);
	name[255] = 0;
	put(f, name, "");
	put(f, "\xff\xfe", "");
	pack(f);
	list(f, &got);
	snprintf(expected, sizeof(expected), "%s f 644 0\n\xff\xfe f 644 0\n", name);
	assert_string_equal(got.data, expected);
}

static void nobody_reads(void **state)
{
	struct fixture *f = *state;
	int ends[2];

	put(f, "a", "1");
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	assert_int_equal(pack_tree(f->root, ends[1], &f->opts, &f->result, &f->e), -1);
	assert_int_equal(f->e.kind, ERR_CANCELLED);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			an_empty_directory_is_the_empty_layer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			members_are_sorted_in_each_directory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sockets_are_left_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_whiteout_is_one_only_in_an_upper_directory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_entry_under_another_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names_of_any_length_and_bytes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nobody_reads, set_up, tear_down),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Files, processes, sockets, loop, steps: what talks to the kernel, without any rights. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/loop.h"
#include "base/proc.h"
#include "base/sha.h"
#include "base/steps.h"
#include "base/thread.h"
#include "base/unixsock.h"

static int scratch(char path[64])
{
	snprintf(path, 64, "/tmp/tare-unit-XXXXXX");
	assert_non_null(mkdtemp(path));
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void remove_scratch(const char *path)
{
	struct err e;

	assert_int_equal(fs_remove_tree(AT_FDCWD, path, &e), 0);
}

#define DEEP 5000

/* Directories within directories, a file of 3 bytes in each. */
static void make_deep(int dir)
{
	int at = dup(dir);

	for (int i = 0; i < DEEP; i++) {
		own_fd file = openat(at, "f", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		int below;

		assert_int_equal(write(file, "abc", 3), 3);
		assert_int_equal(mkdirat(at, "d", 0700), 0);
		below = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(below >= 0);
		close(at);
		at = below;
	}
	close(at);
}

struct deep {
	const char *path;
	int64_t bytes;
	int measured, removed;
};

static void measure_and_remove(void *arg)
{
	struct deep *d = arg;
	struct err e;

	d->measured = fs_measure(AT_FDCWD, d->path, &d->bytes, &e);
	d->removed = fs_remove_tree(AT_FDCWD, d->path, &e);
}

/* In a thread of the daemon's, whose stack is small. */
static void a_tree_may_be_deep(void **state)
{
	char path[64];
	struct deep d = { .path = path };
	own_fd dir = scratch(path);
	pthread_t thread;
	struct err e;

	(void)state;
	make_deep(dir);
	assert_int_equal(linkat(dir, "f", dir, "again", 0), 0);
	assert_int_equal(thread_start(&thread, measure_and_remove, &d, &e), 0);
	thread_join(thread);
	assert_int_equal(d.measured, 0);
	assert_int_equal(d.bytes, 3 * DEEP);
	assert_int_equal(d.removed, 0);
	assert_false(fs_exists(AT_FDCWD, path));
}

static void replace_is_read_back_and_leaves_no_temporary(void **state)
{
	char path[64];
	struct err e;
	own_fd dir = scratch(path);
	own_arena a = arena_new();
	struct stat st;

	(void)state;
	assert_int_equal(fs_replace(dir, "f", "one\n", 4, 0600, FS_NO_SYNC, &e), 0);
	assert_int_equal(fs_replace(dir, "f", "two\n", 4, 0644, FS_SYNC, &e), 0);
	assert_string_equal(fs_read_str(a, dir, "f", 100, &e), "two");
	assert_int_equal(fstatat(dir, "f", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_null(fs_read_str(a, dir, "f", 2, &e));
	assert_null(fs_read_str(a, dir, "none", 2, &e));
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_int_equal(unlinkat(dir, "f", 0), 0);
	assert_int_equal(rmdir(path), 0); /* empty: nothing was left */
}

static void paths_stay_below_their_root(void **state)
{
	char path[64];
	struct err e;
	own_fd dir = scratch(path);

	(void)state;
	assert_int_equal(symlinkat("/etc", dir, "out"), 0);
	assert_int_equal(symlinkat("../../../../etc", dir, "up"), 0);
	assert_true(fs_open_in(dir, "out/passwd", O_RDONLY, 0, &e) < 0);
	assert_true(fs_open_in(dir, "up/passwd", O_RDONLY, 0, &e) < 0);
	assert_true(fs_open_in(dir, "../../etc/passwd", O_RDONLY, 0, &e) < 0);
	own_fd made = fs_mkdir_in(dir, "a/b/../c/./d", 0755, &e);
	assert_true(made >= 0);
	assert_true(fs_exists(dir, "a/c/d"));
	own_fd deep = fs_mkdir_in(dir, "/x/y/z", 0755, &e);
	assert_true(deep >= 0);
	assert_true(fs_exists(dir, "x/y/z"));
	own_fd dangling = fs_mkdir_in(dir, "out/new", 0755, &e);
	assert_true(dangling >= 0);
	assert_true(fs_exists(dir, "etc/new")); /* /etc is the root's own */
	assert_false(fs_exists(AT_FDCWD, "/etc/new"));
	remove_scratch(path);
}

static void spawned_programs_get_their_fds_and_report_exec_errors(void **state)
{
	const char *argv[] = { "sh", "-c", "echo out; echo err >&2; read x <&3; exit $x", NULL };
	struct proc_spec s = PROC_SPEC_INIT;
	struct proc p;
	struct err e;
	int pipes[2], more[2], status;
	char got[16] = "";

	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	assert_int_equal(pipe2(more, O_CLOEXEC), 0);
	s.path = "sh";
	s.argv = argv;
	s.fd_out = s.fd_err = pipes[1];
	s.pass_fds = &more[0];
	s.n_pass_fds = 1;
	assert_int_equal(proc_spawn(&s, &p, &e), 0);
	assert_int_equal(write(more[1], "7\n", 2), 2);
	assert_int_equal(proc_wait(&p, -1, &status, &e), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_int_equal(read(pipes[0], got, sizeof(got) - 1), 8);
	assert_string_equal(got, "out\nerr\n");
	proc_done(&p);
	s.path = "/nonexistent/program";
	assert_int_equal(proc_spawn(&s, &p, &e), -1);
	assert_string_equal(e.msg, "exec /nonexistent/program: No such file or directory");
	close(pipes[0]), close(pipes[1]), close(more[0]), close(more[1]);
}

static void killed_children_say_so(void **state)
{
	const char *argv[] = { "sleep", "100", NULL };
	struct proc_spec s = PROC_SPEC_INIT;
	struct proc p;
	struct err e;
	int status;

	(void)state;
	s.path = "sleep";
	s.argv = argv;
	assert_int_equal(proc_spawn(&s, &p, &e), 0);
	assert_int_equal(proc_wait(&p, 0, &status, &e), 1);
	assert_int_equal(proc_kill(&p, SIGTERM, &e), 0);
	assert_int_equal(proc_wait(&p, -1, &status, &e), 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
	proc_done(&p);
}

static void sockets_pass_descriptors_even_on_long_paths(void **state)
{
	char path[64], name[256];
	struct err e;
	own_fd dir = scratch(path);
	int fds[2] = { -1, -1 };
	size_t n = 2;
	char got[8] = "";

	(void)state;
	snprintf(name, sizeof(name), "%s/%0100d", path, 0);
	assert_int_equal(mkdir(name, 0700), 0);
	snprintf(name + strlen(name), sizeof(name) - strlen(name), "/ctl");
	own_fd l = unixsock_listen(name, SOCK_SEQPACKET, 0600, &e);
	assert_true(l >= 0);
	own_fd c = unixsock_connect(name, SOCK_SEQPACKET, &e);
	assert_true(c >= 0);
	own_fd s = accept(l, NULL, NULL);
	assert_int_equal(unixsock_send(c, "hi", 2, &dir, 1, &e), 0);
	assert_int_equal(unixsock_recv(s, got, sizeof(got), fds, &n, &e), 2);
	assert_int_equal(n, 1);
	struct stat a, b;
	assert_int_equal(fstat(dir, &a), 0);
	assert_int_equal(fstat(fds[0], &b), 0);
	assert_true(a.st_ino == b.st_ino);
	close(fds[0]);
	remove_scratch(path);
}

struct counter {
	struct loop *loop;
	int timers, posts, reads;
	int pipe[2];
	struct loop_timer *cancelled;
};

static void on_post(void *arg)
{
	((struct counter *)arg)->posts++;
}

static void on_read(void *arg, uint32_t events)
{
	struct counter *c = arg;

	(void)events;
	c->reads++;
	loop_remove(c->loop, c->pipe[0]);
	loop_cancel(c->loop, c->cancelled);
}

static void on_timer(void *arg)
{
	struct counter *c = arg;

	if (++c->timers == 2)
		loop_stop(c->loop);
}

static void loop_serves_fds_timers_and_posts(void **state)
{
	struct err e;
	struct counter c = { .loop = loop_new(&e) };

	(void)state;
	assert_int_equal(pipe(c.pipe), 0);
	assert_int_equal(write(c.pipe[1], "x", 1), 1);
	assert_int_equal(loop_add(c.loop, c.pipe[0], EPOLLIN, on_read, &c, &e), 0);
	c.cancelled = loop_after(c.loop, 60000, on_timer, &c);
	loop_after(c.loop, 20, on_timer, &c);
	loop_after(c.loop, 1, on_timer, &c);
	assert_int_equal(loop_post(c.loop, on_post, &c, &e), 0);
	assert_int_equal(loop_run(c.loop, &e), 0);
	assert_int_equal(c.timers, 2);
	assert_int_equal(c.posts, 1);
	assert_int_equal(c.reads, 1);
	loop_free(c.loop);
	close(c.pipe[0]), close(c.pipe[1]);
}

static int step_ok(void *ctx, struct err *e)
{
	(void)e;
	++*(int *)ctx;
	return 0;
}

static int step_bad(void *ctx, struct err *e)
{
	(void)ctx;
	return err_set(e, ERR_CONFLICT, "no");
}

static void step_undo(void *ctx)
{
	*(int *)ctx += 100;
}

static void failed_steps_undo_those_before(void **state)
{
	const struct step steps[] = { { "a", step_ok, step_undo }, { "b", step_ok, NULL },
		{ "c", step_ok, step_undo }, { "d", step_bad, step_undo }, { 0 } };
	struct err e;
	int ctx = 0;

	(void)state;
	assert_int_equal(steps_run("unit", steps, &ctx, &e), -1);
	assert_int_equal(ctx, 203);
	assert_string_equal(e.msg, "no");
	ctx = 0;
	setenv("TARE_FAULT", "unit.c:1", 1); /* read at the first fault point, before this test */
	assert_int_equal(steps_run("unit", steps + 4, &ctx, &e), 0);
}

static void digests_are_sha256(void **state)
{
	char out[SHA_DIGEST_TEXT + 1], hex[SHA_HEX + 1];
	struct sha *s = sha_new();

	(void)state;
	sha_digest("abc", 3, out);
	assert_string_equal(
		out, "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha_add(s, "a", 1);
	sha_add(s, "bc", 2);
	sha_hex(s, hex);
	assert_string_equal(hex, out + 7);
	sha_hex(s, hex);
	assert_string_equal(
		hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_may_be_deep),
		cmocka_unit_test(replace_is_read_back_and_leaves_no_temporary),
		cmocka_unit_test(paths_stay_below_their_root),
		cmocka_unit_test(spawned_programs_get_their_fds_and_report_exec_errors),
		cmocka_unit_test(killed_children_say_so),
		cmocka_unit_test(sockets_pass_descriptors_even_on_long_paths),
		cmocka_unit_test(loop_serves_fds_timers_and_posts),
		cmocka_unit_test(failed_steps_undo_those_before),
		cmocka_unit_test(digests_are_sha256),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

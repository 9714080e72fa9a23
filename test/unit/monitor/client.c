/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "monitor/client_int.h"

struct fixture {
	char dir[64];
	int peer; /* we play the monitor */
	struct monitor *m;
};

static int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int pair[2];

	snprintf(f->dir, sizeof(f->dir), "/tmp/unit-client-XXXXXX");
	if (!mkdtemp(f->dir) || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
		return -1;
	f->peer = pair[1];
	f->m = monitor_new(pair[0], f->dir);
	*state = f;
	return 0;
}

static int fixture_teardown(void **state)
{
	struct fixture *f = *state;
	struct err e;

	monitor_close(f->m);
	if (f->peer >= 0)
		close(f->peer);
	fs_remove_tree(AT_FDCWD, f->dir, &e);
	free(f);
	return 0;
}

static void say(struct fixture *f, struct monitor_report r, const char *text)
{
	char packet[sizeof(r) + MONITOR_TEXT_MAX];

	r.proto = MONITOR_PROTO;
	r.n_text = (uint32_t)strlen(text);
	memcpy(packet, &r, sizeof(r));
	memcpy(packet + sizeof(r), text, r.n_text);
	assert_int_equal(send(f->peer, packet, sizeof(r) + r.n_text, 0), sizeof(r) + r.n_text);
}

static void write_file(struct fixture *f, const char *name, const char *text)
{
	char path[128];
	struct err e;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	assert_int_equal(fs_replace(AT_FDCWD, path, text, strlen(text), 0600, FS_NO_SYNC, &e), 0);
}

static void events_around_an_answer_keep_their_order(void **state)
{
	struct fixture *f = *state;
	struct monitor_state s;
	struct monitor_event ev;
	struct err e;

	say(f, (struct monitor_report){ .type = MONITOR_STATE, .phase = MONITOR_CREATED, .pid = 9 },
		"");
	say(f, (struct monitor_report){ .type = MONITOR_DETACHED, .phase = MONITOR_RUNNING }, "");
	say(f,
		(struct monitor_report){
			.type = MONITOR_STATE, .serial = 1, .phase = MONITOR_RUNNING, .pid = 9 },
		"");
	say(f,
		(struct monitor_report){
			.type = MONITOR_STATE, .phase = MONITOR_EXITED, .exit_code = 3 },
		"");
	assert_int_equal(monitor_start(f->m, 1000, &s, &e), 0);
	assert_int_equal(s.phase, MONITOR_RUNNING);
	assert_int_equal(s.pid, 9);
	assert_int_equal(monitor_next_event(f->m, &ev, &e), 1);
	assert_int_equal(ev.state.phase, MONITOR_CREATED);
	assert_int_equal(monitor_next_event(f->m, &ev, &e), 1);
	assert_int_equal(ev.type, MONITOR_EV_DETACHED);
	assert_int_equal(monitor_next_event(f->m, &ev, &e), 1);
	assert_int_equal(ev.state.exit_code, 3);
	assert_int_equal(monitor_next_event(f->m, &ev, &e), 0);
	close(f->peer);
	f->peer = -1;
	assert_int_equal(monitor_next_event(f->m, &ev, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
}

static void a_failed_runtime_is_quoted(void **state)
{
	struct fixture *f = *state;
	struct monitor_report r = {
		.type = MONITOR_STATE, .phase = MONITOR_FAILED, .runtime_status = 1
	};
	struct monitor_state s;
	struct err e;

	write_file(f, MONITOR_LOG,
		"{\"level\":\"warning\",\"msg\":\"w\"}\n{\"level\":\"error\",\"msg\":\"exec: \\\"x\\\"\"}\nnot json\n");
	say(f, r, "noise\n");
	assert_int_equal(monitor_wait_created(f->m, 1000, &s, &e), -1);
	assert_string_equal(e.msg, "exec: \"x\"");
	assert_int_equal(e.kind, ERR_INTERNAL);
}

static void without_a_log_stderr_or_the_status_is_told(void **state)
{
	struct fixture *f = *state;
	struct monitor_report r = {
		.type = MONITOR_STATE, .serial = 1, .phase = MONITOR_FAILED, .runtime_status = 4
	};
	struct monitor_state s;
	struct err e;

	say(f, r, " why \n");
	assert_int_equal(monitor_start(f->m, 1000, &s, &e), -1);
	assert_string_equal(e.msg, "why");
	r.serial = 2;
	say(f, r, "");
	assert_int_equal(monitor_start(f->m, 1000, &s, &e), -1);
	assert_string_equal(e.msg, "runtime exited with status 4");
}

static void refusals_have_kinds(void **state)
{
	struct fixture *f = *state;
	struct err e;

	say(f, (struct monitor_report){ .type = MONITOR_ANSWER, .serial = 1, .error = ESRCH }, "");
	assert_int_equal(monitor_signal(f->m, 9, &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	assert_string_equal(e.msg, "process is not running");
	say(f, (struct monitor_report){ .type = MONITOR_ANSWER, .serial = 2 }, "");
	assert_int_equal(monitor_resize(f->m, 24, 80, &e), 0);
	say(f, (struct monitor_report){ .type = MONITOR_ANSWER, .serial = 3, .error = EIO }, "");
	assert_int_equal(monitor_close_stdin(f->m, &e), -1);
	assert_int_equal(e.kind, ERR_INTERNAL);
	assert_int_equal(e.sys, EIO);
}

static void a_silent_or_strange_monitor_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct monitor_state s;
	struct err e;

	assert_int_equal(monitor_wait_created(f->m, 10, &s, &e), -1);
	assert_string_equal(e.msg, "the monitor does not answer");
	assert_int_equal(send(f->peer, "xx", 2, 0), 2);
	assert_int_equal(monitor_wait_created(f->m, 10, &s, &e), -1);
	assert_int_equal(e.kind, ERR_INTERNAL);
}

static void exit_files_are_read_whole_or_not(void **state)
{
	struct fixture *f = *state;
	struct monitor_state s;
	struct err e;

	assert_int_equal(monitor_read_exit(f->dir, &s, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	write_file(f, MONITOR_EXIT, "137 9 1700000000000000001 1700000000000000002 4711\n");
	assert_int_equal(monitor_read_exit(f->dir, &s, &e), 0);
	assert_int_equal(s.phase, MONITOR_EXITED);
	assert_int_equal(s.exit_code, 137);
	assert_int_equal(s.signal, 9);
	assert_int_equal(s.finished_ns, 1700000000000000002);
	assert_int_equal(s.pid, 4711);
	write_file(f, MONITOR_EXIT, "137 9 17000\n");
	assert_int_equal(monitor_read_exit(f->dir, &s, &e), -1);
	assert_int_equal(e.kind, ERR_INTERNAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(events_around_an_answer_keep_their_order),
		TEST(a_failed_runtime_is_quoted),
		TEST(without_a_log_stderr_or_the_status_is_told),
		TEST(refusals_have_kinds),
		TEST(a_silent_or_strange_monitor_is_an_error),
		TEST(exit_files_are_read_whole_or_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

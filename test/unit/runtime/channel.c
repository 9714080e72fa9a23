/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between parent and child. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/channel.h"

static int parent, child;

static int open_both(void **state)
{
	struct err e;

	return channel_open(&parent, &child, &e);
}

static int close_both(void **state)
{
	close(parent);
	close(child);
	return 0;
}

static void messages_arrive_in_order_with_descriptors(void **state)
{
	struct channel_message m;
	struct err e;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_int_equal(channel_send(child, CHANNEL_HOOKS, -1, 0, &e), 0);
	assert_int_equal(channel_send(child, CHANNEL_CONSOLE, null, 0, &e), 0);
	assert_int_equal(channel_send(child, CHANNEL_GO, -1, 42, &e), 0);
	assert_int_equal(channel_recv(parent, &m, &e), 0);
	assert_int_equal(m.type, CHANNEL_HOOKS);
	assert_int_equal(m.fd, -1);
	assert_int_equal(channel_recv(parent, &m, &e), 0);
	assert_int_equal(m.type, CHANNEL_CONSOLE);
	assert_true(m.fd >= 0 && fcntl(m.fd, F_GETFD) == FD_CLOEXEC);
	close(m.fd);
	assert_int_equal(channel_recv(parent, &m, &e), 0);
	assert_int_equal(m.type, CHANNEL_GO);
	assert_int_equal(m.number, 42);
	close(null);
}

static void failures_keep_their_text(void **state)
{
	struct channel_message m;
	struct err what, e;

	err_set(&what, ERR_NOT_FOUND, "exec: \"foo\": not there");
	assert_int_equal(channel_send_failure(child, &what, &e), 0);
	assert_int_equal(channel_recv(parent, &m, &e), 0);
	assert_int_equal(m.type, CHANNEL_FAILED);
	assert_int_equal(m.failure.kind, ERR_NOT_FOUND);
	assert_string_equal(m.failure.msg, "exec: \"foo\": not there");
}

/* closing with unread messages resets the connection (unix(7)): what was said before must not get lost */
static void last_words_survive_unread_messages(void **state)
{
	struct channel_message m;
	struct err what, e;

	assert_int_equal(channel_send(parent, CHANNEL_GO, -1, 1, &e), 0);
	err_set(&what, ERR_INTERNAL, "last words");
	assert_int_equal(channel_send_failure(child, &what, &e), 0);
	close(child);
	assert_int_equal(channel_recv(parent, &m, &e), 0);
	assert_int_equal(m.type, CHANNEL_FAILED);
	assert_string_equal(m.failure.msg, "last words");
	assert_int_equal(channel_recv(parent, &m, &e), 0);
	assert_int_equal(m.type, CHANNEL_END);
	child = -1;
}

static void a_parent_that_goes_ends_the_waiting(void **state)
{
	struct err e;

	close(parent);
	parent = -1;
	assert_int_equal(channel_expect(child, CHANNEL_GO, NULL, &e), -1);
	assert_int_equal(e.kind, ERR_CANCELLED);
}

static void expect_takes_only_the_named_message(void **state)
{
	struct err e;
	pid_t number;

	assert_int_equal(channel_send(parent, CHANNEL_GO, -1, 9, &e), 0);
	assert_int_equal(channel_expect(child, CHANNEL_GO, &number, &e), 0);
	assert_int_equal(number, 9);
	assert_int_equal(channel_send(parent, CHANNEL_GO, -1, 9, &e), 0);
	assert_int_equal(channel_expect(child, CHANNEL_GO_ON, NULL, &e), -1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_both, close_both)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(messages_arrive_in_order_with_descriptors),
		TEST(failures_keep_their_text),
		TEST(last_words_survive_unread_messages),
		TEST(a_parent_that_goes_ends_the_waiting),
		TEST(expect_takes_only_the_named_message),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

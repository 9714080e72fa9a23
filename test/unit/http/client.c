/* SPDX-License-Identifier: Apache-2.0 */
/* The client's connection against the server: bodies both ways at once, reuse, early refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>

#include "base/buf.h"
#include "http/client.h"
#include "live.h"

/* Counts the body and reports while it comes; /refuse reads nothing of it. */
static void count_body(void *arg, struct http_request *rq)
{
	struct slice piece;
	char text[32];
	size_t total = 0;
	struct err e;

	if (strcmp(rq->path, "/refuse") == 0) {
		http_respond(rq, 403, "text/plain", slice_str("no thanks"), &e);
		return;
	}
	http_start(rq, 200, "text/plain", &e);
	while (http_body_view(rq, &piece, &e) > 0) {
		total += piece.n;
		http_write(rq, "................", 16, &e);
	}
	snprintf(text, sizeof(text), "total %zu", total);
	http_write(rq, text, strlen(text), &e);
}

static struct http_out request(const char *method, const char *target)
{
	struct http_out out = HTTP_OUT_INIT;

	out.method = method;
	out.target = target;
	return out;
}

static void read_all(struct http_link *link, struct buf *b)
{
	struct slice piece;
	struct err e;
	int rc;

	while ((rc = http_link_view(link, &piece, &e)) > 0)
		buf_add(b, piece.p, piece.n);
	assert_int_equal(rc, 0);
}

/* 1000 bytes and their end. */
static int filled_pipe(void)
{
	static const char bytes[1000];
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(write(ends[1], bytes, sizeof(bytes)), sizeof(bytes));
	close(ends[1]);
	return ends[0];
}

#define PIPED 3000000

static void fill_pipe(void *arg)
{
	static char bytes[7919];
	int fd = *(int *)arg;

	for (size_t done = 0, n; done < PIPED; done += n) {
		n = PIPED - done < sizeof(bytes) ? PIPED - done : sizeof(bytes);
		for (size_t i = 0; i < n; i++)
			bytes[i] = (char)((done + i) % 251);
		if (write(fd, bytes, n) != (ssize_t)n)
			break;
	}
	close(fd);
}

/* "/pipe": what comes out of a pipe; anything else: of an empty one. */
static void send_pipe(void *arg, struct http_request *rq)
{
	bool is_empty = strcmp(rq->path, "/pipe") != 0;
	pthread_t thread;
	struct err e;
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	if (pipe2(ends, O_CLOEXEC) || http_start(rq, 200, "application/x-tar", &e))
		return;
	if (is_empty)
		close(ends[1]);
	else
		thread_start(&thread, fill_pipe, &ends[1], &e);
	http_write_pipe(rq, ends[0], &e);
	close(ends[0]);
	if (!is_empty)
		thread_join(thread);
}

static void a_pipe_is_an_answer(void **state)
{
	struct live l = { 0 };
	char host[100];
	struct http_in in;
	struct buf b;
	struct err e;

	live_start(&l, send_pipe, NULL, 0);
	snprintf(host, sizeof(host), "unix://%s", l.sock);
	buf_init(&b, 1 << 24);
	struct http_link *link = http_link_open(host, &e);
	for (int round = 0; round < 4; round++) {
		struct http_out out = request("GET", round % 2 ? "/empty" : "/pipe");

		assert_int_equal(http_link_send(link, &out, &in, &e), 0);
		buf_clear(&b);
		read_all(link, &b);
		assert_int_equal(b.len, round % 2 ? 0 : PIPED);
		for (size_t i = 0; i < b.len; i++)
			assert_int_equal((unsigned char)b.data[i], i % 251);
		assert_true(http_link_reusable(link));
	}
	/* A reader that goes away in the middle. */
	struct http_out out = request("GET", "/pipe");
	assert_int_equal(http_link_send(link, &out, &in, &e), 0);
	http_link_close(link);
	buf_done(&b);
	live_end(&l);
}

static void file_goes_out_while_the_answer_comes_in(void **state)
{
	struct live l = { 0 };
	char host[100];
	struct http_in in;
	struct buf b;
	struct err e;

	live_start(&l, count_body, NULL, 0);
	snprintf(host, sizeof(host), "unix://%s", l.sock);
	buf_init(&b, 1 << 24);
	struct http_link *link = http_link_open(host, &e);
	/* A file, the rest of a file, and what has no size. */
	static const char *const totals[] = { ".total 5000001", ".total 4999000", ".total 1000" };
	for (int round = 0; round < 3; round++) {
		struct http_out out = request("POST", "/count");
		int fd = round < 2 ? memfd_create("body", 0) : filled_pipe();

		if (round < 2) {
			assert_int_equal(ftruncate(fd, 5000001), 0);
			lseek(fd, round ? 1001 : 0, SEEK_SET);
		}
		out.body_fd = fd;
		assert_int_equal(http_link_send(link, &out, &in, &e), 0);
		assert_int_equal(in.status, 200);
		buf_clear(&b);
		read_all(link, &b);
		assert_non_null(strstr(b.data, totals[round]));
		assert_true(http_link_reusable(link));
		close(fd);
	}
	http_link_close(link);
	buf_done(&b);
	live_end(&l);
}

static void early_refusal_ends_the_sending(void **state)
{
	struct live l = { 0 };
	struct http_out out = request("POST", "/refuse");
	char host[100];
	struct http_in in;
	struct buf b;
	struct err e;

	live_start(&l, count_body, NULL, 0);
	snprintf(host, sizeof(host), "unix://%s", l.sock);
	buf_init(&b, 1000);
	out.body_fd = memfd_create("body", 0);
	assert_int_equal(ftruncate(out.body_fd, 50000000), 0);
	struct http_link *link = http_link_open(host, &e);
	assert_int_equal(http_link_send(link, &out, &in, &e), 0);
	assert_int_equal(in.status, 403);
	read_all(link, &b);
	assert_string_equal(b.data, "no thanks");
	assert_false(http_link_reusable(link));
	http_link_close(link);
	close(out.body_fd);
	buf_done(&b);
	live_end(&l);
}

static void connecting_fails_in_gos_words(void **state)
{
	struct err e;

	assert_null(http_link_open("unix:///nonexistent/x.sock", &e));
	assert_string_equal(
		e.msg, "dial unix /nonexistent/x.sock: connect: no such file or directory");
	assert_int_equal(e.sys, ENOENT);
	assert_null(http_link_open("ssh://host", &e));
	assert_int_equal(e.kind, ERR_INVALID);
	assert_null(http_link_open("tcp://127.0.0.1", &e));
	assert_int_equal(e.kind, ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_goes_out_while_the_answer_comes_in),
		cmocka_unit_test(a_pipe_is_an_answer),
		cmocka_unit_test(early_refusal_ends_the_sending),
		cmocka_unit_test(connecting_fails_in_gos_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

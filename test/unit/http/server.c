/* SPDX-License-Identifier: Apache-2.0 */
/* The server as a client sees it: whole answers, streams, refusals, waiting, hijack, shutdown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "live.h"

#define CLOSE "Host: d\r\nConnection: close\r\n\r\n"

/* Says what it understood; paths choose what else is done. */
static void echo(void *arg, struct http_request *rq)
{
	struct err e;
	own_buf b;

	buf_init(&b, 1 << 20);
	if (strcmp(rq->path, "/silent") == 0)
		return;
	if (strcmp(rq->path, "/unread") == 0) {
		http_respond(rq, 200, "text/plain", slice_str("unread"), &e);
		return;
	}
	if (strcmp(rq->path, "/none") == 0) {
		http_respond(rq, 204, NULL, slice_str(""), &e);
		return;
	}
	if (strcmp(rq->path, "/stream") == 0) {
		http_start(rq, 200, "text/plain", &e);
		http_write(rq, "ab", 2, &e);
		http_write(rq, "", 0, &e);
		http_write(rq, "c", 1, &e);
		return;
	}
	if (strcmp(rq->path, "/abort") == 0) {
		http_start(rq, 200, "text/plain", &e);
		http_write(rq, "ab", 2, &e);
		http_abort(rq);
		return;
	}
	buf_fmt(&b, "%s %s [%s] ", rq->method, rq->path, rq->query);
	http_set_header(rq, "X-Evil", "a\r\nb");
	http_set_header(rq, "X-Good", "yes");
	if (http_body_read(rq, 100000, &b, &e))
		http_respond(rq, 400, "text/plain", slice_str(e.msg), &e);
	else
		http_respond(rq, 200, "text/plain", (struct slice){ b.data, b.len }, &e);
}

static void answers_what_was_asked(void **state)
{
	static const struct {
		const char *send;
		const char *has[4];
		const char *lacks;
	} rows[] = {
		{ "GET /a%20b?x=1 HTTP/1.1\r\n" CLOSE,
			{ "HTTP/1.1 200 OK\r\n", "\r\nX-Good: yes\r\n",
				"\r\nContent-Length: 15\r\n", "\r\n\r\nGET /a b [x=1] " },
			"Evil" },
		{ "GET http://host:1/abs HTTP/1.1\r\n" CLOSE, { "\r\n\r\nGET /abs [] " }, NULL },
		{ "HEAD /h HTTP/1.1\r\n" CLOSE, { "\r\nContent-Length: 11\r\n" }, "HEAD /h" },
		{ "HEAD /stream HTTP/1.1\r\n" CLOSE, { "\r\nTransfer-Encoding: chunked\r\n" },
			"ab" },
		{ "GET /stream HTTP/1.1\r\n" CLOSE, { "\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n" },
			NULL },
		{ "GET /stream HTTP/1.0\r\n\r\n", { "HTTP/1.0 200 OK\r\n", "\r\n\r\nabc" },
			"chunked" },
		{ "GET /abort HTTP/1.1\r\n" CLOSE, { "2\r\nab\r\n" }, "0\r\n\r\n" },
		{ "GET /none HTTP/1.1\r\n" CLOSE, { "HTTP/1.1 204 No Content\r\n" },
			"Content-Length" },
		{ "GET /silent HTTP/1.1\r\n" CLOSE, { "HTTP/1.1 500 " }, NULL },
		{ "GET /x HTTP/1.1\r\nConnection: close\r\n\r\n",
			{ "HTTP/1.1 400 ", "missing required Host header" }, NULL },
		{ "GET x HTTP/1.1\r\n" CLOSE, { "HTTP/1.1 400 " }, NULL },
		{ "GET /%zz HTTP/1.1\r\n" CLOSE, { "HTTP/1.1 400 " }, NULL },
		{ "POST /p HTTP/1.1\r\nContent-Length: 2\r\n" CLOSE "hi",
			{ "\r\n\r\nPOST /p [] hi" }, NULL },
		{ "POST /p HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n" CLOSE "hi",
			{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200", "hi" }, NULL },
		{ "POST /unread HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\nHost: d\r\n\r\n",
			{ "HTTP/1.1 200", "\r\nConnection: close\r\n", "unread" }, "100 Continue" },
		{ "POST /unread HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n\r\nhiGET /2 HTTP/1.1\r\n" CLOSE,
			{ "unread", "GET /2" }, NULL },
		{ "POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" CLOSE "zz\r\n",
			{ "HTTP/1.1 400 ", "malformed chunked encoding" }, NULL },
		{ "NONSENSE\r\n\r\n", { "HTTP/1.1 400 " }, NULL },
	};
	struct live l = { 0 };
	static char reply[65536];

	live_start(&l, echo, NULL, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		live_talk(&l, rows[i].send, strlen(rows[i].send), reply, sizeof(reply));
		for (size_t k = 0; k < 4 && rows[i].has[k]; k++)
			if (!strstr(reply, rows[i].has[k]))
				fail_msg(
					"%s\n-> %s\nlacks %s", rows[i].send, reply, rows[i].has[k]);
		if (rows[i].lacks && strstr(reply, rows[i].lacks))
			fail_msg("%s\n-> %s\nhas %s", rows[i].send, reply, rows[i].lacks);
	}
	live_end(&l);
	assert_int_equal(l.left, 0);
}

/* the answer reaches a client that is still sending a body nobody wants */
static void early_answer_survives_a_large_body(void **state)
{
	struct live l = { 0 };
	static char reply[65536];
	struct buf b;

	live_start(&l, echo, NULL, 0);
	buf_init(&b, 1 << 20);
	buf_str(&b, "POST /unread HTTP/1.1\r\nHost: d\r\nContent-Length: 700000\r\n\r\n");
	buf_pad(&b, 'x', 700000);
	live_talk(&l, b.data, b.len, reply, sizeof(reply));
	assert_non_null(strstr(reply, "\r\n\r\nunread"));
	buf_done(&b);
	live_end(&l);
}

struct waiting {
	int said[2];
	int go[2];
	int saw; /* what http_wait returned */
};

static void wait_for_go(void *arg, struct http_request *rq)
{
	struct waiting *w = arg;
	struct err e;

	assert_int_equal(write(w->said[1], "w", 1), 1);
	w->saw = http_wait(rq, w->go[0], -1, &e);
	http_respond(rq, 200, "text/plain", slice_str("went"), &e);
	assert_int_equal(write(w->said[1], "d", 1), 1);
}

static void waiting_handler_sees_the_client_go(void **state)
{
	struct live l = { 0 };
	struct waiting w;
	struct err e;
	char c;

	assert_int_equal(pipe(w.said), 0);
	assert_int_equal(pipe(w.go), 0);
	live_start(&l, wait_for_go, &w, 0);
	int fd = unixsock_connect(l.sock, SOCK_STREAM, &e);
	assert_int_equal(write(fd, "GET / HTTP/1.0\r\n\r\n", 18), 18);
	assert_int_equal(read(w.said[0], &c, 1), 1);
	close(fd);
	assert_int_equal(read(w.said[0], &c, 1), 1);
	assert_int_equal(w.saw, -1);

	fd = unixsock_connect(l.sock, SOCK_STREAM, &e);
	assert_int_equal(write(fd, "GET / HTTP/1.0\r\n\r\n", 18), 18);
	assert_int_equal(read(w.said[0], &c, 1), 1);
	assert_int_equal(write(w.go[1], "g", 1), 1);
	assert_int_equal(read(w.said[0], &c, 1), 1);
	assert_int_equal(w.saw, 1);
	close(fd);
	live_end(&l);
}

static void drain_cuts_those_who_wait(void **state)
{
	struct live l = { 0 };
	struct waiting w;
	struct err e;
	char c;

	assert_int_equal(pipe(w.said), 0);
	assert_int_equal(pipe(w.go), 0);
	live_start(&l, wait_for_go, &w, 0);
	int fd = unixsock_connect(l.sock, SOCK_STREAM, &e);
	assert_int_equal(write(fd, "GET / HTTP/1.0\r\n\r\n", 18), 18);
	assert_int_equal(read(w.said[0], &c, 1), 1);
	loop_post(l.loop, live_stop_loop, &l, &e);
	thread_join(l.thread);
	assert_int_equal(http_server_drain(l.server, 10), 0);
	assert_int_equal(w.saw, -1);
	http_server_free(l.server);
	loop_free(l.loop);
	close(fd);
	unlink(l.sock);
	rmdir(l.dir);
}

/* Takes the socket and echoes what comes, early bytes first; /refuse changes its mind. */
static void hijacker(void *arg, struct http_request *rq)
{
	struct slice early;
	char data[64];
	struct err e;
	ssize_t n;
	int fd;

	if (strcmp(rq->path, "/refuse") == 0) {
		assert_int_equal(http_hijack_take(rq, &fd, &early, &e), 0);
		http_hijack_return(rq, fd);
		http_respond(rq, 409, "text/plain", slice_str("no"), &e);
		return;
	}
	assert_int_equal(http_hijack(rq, "application/x", &fd, &early, &e), 0);
	assert_int_equal(write(fd, early.p, early.n), early.n);
	while ((n = read(fd, data, sizeof(data))) > 0)
		assert_int_equal(write(fd, data, n), n);
	close(fd);
}

static void hijacked_socket_carries_raw_bytes(void **state)
{
	static const struct {
		const char *send, *reply;
	} rows[] = {
		{ "POST /a HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: "
		  "2\r\n\r\n{}early",
			"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/x\r\nConnection: "
			"Upgrade\r\nUpgrade: tcp\r\n\r\nearlylate" },
		{ "POST /refuse HTTP/1.1\r\nHost: d\r\n\r\n", "HTTP/1.1 409 Conflict\r\n" },
	};
	struct live l = { 0 };
	char reply[4096];
	struct err e;

	live_start(&l, hijacker, NULL, 0);
	for (size_t i = 0; i < 2; i++) {
		int fd = unixsock_connect(l.sock, SOCK_STREAM, &e);
		size_t have = 0;
		ssize_t n;

		assert_int_equal(
			write(fd, rows[i].send, strlen(rows[i].send)), strlen(rows[i].send));
		if (i == 0) {
			assert_int_equal(write(fd, "late", 4), 4);
			shutdown(fd, SHUT_WR);
		}
		while ((n = read(fd, reply + have, sizeof(reply) - 1 - have)) > 0)
			have += n;
		reply[have] = '\0';
		assert_memory_equal(reply, rows[i].reply, strlen(rows[i].reply));
		close(fd);
	}
	live_end(&l);
}

/* connections at rest take no place among the busy ones; beyond max_busy there is a clear 503 */
static void busy_limit_counts_only_the_busy(void **state)
{
	struct live l = { 0 };
	struct waiting w;
	static char reply[4096];
	struct err e;
	int resting[100], fd;
	unsigned busy, idle;
	char c;

	assert_int_equal(pipe(w.said), 0);
	assert_int_equal(pipe(w.go), 0);
	live_start(&l, wait_for_go, &w, 1);
	for (int i = 0; i < 100; i++)
		resting[i] = unixsock_connect(l.sock, SOCK_STREAM, &e);
	fd = unixsock_connect(l.sock, SOCK_STREAM, &e);
	assert_int_equal(write(fd, "GET / HTTP/1.0\r\n\r\n", 18), 18);
	assert_int_equal(read(w.said[0], &c, 1), 1);
	http_server_counts(l.server, &busy, &idle);
	assert_int_equal(busy, 1);
	assert_int_equal(idle, 100);
	live_talk(&l, "GET / HTTP/1.0\r\n\r\n", 18, reply, sizeof(reply));
	assert_non_null(strstr(reply, " 503 Service Unavailable\r\n"));
	assert_int_equal(write(w.go[1], "g", 1), 1);
	assert_int_equal(read(w.said[0], &c, 1), 1);
	for (int i = 0; i < 100; i++)
		close(resting[i]);
	close(fd);
	live_end(&l);
	assert_int_equal(l.left, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_what_was_asked),
		cmocka_unit_test(early_answer_survives_a_large_body),
		cmocka_unit_test(waiting_handler_sees_the_client_go),
		cmocka_unit_test(drain_cuts_those_who_wait),
		cmocka_unit_test(hijacked_socket_carries_raw_bytes),
		cmocka_unit_test(busy_limit_counts_only_the_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

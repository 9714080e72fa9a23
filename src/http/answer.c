/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a handler may do with its request: read the body, answer, wait, take the socket. Connections
 * and threads are server.c's.
 */
#include "http/server_int.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"

#define EXTRA_MAX (64 * 1024)

void conn_reset_answer(struct http_conn *c)
{
	c->keep_alive = c->is_http10 = c->is_head = c->expects_continue = false;
	c->has_started = c->has_ended = c->is_chunked = c->is_taken = false;
	c->is_aborted = false; /* atomic: clang wants it alone */
	conn_set_endless(c, false);
	buf_done(&c->extra);
	buf_init(&c->extra, EXTRA_MAX);
}

void conn_discard_body(struct http_conn *c)
{
	struct slice piece;
	size_t n = 0;
	struct err e;

	if (c->in.body_done)
		return;
	c->deadline_ms = clock_monotonic_ns() / 1000000 + 500;
	while (!c->expects_continue && n < HTTP_DISCARD_MAX &&
		wire_read_body(&c->in, &piece, &e) > 0)
		n += piece.n;
	c->deadline_ms = 0;
	if (!c->in.body_done)
		c->keep_alive = false;
}

/* The client waits for a word before it sends its body. */
static int say_continue(struct http_conn *c, struct err *e)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct iovec iov = { (void *)text, sizeof(text) - 1 };

	if (!c->expects_continue || c->in.body_done)
		return 0;
	c->expects_continue = false;
	return wire_send(c->in.fd, &iov, 1, e);
}

int http_body_view(struct http_request *rq, struct slice *out, struct err *e)
{
	struct http_conn *c = rq->conn;

	if (say_continue(c, e))
		return -1;
	return wire_read_body(&c->in, out, e);
}

static int pipe_body(struct wire *in, int to, struct err *e)
{
	struct slice piece;
	struct err stopped;

	for (;;) {
		ssize_t n = wire_splice(in, to, e);
		if (n < 0)
			return e->kind == ERR_UNAVAILABLE ? 0 : -1;
		if (n > 0)
			continue;
		int rc = wire_read_body(in, &piece, e);
		if (rc <= 0)
			return rc;
		if (io_write(to, piece.p, piece.n, &stopped))
			return 0;
	}
}

int http_body_pipe(struct http_request *rq, int to, struct err *e)
{
	struct http_conn *c = rq->conn;

	if (say_continue(c, e))
		return -1;
	c->in.is_frugal = true;
	int rc = pipe_body(&c->in, to, e);
	c->in.is_frugal = false;
	return rc;
}

int http_body_read(struct http_request *rq, size_t max, struct buf *b, struct err *e)
{
	size_t total = 0;
	struct slice piece;
	int rc;

	while ((rc = http_body_view(rq, &piece, e)) > 0) {
		total += piece.n;
		if (total > max)
			return err_set(e, ERR_INVALID, "request body too large");
		buf_add(b, piece.p, piece.n);
	}
	return rc;
}

void http_set_header(struct http_request *rq, const char *name, const char *value)
{
	if (strpbrk(name, "\r\n: ") || strpbrk(value, "\r\n"))
		return;
	buf_fmt(&rq->conn->extra, "%s: %s\r\n", name, value);
}

bool http_has_started(const struct http_request *rq)
{
	return rq->conn->has_started;
}

static void add_date(struct buf *out)
{
	char text[64];
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
	buf_str(out, text);
}

/* Status line and headers but for the framing and the empty line. */
static void add_head(struct http_conn *c, int status, const char *type, struct buf *out)
{
	buf_fmt(out, "HTTP/1.%d %d %s\r\n", c->is_http10 ? 0 : 1, status, http_status_text(status));
	buf_add(out, c->extra.data, c->extra.len);
	if (type)
		buf_fmt(out, "Content-Type: %s\r\n", type);
	if (status != 101)
		add_date(out);
}

static int finish_send(struct http_conn *c, struct iovec *iov, int n, struct err *e)
{
	int rc = wire_send(c->in.fd, iov, n, e);

	if (rc)
		c->is_aborted = true;
	return rc;
}

int http_respond(
	struct http_request *rq, int status, const char *type, struct slice body, struct err *e)
{
	struct http_conn *c = rq->conn;
	bool bare = status == 204 || status == 304;
	own_buf head = { 0 };

	buf_init(&head, EXTRA_MAX * 2);
	conn_discard_body(c);
	c->has_started = c->has_ended = true;
	add_head(c, status, bare ? NULL : type, &head);
	if (!bare)
		buf_fmt(&head, "Content-Length: %zu\r\n", body.n);
	buf_str(&head, c->keep_alive ? "\r\n" : "Connection: close\r\n\r\n");
	if (bare || c->is_head)
		body.n = 0;

	struct iovec iov[] = { { head.data, head.len }, { (void *)body.p, body.n } };
	return finish_send(c, iov, body.n ? 2 : 1, e);
}

int http_start(struct http_request *rq, int status, const char *type, struct err *e)
{
	struct http_conn *c = rq->conn;
	own_buf head = { 0 };

	buf_init(&head, EXTRA_MAX * 2);
	/* Who begins to answer with the body unread means to read it meanwhile. */
	if (say_continue(c, e))
		return -1;
	c->has_started = true;
	c->is_chunked = !c->is_http10;
	c->keep_alive = c->keep_alive && !c->is_http10;
	add_head(c, status, type, &head);
	if (c->is_chunked)
		buf_str(&head, "Transfer-Encoding: chunked\r\n");
	buf_str(&head, c->keep_alive ? "\r\n" : "Connection: close\r\n\r\n");

	struct iovec iov = { head.data, head.len };
	return finish_send(c, &iov, 1, e);
}

int http_write(struct http_request *rq, const void *data, size_t n, struct err *e)
{
	struct http_conn *c = rq->conn;
	char lead[24];

	if (c->is_aborted)
		return err_set(e, ERR_CANCELLED, "client is gone");
	if (n == 0 || c->is_head)
		return 0;
	snprintf(lead, sizeof(lead), "%zx\r\n", n);

	struct iovec iov[] = { { lead, strlen(lead) }, { (void *)data, n }, { "\r\n", 2 } };
	return c->is_chunked ? finish_send(c, iov, 3, e) : finish_send(c, iov + 1, 1, e);
}

static int gone(struct http_conn *c, struct err *e)
{
	c->is_aborted = true;
	err_sys(e, "write");
	e->kind = ERR_CANCELLED;
	return -1;
}

/* Moves n bytes that lie in the pipe into the socket. */
static int splice_out(struct http_conn *c, int from, size_t n, struct err *e)
{
	while (n) {
		ssize_t moved =
			splice(from, NULL, c->in.fd, NULL, n, SPLICE_F_MOVE | SPLICE_F_MORE);

		if (moved < 0 && errno == EINTR)
			continue;
		if (moved <= 0)
			return gone(c, e);
		n -= (size_t)moved;
	}
	return 0;
}

/* A chunk's first line goes out together with what ends the chunk before. */
static int send_lead(struct http_conn *c, bool is_first, size_t n, struct err *e)
{
	char lead[32];

	if (!c->is_chunked)
		return 0;
	int len = snprintf(lead, sizeof(lead), "%s%zx\r\n", is_first ? "" : "\r\n", n);
	while (send(c->in.fd, lead, (size_t)len, MSG_MORE | MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return gone(c, e);
	return 0;
}

int http_write_pipe(struct http_request *rq, int from, struct err *e)
{
	struct http_conn *c = rq->conn;
	struct iovec end = { "\r\n", 2 };
	int n = 0;

	if (c->is_aborted)
		return err_set(e, ERR_CANCELLED, "client is gone");
	for (bool is_first = true;; is_first = false) {
		if (http_wait(rq, from, -1, e) < 0)
			return -1;
		if (ioctl(from, FIONREAD, &n))
			return err_sys(e, "read pipe");
		if (n == 0)
			return is_first || !c->is_chunked ? 0 : finish_send(c, &end, 1, e);
		if (send_lead(c, is_first, (size_t)n, e) || splice_out(c, from, (size_t)n, e))
			return -1;
	}
}

int http_end(struct http_request *rq, struct err *e)
{
	struct http_conn *c = rq->conn;
	struct iovec last = { "0\r\n\r\n", 5 };

	if (c->has_ended || c->is_aborted)
		return 0;
	c->has_ended = true;
	if (!c->is_chunked || c->is_head)
		return 0;
	return finish_send(c, &last, 1, e);
}

void http_abort(struct http_request *rq)
{
	rq->conn->is_aborted = true;
}

void http_set_endless(struct http_request *rq)
{
	conn_set_endless(rq->conn, true);
}

int http_request_fd(const struct http_request *rq)
{
	return rq->conn->in.fd;
}

bool http_client_gone(struct http_request *rq)
{
	struct pollfd p = { .fd = rq->conn->in.fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) > 0;
}

int http_wait(struct http_request *rq, int fd, int timeout_ms, struct err *e)
{
	struct pollfd p[] = { { .fd = rq->conn->in.fd, .events = POLLRDHUP },
		{ .fd = fd, .events = POLLIN } };
	int64_t end = clock_monotonic_ns() / 1000000 + timeout_ms;
	int n;

	while ((n = poll(p, 2, timeout_ms)) < 0 && errno == EINTR) {
		int64_t left = end - clock_monotonic_ns() / 1000000;

		if (timeout_ms >= 0)
			timeout_ms = left > 0 ? (int)left : 0;
	}
	if (n < 0)
		return err_sys(e, "poll");
	if (p[0].revents)
		return err_set(e, ERR_CANCELLED, "client is gone");
	return p[1].revents != 0;
}

int http_hijack_take(struct http_request *rq, int *fd, struct slice *leftover, struct err *e)
{
	struct http_conn *c = rq->conn;
	struct slice rest;

	while (!c->in.body_done) {
		int rc = http_body_view(rq, &rest, e);

		if (rc < 0)
			return -1;
	}
	rest = wire_leftover(&c->in);
	leftover->p = arena_strndup(rq->arena, rest.n ? rest.p : "", rest.n);
	leftover->n = rest.n;
	conn_unlist(c);
	c->is_taken = true;
	*fd = take_fd(&c->in.fd);
	return 0;
}

void http_hijack_head(struct http_request *rq, const char *type, struct buf *out)
{
	add_head(rq->conn, rq->wants_upgrade ? 101 : 200, type, out);
	if (rq->wants_upgrade)
		buf_str(out, "Connection: Upgrade\r\nUpgrade: tcp\r\n");
	buf_str(out, "\r\n");
}

void http_hijack_return(struct http_request *rq, int fd)
{
	struct http_conn *c = rq->conn;

	c->in.fd = fd;
	c->is_taken = false;
	c->keep_alive = false;
	conn_enlist(c);
}

int http_hijack(
	struct http_request *rq, const char *type, int *fd, struct slice *leftover, struct err *e)
{
	own_fd sock = -1;
	own_buf head = { 0 };

	buf_init(&head, EXTRA_MAX * 2);
	if (http_hijack_take(rq, &sock, leftover, e))
		return -1;
	http_hijack_head(rq, type, &head);

	struct iovec iov = { head.data, head.len };
	if (wire_send(sock, &iov, 1, e))
		return -1;
	*fd = take_fd(&sock);
	return 0;
}

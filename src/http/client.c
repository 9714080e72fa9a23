/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client's connection. A file sent as the request's body is pumped whenever the socket takes
 * bytes, also while the response is being read: servers answer progress while they receive.
 */
#include "http/client.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/unixsock.h"
#include "http/wire_int.h"

#define PUMP_BUF      (64 * 1024)
#define SENDFILE_MOST (1024 * 1024)
#define HEAD_OUT_MAX  (1024 * 1024)

struct http_link {
	struct wire in;	     /* in.fd is the socket */
	char *authority;     /* the Host header */
	struct arena *arena; /* of the response at hand */
	bool keep_alive;
	/* a file on its way out, as chunks or, when its size is known, by the kernel alone */
	int pump_fd;	   /* -1: none */
	int64_t pump_left; /* bytes still to come; -1: chunks */
	char *pump;	   /* "SIZE\r\n" data "\r\n", of which [pump_at, pump_end) is still to go */
	size_t pump_at, pump_end;
	bool pump_eof;
};

/* Go prints errno texts in small letters. */
static int dial_failed(struct err *e, const char *net, const char *address, int sys)
{
	own_arena a = arena_new();
	char *text = arena_strdup(a, strerror(sys));

	text[0] = (char)tolower((unsigned char)text[0]);
	err_set(e, ERR_UNAVAILABLE, "dial %s %s: connect: %s", net, address, text);
	e->sys = sys;
	return -1;
}

static int dial_tcp(const char *address, struct err *e)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *found = NULL;
	struct slice host, port;
	own_arena a = arena_new();
	int fd = -1, rc;

	if (!slice_rcut(slice_str(address), ':', &host, &port) || port.n == 0)
		return err_set(e, ERR_INVALID, "address %s: missing port in address", address);
	if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = (struct slice){ host.p + 1, host.n - 2 };
	rc = getaddrinfo(host.n ? arena_strndup(a, host.p, host.n) : NULL,
		arena_strndup(a, port.p, port.n), &hints, &found);
	if (rc)
		return err_set(e, ERR_UNAVAILABLE, "dial tcp: lookup %.*s: %s", (int)host.n, host.p,
			gai_strerror(rc));
	errno = ECONNREFUSED;
	for (struct addrinfo *i = found; i && fd < 0; i = i->ai_next) {
		own_fd s = socket(i->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (s >= 0 && connect(s, i->ai_addr, i->ai_addrlen) == 0)
			fd = take_fd(&s);
	}
	rc = errno;
	freeaddrinfo(found);
	if (fd >= 0)
		return fd;
	return dial_failed(e, "tcp", address, rc);
}

static int dial_unix(const char *path, struct err *e)
{
	int fd = unixsock_connect(path, SOCK_STREAM, e);

	return fd >= 0 ? fd : dial_failed(e, "unix", path, e->sys);
}

static int link_wait(void *arg, struct err *e);

struct http_link *http_link_open(const char *host, struct err *e)
{
	static const struct {
		const char *scheme;
		int (*dial)(const char *address, struct err *e);
	} schemes[] = { { "unix://", dial_unix }, { "tcp://", dial_tcp }, { "http://", dial_tcp } };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		const char *address = host + strlen(schemes[i].scheme);
		struct http_link *l;
		int fd;

		if (!str_starts(host, schemes[i].scheme))
			continue;
		fd = schemes[i].dial(address, e);
		if (fd < 0)
			return NULL;
		l = calloc(1, sizeof(*l));
		if (!l)
			abort();
		wire_init(&l->in, fd, HTTP_RESPONSE);
		l->in.wait = link_wait;
		l->in.arg = l;
		l->arena = arena_new();
		l->authority =
			strdup(schemes[i].dial == dial_unix ? "api.moby.localhost" : address);
		l->pump_fd = -1;
		return l;
	}
	err_set(e, ERR_INVALID, "unsupported address %s", host);
	return NULL;
}

/* Whether the socket takes bytes or not decides how much goes out at once: it must not be waited for. */
static void pump_start(struct http_link *l, int fd, int64_t size)
{
	l->pump = malloc(8 + PUMP_BUF + 2);
	if (!l->pump)
		abort();
	l->pump_at = l->pump_end = 0;
	l->pump_eof = false;
	l->pump_fd = fd;
	l->pump_left = size;
	io_set_nonblock(l->in.fd, 1);
}

static void pump_end(struct http_link *l)
{
	free(l->pump);
	l->pump = NULL;
	if (l->pump_fd >= 0)
		io_set_nonblock(l->in.fd, 0);
	l->pump_fd = -1;
}

static void pump_stop(struct http_link *l)
{
	if (l->pump_fd >= 0)
		l->keep_alive = false;
	pump_end(l);
}

void http_link_close(struct http_link *l)
{
	if (!l)
		return;
	pump_stop(l);
	if (l->in.fd >= 0)
		close(l->in.fd);
	wire_done(&l->in);
	arena_free(l->arena);
	free(l->authority);
	free(l);
}

/* The next chunk of the file into the pump. */
static int pump_load(struct http_link *l, struct err *e)
{
	char *data = l->pump + 8; /* room for "10000\r\n" */
	char lead[24];
	size_t n;
	ssize_t got = io_read_some(l->pump_fd, data, PUMP_BUF, e);

	if (got < 0)
		return err_in(e, "read request body");
	snprintf(lead, sizeof(lead), "%zx\r\n", (size_t)got);
	n = strlen(lead);
	memcpy(data - n, lead, n);
	memcpy(data + got, "\r\n", 2);
	l->pump_at = 8 - n;
	l->pump_end = 8 + got + 2;
	l->pump_eof = got == 0;
	return 0;
}

/* A file that has become shorter leaves the request unfinished: the server hears that when the link is closed. */
static int pump_file(struct http_link *l, struct err *e)
{
	size_t want = l->pump_left < SENDFILE_MOST ? (size_t)l->pump_left : SENDFILE_MOST;
	ssize_t n = want ? sendfile(l->in.fd, l->pump_fd, NULL, want) : 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n == 0 && l->pump_left)
		return err_set(e, ERR_INVALID, "read request body: unexpected EOF");
	if (n < 0) {
		pump_stop(l);
		return 0;
	}
	l->pump_left -= n;
	if (!l->pump_left)
		pump_end(l);
	return 0;
}

/* Sends what the socket takes now. A server that stopped listening may still have something to say. */
static int pump_some(struct http_link *l, struct err *e)
{
	ssize_t n;

	if (l->pump_left >= 0)
		return pump_file(l, e);
	if (l->pump_at == l->pump_end && pump_load(l, e))
		return -1;
	n = send(l->in.fd, l->pump + l->pump_at, l->pump_end - l->pump_at,
		MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0) {
		pump_stop(l);
		return 0;
	}
	l->pump_at += n;
	if (l->pump_at == l->pump_end && l->pump_eof)
		pump_end(l);
	return 0;
}

/* wire.wait: sends the body's file until there is something to read. */
static int link_wait(void *arg, struct err *e)
{
	struct http_link *l = arg;

	while (l->pump_fd >= 0) {
		struct pollfd p = { .fd = l->in.fd, .events = POLLIN | POLLOUT };

		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			return err_sys(e, "poll");
		if (p.revents & POLLIN)
			return 0;
		if (p.revents && pump_some(l, e))
			return -1;
	}
	return 0;
}

/* What is left of a plain file, -1 for what has no size, or may have none (/proc). */
static int64_t size_left(int fd)
{
	struct stat st;
	off_t at = lseek(fd, 0, SEEK_CUR);

	if (at < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= at)
		return -1;
	return st.st_size - at;
}

/* file_size: of body_fd, or -1 */
static void add_request_head(
	const struct http_link *l, const struct http_out *out, int64_t file_size, struct buf *b)
{
	bool wants_length =
		out->body.n > 0 || str_eq(out->method, "POST") || str_eq(out->method, "PUT");

	buf_fmt(b, "%s %s HTTP/1.1\r\nHost: %s\r\n", out->method, out->target, l->authority);
	for (size_t i = 0; out->headers && i < out->headers->n; i++)
		buf_fmt(b, "%s: %s\r\n", out->headers->v[i].name, out->headers->v[i].value);
	if (out->content_type)
		buf_fmt(b, "Content-Type: %s\r\n", out->content_type);
	if (file_size >= 0)
		buf_fmt(b, "Content-Length: %lld\r\n", (long long)file_size);
	else if (out->body_fd >= 0)
		buf_str(b, "Transfer-Encoding: chunked\r\n");
	else if (wants_length)
		buf_fmt(b, "Content-Length: %zu\r\n", out->body.n);
	if (out->upgrade)
		buf_str(b, "Connection: Upgrade\r\nUpgrade: tcp\r\n");
	buf_str(b, "\r\n");
}

static int send_request(struct http_link *l, const struct http_out *out, struct err *e)
{
	int64_t file_size = out->body_fd >= 0 ? size_left(out->body_fd) : -1;
	own_buf head = { 0 };

	buf_init(&head, HEAD_OUT_MAX);
	add_request_head(l, out, file_size, &head);
	if (!buf_ok(&head))
		return err_set(e, ERR_INVALID, "request head too large");

	struct iovec iov[] = { { head.data, head.len }, { (void *)out->body.p, out->body.n } };
	if (wire_send(l->in.fd, iov, out->body.n ? 2 : 1, e))
		return -1;
	if (out->body_fd >= 0)
		pump_start(l, out->body_fd, file_size);
	return 0;
}

int http_link_send(
	struct http_link *l, const struct http_out *out, struct http_in *in, struct err *e)
{
	struct wire_head head;
	struct err sending;
	int rc;

	arena_free(l->arena);
	l->arena = arena_new();
	l->keep_alive = false;
	/* A server may refuse early and close; what it said comes first. */
	rc = send_request(l, out, &sending);
	do {
		int got = wire_read_head(&l->in, l->arena, str_eq(out->method, "HEAD"), &head, e);

		if (got <= 0) {
			if (rc)
				*e = sending;
			else if (got == 0)
				err_set(e, ERR_CANCELLED, "EOF"), e->sys = ECONNRESET;
			return -1;
		}
	} while (head.status >= 100 && head.status < 200 && head.status != 101);
	*in = (struct http_in){ head.status, head.headers, head.content_length };
	l->keep_alive = head.keep_alive && rc == 0;
	if (head.status >= 400)
		pump_stop(l);
	return 0;
}

int http_link_view(struct http_link *l, struct slice *out, struct err *e)
{
	return wire_read_body(&l->in, out, e);
}

ssize_t http_link_read(struct http_link *l, void *data, size_t n, struct err *e)
{
	struct slice piece;
	int rc = wire_read_body_some(&l->in, n, &piece, e);

	if (rc <= 0)
		return rc;
	memcpy(data, piece.p, piece.n);
	return (ssize_t)piece.n;
}

bool http_link_reusable(const struct http_link *l)
{
	return l->keep_alive && l->in.fd >= 0 && l->in.body_done && l->pump_fd < 0 &&
	       l->in.body != WIRE_UNTIL_EOF && wire_pending(&l->in) == 0;
}

int http_link_fd(const struct http_link *l)
{
	return l->in.fd;
}

bool http_link_pending(const struct http_link *l)
{
	return l->in.body_done || wire_pending(&l->in) > 0;
}

int http_link_hijack(struct http_link *l, struct buf *leftover)
{
	struct slice rest = wire_leftover(&l->in);

	buf_add(leftover, rest.p, rest.n);
	l->keep_alive = false;
	return take_fd(&l->in.fd);
}

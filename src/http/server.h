/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP/1.1 server made of blocking code. One loop accepts and watches connections at rest, which
 * cost a few hundred bytes each; a connection with a request to serve has a thread until it rests
 * again. Handlers may read the body, answer whole or in pieces, wait, or take the socket away.
 * Requests are strict: whatever two readers could frame differently (Content-Length beside
 * Transfer-Encoding, folded lines, bare line feeds) is refused with 400 and the connection closed.
 */
#ifndef TARE_HTTP_SERVER_H
#define TARE_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "http/head.h"

#define HTTP_HEAD_MAX (128 * 1024) /* a longer request head is answered 431 */

struct http_conn;
struct loop;

struct http_request {
	struct arena *arena;  /* dies when the handler has returned */
	const char *method;   /* "GET" */
	const char *raw_path; /* as sent, up to '?' */
	const char *path;     /* decoded */
	const char *query;    /* raw, after '?'; "" when there is none */
	struct http_headers headers;
	int64_t content_length; /* 0: no body; -1: chunked, length unknown */
	bool wants_upgrade;	/* an Upgrade header is there: dockerd looks at nothing else */
	bool is_http10;
	struct http_conn *conn;
};

/* Answers one request. One that returns without having answered gets 500. */
typedef void (*http_handler)(void *arg, struct http_request *rq);

struct http_server;

struct http_server_spec {
	http_handler handler;
	/*
	 * Called for requests refused before there is a request: must answer rq (only arena and conn are
	 * set) with status and text.
	 */
	void (*refuse)(void *arg, struct http_request *rq, int status, const char *text);
	/* NULL, or called on the loop's thread after the last busy connection came to rest: time to tidy. */
	void (*quiet)(void *arg);
	void *arg;
	struct loop *loop; /* accepts and watches on its thread; the caller runs it */
	unsigned max_busy; /* connections being served at once; beyond, 503. 0: 4096 */
};

struct http_server *http_server_new(const struct http_server_spec *spec, struct err *e);
/* Adds a listening stream socket; the server owns it from now on. Before or while running. */
int http_server_listen(struct http_server *s, int listen_fd, struct err *e);
/* On the loop's thread: no new connections or requests from now on; those at rest are closed. */
void http_server_stop(struct http_server *s);
/*
 * After stop: cuts the connections whose answers are endless (their handlers see the client gone), waits up to
 * grace_ms for the others, cuts those too and waits up to one second more; returns how many are left.
 */
unsigned http_server_drain(struct http_server *s, int grace_ms);
/* Only after a drain that left none. */
void http_server_free(struct http_server *s);
/* Connections being served now, and at rest. */
void http_server_counts(struct http_server *s, unsigned *busy, unsigned *idle);

/* --- the request's body --- */

/*
 * The next piece of the decoded body, in the connection's own buffer: valid until the next call.
 * 1 with *out, 0 at the end, -1 when the body is malformed (ERR_INVALID) or the client went away
 * (ERR_CANCELLED). The first call answers "Expect: 100-continue".
 */
int http_body_view(struct http_request *rq, struct slice *out, struct err *e);
/*
 * Moves the rest of the body into the pipe `to`, by the kernel as far as framing allows. 0 also when nobody reads the
 * pipe any more; -1 as http_body_view.
 */
int http_body_pipe(struct http_request *rq, int to, struct err *e);
/* Appends the whole body to b; one longer than max is ERR_INVALID "request body too large". */
int http_body_read(struct http_request *rq, size_t max, struct buf *b, struct err *e);

/* --- the answer --- */

/* Adds a header to the answer; before it starts. Content-Length and Transfer-Encoding come by
 * themselves. A value with a line break is dropped. */
void http_set_header(struct http_request *rq, const char *name, const char *value);
bool http_has_started(const struct http_request *rq);

/*
 * The whole answer in one go: type NULL means no Content-Type. To HEAD, 204 and 304 the body is
 * left out. -1 (ERR_CANCELLED) when the client is gone; a handler may ignore that.
 */
int http_respond(
	struct http_request *rq, int status, const char *type, struct slice body, struct err *e);

/* Starts an answer of unknown length and sends its head at once (chunked; to HTTP/1.0 until close). */
int http_start(struct http_request *rq, int status, const char *type, struct err *e);
/* Sends n bytes of it now. n == 0 does nothing. */
int http_write(struct http_request *rq, const void *data, size_t n, struct err *e);
/*
 * Sends what comes out of the pipe `from` until nobody writes it any more, without looking at it. -1 when the client goes
 * away meanwhile; the pipe is not read to its end then.
 */
int http_write_pipe(struct http_request *rq, int from, struct err *e);
/* Ends it. Comes by itself when the handler returns; without it after http_abort. */
int http_end(struct http_request *rq, struct err *e);
/* The answer cannot be finished truthfully: the connection is cut so that the client notices. */
void http_abort(struct http_request *rq);

/* --- waiting --- */

/*
 * The socket, for poll(2) beside other things; never read it. POLLRDHUP or POLLHUP means the client
 * is gone. Only meaningful once the body has been read.
 */
int http_request_fd(const struct http_request *rq);
/* True when the client has closed or half-closed (Go's server also takes that as the end). */
bool http_client_gone(struct http_request *rq);
/*
 * Waits until fd (or -1) is readable: 1; the client is gone: 0 with e ERR_CANCELLED set and -1
 * returned; timeout_ms passed (-1: never): 0.
 */
int http_wait(struct http_request *rq, int fd, int timeout_ms, struct err *e);

/* The answer goes on until something happens (events, logs -f, wait): a stopping server does not wait for it. */
void http_set_endless(struct http_request *rq);

/* --- hijack --- */

/*
 * Takes the connection away from HTTP after the request's body has been read: sends the head (101
 * "UPGRADED" with Connection: Upgrade and Upgrade: tcp when the client asked for an upgrade, else 200)
 * with Content-Type type and headers set before, and hands out the blocking socket (the caller's
 * from now on, with no more from the server) and bytes the client has already sent, in rq->arena.
 */
int http_hijack(
	struct http_request *rq, const char *type, int *fd, struct slice *leftover, struct err *e);
/*
 * The same in two steps, for handlers that learn whether it works only after the socket was given
 * away: http_hijack_take gives the socket out without sending anything, and http_hijack_head
 * renders the head to be sent on it. When the head is never sent, http_hijack_return puts the
 * socket back and an ordinary answer may follow.
 */
int http_hijack_take(struct http_request *rq, int *fd, struct slice *leftover, struct err *e);
void http_hijack_head(struct http_request *rq, const char *type, struct buf *out);
void http_hijack_return(struct http_request *rq, int fd);

#endif

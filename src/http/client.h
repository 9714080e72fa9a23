/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP/1.1 client connection: request out, response in, body streamed both ways with bounded
 * memory, or the socket taken away after an upgrade. What a request means is client/'s business.
 */
#ifndef TARE_HTTP_CLIENT_H
#define TARE_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"
#include "http/head.h"

struct http_link;

/*
 * Connects to "unix:///path", "tcp://host:port" or "http://host:port". e->sys is the errno of
 * connect(2) when that failed (the text is "dial unix /path: connect: connection refused" shaped);
 * other schemes are ERR_INVALID.
 */
struct http_link *http_link_open(const char *host, struct err *e);
void http_link_close(struct http_link *l);

struct http_out {
	const char *method;
	const char *target; /* "/v1.50/info?x=y", already escaped */
	const struct http_headers
		*headers;	  /* may be NULL; Host, framing and User-Agent come by themselves */
	const char *content_type; /* NULL: none */
	struct slice body;	  /* sent with Content-Length … */
	int body_fd; /* … or, unless -1, this file to its end, chunked unless its size is known */
	bool upgrade; /* adds Connection: Upgrade and Upgrade: tcp */
};
#define HTTP_OUT_INIT         \
	{                     \
		.body_fd = -1 \
	}

struct http_in {
	int status;
	struct http_headers headers; /* live until the next request on the link */
	int64_t content_length;	     /* -1 when unknown */
};

/*
 * Sends the request and reads the head of the response (1xx but 101 are passed over). While a body_fd
 * is sent an early error response ends the sending. A link the server closed while it was at rest fails
 * with e->sys EPIPE or ECONNRESET before any byte of a response: the caller may dial anew.
 */
int http_link_send(
	struct http_link *l, const struct http_out *out, struct http_in *in, struct err *e);

/* The next piece of the decoded response body, valid until the next call: 1, 0 at the end, -1. */
int http_link_view(struct http_link *l, struct slice *out, struct err *e);
/* Copies up to n bytes of it; 0 at the end, -1. */
ssize_t http_link_read(struct http_link *l, void *data, size_t n, struct err *e);
/* True when the response was read to its end and another request may follow. */
bool http_link_reusable(const struct http_link *l);
/* The socket, for poll(2) beside other things. Data may also wait in the buffer: http_link_pending. */
int http_link_fd(const struct http_link *l);
bool http_link_pending(const struct http_link *l);

/*
 * After a 101 or 200: gives the blocking socket away (the caller closes it) with the bytes that came behind the
 * head appended to leftover. The link can only be closed afterwards.
 */
int http_link_hijack(struct http_link *l, struct buf *leftover);

#endif

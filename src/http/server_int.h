/* SPDX-License-Identifier: Apache-2.0 */
/* What server.c (connections) and answer.c (what handlers call) know of a connection. */
#ifndef TARE_HTTP_SERVER_INT_H
#define TARE_HTTP_SERVER_INT_H

#include <stdatomic.h>

#include "base/list.h"
#include "http/server.h"
#include "http/wire_int.h"

/* An unread body up to this much is read and dropped to keep a connection (Go's server: the same). */
#define HTTP_DISCARD_MAX (256 * 1024)

struct http_conn {
	struct http_server *server;
	struct list link;    /* in server->conns, under server->conns_lock */
	struct list rest;    /* in server->resting, on the loop's thread */
	struct wire in;	     /* in.fd is the socket */
	int64_t deadline_ms; /* for reading, on the monotonic clock; 0: none */

	/* of the request being served */
	bool keep_alive;
	bool is_http10;
	bool is_head;	       /* HEAD: no body bytes in the answer */
	bool expects_continue; /* and nothing was sent yet */
	bool has_started;
	bool has_ended;
	bool is_chunked;
	atomic_bool is_aborted; /* a handler may write from two threads */
	bool is_taken;
	bool is_endless;  /* under server->conns_lock */
	struct buf extra; /* header lines set by the handler */
};

/* Ready for the next request. */
void conn_reset_answer(struct http_conn *c);
/* Reads and drops up to HTTP_DISCARD_MAX of the body within half a second; else no keep-alive. */
void conn_discard_body(struct http_conn *c);
/* Out of (and back into) the list of connections the server may cut. */
void conn_unlist(struct http_conn *c);
void conn_enlist(struct http_conn *c);
/* A stopping server cuts it without waiting. */
void conn_set_endless(struct http_conn *c, bool is_endless);

#endif

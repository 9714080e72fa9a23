/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receiving half of a connection, the same for both ends: finds a head, has llhttp read it, and
 * hands out the decoded body as views into its buffer. Stays in this room.
 */
#ifndef TARE_HTTP_WIRE_INT_H
#define TARE_HTTP_WIRE_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <llhttp.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "http/head.h"

enum wire_body_kind { WIRE_NO_BODY, WIRE_LENGTH, WIRE_CHUNKED, WIRE_UNTIL_EOF };

struct wire {
	int fd;
	llhttp_type_t type;
	char *buf;
	size_t cap, start, end; /* bytes [start, end) are received and not yet used */
	/* Called before each read that may block: 0 once fd is readable, -1 with e. May be NULL. */
	int (*wait)(void *arg, struct err *e);
	void *arg;
	int refuse_status; /* which 4xx/5xx a failed wire_read_head deserves */
	enum wire_body_kind body;
	uint64_t left; /* of a WIRE_LENGTH body */
	bool body_done;
	bool chunks_begun;
	bool in_chunk;	/* a chunk's size is known; parser.content_length of it are still to come */
	bool is_frugal; /* receive no more than framing takes: the rest is for wire_splice */
	size_t overhead; /* bytes of chunk framing since the last payload */
	llhttp_t parser;
	struct slice span; /* payload found by the parser */
};

struct wire_head {
	const char *method; /* requests */
	const char *target;
	int status; /* responses */
	int minor;  /* HTTP/1.minor */
	bool keep_alive;
	bool has_host;
	int64_t content_length; /* -1: not said */
	struct http_headers headers;
};

void wire_init(struct wire *w, int fd, llhttp_type_t type);
void wire_done(struct wire *w);
/* Gives the buffer back while nothing is in it. */
void wire_rest(struct wire *w);

/*
 * Reads the next head into a. 1; 0 when the peer closed before its first byte; -1: malformed
 * (ERR_INVALID; refuse_status says how to answer) or broken (another kind). no_body: a response to HEAD.
 */
int wire_read_head(
	struct wire *w, struct arena *a, bool no_body, struct wire_head *out, struct err *e);
/* The next piece of body: 1, 0 at its end, -1 (ERR_INVALID malformed, ERR_CANCELLED cut short). */
int wire_read_body(struct wire *w, struct slice *out, struct err *e);
/* The same of at most max bytes. */
int wire_read_body_some(struct wire *w, size_t max, struct slice *out, struct err *e);
/*
 * Moves payload that was not yet received into the pipe `to` by the kernel: how much; 0 when there is none to be told
 * from framing without looking, then wire_read_body is to be called; -1. ERR_UNAVAILABLE when nobody reads the pipe.
 */
ssize_t wire_splice(struct wire *w, int to, struct err *e);
/* What was received behind the body; used up by this. */
struct slice wire_leftover(struct wire *w);
static inline size_t wire_pending(const struct wire *w)
{
	return w->end - w->start;
}

/* Sends all parts, without SIGPIPE; changes iov. -1 is ERR_CANCELLED when the peer is gone. */
int wire_send(int fd, struct iovec *iov, int n, struct err *e);

#endif

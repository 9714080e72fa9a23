/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes to heads and bodies. llhttp reads heads and chunked framing; what it would let pass but two
 * readers may understand differently (folded lines, lone line ends, doubled framing headers) is refused here
 * first. Who talks and what it means is the business of server.c and client.c.
 */
#include "http/wire_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "http/server.h"

#define SMALL_BUF    (4 * 1024)
#define BODY_BUF     (64 * 1024)
#define OVERHEAD_MAX (16 * 1024)
#define FRAMING	     32 /* the end of a chunk and the beginning of the next */
#define SPLICE_MAX   (1024 * 1024)

struct head_parse {
	struct arena *arena;
	struct wire_head *out;
	bool complete;
	bool no_body;
};

static int on_url(llhttp_t *p, const char *at, size_t n)
{
	struct head_parse *h = p->data;

	h->out->target = arena_strndup(h->arena, at, n);
	return 0;
}

static int on_field(llhttp_t *p, const char *at, size_t n)
{
	struct head_parse *h = p->data;
	struct http_headers *list = &h->out->headers;

	list->v = arena_grow(h->arena, list->v, &list->n, sizeof(*list->v));
	list->v[list->n - 1] = (struct http_header){ arena_strndup(h->arena, at, n), "" };
	return 0;
}

static int on_value(llhttp_t *p, const char *at, size_t n)
{
	struct head_parse *h = p->data;
	struct http_headers *list = &h->out->headers;
	struct slice s = slice_trim((struct slice){ at, n });

	if (list->n > 0)
		list->v[list->n - 1].value = arena_strndup(h->arena, s.p, s.n);
	return 0;
}

static int on_headers_complete(llhttp_t *p)
{
	struct head_parse *h = p->data;

	h->complete = true;
	return h->no_body ? 1 : 0;
}

static int on_body(llhttp_t *p, const char *at, size_t n)
{
	struct wire *w = p->data;

	w->span = (struct slice){ at, n };
	return 0;
}

static int on_chunk_header(llhttp_t *p)
{
	struct wire *w = p->data;

	w->in_chunk = p->content_length > 0;
	return 0;
}

/* One piece of payload at a time. Behind the last chunk, which has none, the message's end is due at once. */
static int on_chunk_complete(llhttp_t *p)
{
	struct wire *w = p->data;

	w->in_chunk = false;
	return w->span.n > 0 ? HPE_PAUSED : 0;
}

static int on_message_complete(llhttp_t *p)
{
	struct wire *w = p->data;

	w->body_done = true;
	return HPE_PAUSED;
}

static const llhttp_settings_t head_settings = {
	.on_url = on_url,
	.on_header_field = on_field,
	.on_header_value = on_value,
	.on_headers_complete = on_headers_complete,
};

static const llhttp_settings_t body_settings = {
	.on_body = on_body,
	.on_chunk_header = on_chunk_header,
	.on_chunk_complete = on_chunk_complete,
	.on_message_complete = on_message_complete,
};

void wire_init(struct wire *w, int fd, llhttp_type_t type)
{
	*w = (struct wire){ .fd = fd, .type = type, .body_done = true };
}

void wire_rest(struct wire *w)
{
	if (w->start < w->end)
		return;
	free(w->buf);
	w->buf = NULL;
	w->cap = w->start = w->end = 0;
}

void wire_done(struct wire *w)
{
	w->start = w->end;
	wire_rest(w);
}

static void make_room(struct wire *w, size_t want)
{
	if (w->start == w->end)
		w->start = w->end = 0;
	if (w->start > 0 && w->end == w->cap) {
		memmove(w->buf, w->buf + w->start, w->end - w->start);
		w->end -= w->start;
		w->start = 0;
	}
	if (w->cap >= want && w->end < w->cap)
		return;
	if (w->end == w->cap && want <= w->cap)
		want = w->cap * 2;
	w->buf = realloc(w->buf, want);
	if (!w->buf)
		abort();
	w->cap = want;
}

/* Receives at least one byte into a buffer of at least want bytes: 1, 0 at end of file, -1. */
static int fill(struct wire *w, size_t want, struct err *e)
{
	size_t most;
	ssize_t n;

	make_room(w, want);
	if (w->wait && w->wait(w->arg, e))
		return -1;
	most = w->cap - w->end;
	if (w->is_frugal && w->body == WIRE_CHUNKED && !w->body_done && most > FRAMING)
		most = FRAMING;
	do
		n = recv(w->fd, w->buf + w->end, most, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "read");
	w->end += n;
	return n > 0;
}

/* Where the head that begins at p ends (behind its empty line), or 0 when not all of it is there. */
static size_t head_length(const char *p, size_t n)
{
	for (const char *at = p; (at = memchr(at, '\n', n - (at - p))) != NULL; at++) {
		size_t i = at - p + 1;

		if (i < n && p[i] == '\n')
			return i + 1;
		if (i + 1 < n && p[i] == '\r' && p[i + 1] == '\n')
			return i + 2;
	}
	return 0;
}

/* Lines end in CR LF, neither alone, and none is folded; no NUL. */
static bool lines_are_plain(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool line_end = p[i] == '\r' && i + 1 < n && p[i + 1] == '\n';

		if (p[i] == '\0' || (p[i] == '\r' && !line_end))
			return false;
		if (p[i] != '\n')
			continue;
		if (i == 0 || p[i - 1] != '\r')
			return false;
		if (i + 1 < n && (p[i + 1] == ' ' || p[i + 1] == '\t'))
			return false;
	}
	return true;
}

static unsigned count_header(const struct http_headers *h, const char *name)
{
	unsigned n = 0;

	for (size_t i = 0; i < h->n; i++)
		n += strcasecmp(h->v[i].name, name) == 0;
	return n;
}

static int refuse(struct wire *w, int status, struct err *e, const char *text)
{
	w->refuse_status = status;
	return err_set(e, ERR_INVALID, "%s", text);
}

/* Says how the body is framed, refusing whatever is not framed in exactly one way. */
static int find_framing(struct wire *w, struct wire_head *h, bool no_body, struct err *e)
{
	unsigned n_length = count_header(&h->headers, "Content-Length");
	unsigned n_encoding = count_header(&h->headers, "Transfer-Encoding");
	const char *length = http_headers_get(&h->headers, "Content-Length");
	const char *encoding = http_headers_get(&h->headers, "Transfer-Encoding");
	uint64_t value = 0;

	h->content_length = -1;
	if (n_length > 1 || n_encoding > 1 || (n_length && n_encoding))
		return refuse(w, 400, e, "conflicting Content-Length or Transfer-Encoding");
	if (encoding && (h->minor == 0 || strcasecmp(encoding, "chunked") != 0))
		return refuse(
			w, w->type == HTTP_REQUEST ? 501 : 400, e, "unsupported transfer encoding");
	if (length &&
		(!parse_u64(slice_str(length), &value) || value > INT64_MAX || *length == '+'))
		return refuse(w, 400, e, "bad Content-Length");
	if (length)
		h->content_length = (int64_t)value;

	w->left = value;
	w->overhead = 0;
	w->chunks_begun = w->in_chunk = w->is_frugal = false;
	if (no_body || (!length && !encoding && w->type == HTTP_REQUEST))
		w->body = WIRE_NO_BODY;
	else if (encoding)
		w->body = WIRE_CHUNKED;
	else
		w->body = length ? WIRE_LENGTH : WIRE_UNTIL_EOF;
	w->body_done = w->body == WIRE_NO_BODY || (w->body == WIRE_LENGTH && value == 0);
	return 0;
}

static bool has_no_body(const struct wire *w, int status)
{
	return w->type == HTTP_RESPONSE && (status < 200 || status == 204 || status == 304);
}

static int parse_head(struct wire *w, struct arena *a, size_t n, bool no_body,
	struct wire_head *out, struct err *e)
{
	struct head_parse h = { .arena = a, .out = out, .no_body = no_body };
	const char *p = w->buf + w->start;
	llhttp_errno_t rc;

	*out = (struct wire_head){ 0 };
	w->start += n;
	if (!lines_are_plain(p, n))
		return refuse(w, 400, e, "malformed line ending in head");
	llhttp_init(&w->parser, w->type, &head_settings);
	w->parser.data = &h;
	rc = llhttp_execute(&w->parser, p, n);
	if ((rc != HPE_OK && rc != HPE_PAUSED_UPGRADE) || !h.complete) {
		const char *reason = llhttp_get_error_reason(&w->parser);

		return refuse(w, 400, e, reason && *reason ? reason : "malformed head");
	}
	if (w->parser.http_major != 1 || w->parser.http_minor > 1)
		return refuse(w, 505, e, "unsupported protocol version");
	out->minor = w->parser.http_minor;
	out->status = w->parser.status_code;
	if (w->type == HTTP_REQUEST)
		out->method = arena_strndup(a, p, strcspn(p, " "));
	out->keep_alive =
		out->minor == 1 ? !http_headers_has_token(&out->headers, "Connection", "close")
				: http_headers_has_token(&out->headers, "Connection", "keep-alive");
	if (count_header(&out->headers, "Host") > 1)
		return refuse(w, 400, e, "too many Host headers");
	out->has_host = http_headers_get(&out->headers, "Host") != NULL;
	return find_framing(w, out, no_body || has_no_body(w, out->status), e);
}

int wire_read_head(
	struct wire *w, struct arena *a, bool no_body, struct wire_head *out, struct err *e)
{
	w->refuse_status = 400;
	w->body_done = true;
	for (;;) {
		size_t n;
		int rc;

		/* RFC 9112 2.2: empty lines before the first line are passed over. */
		while (wire_pending(w) >= 2 && memcmp(w->buf + w->start, "\r\n", 2) == 0)
			w->start += 2;
		/* Not HTTP at all (TLS, say): an answer now, not after a full buffer. */
		if (wire_pending(w) > 0 && w->buf[w->start] != '\r' &&
			(w->buf[w->start] < 'A' || w->buf[w->start] > 'Z'))
			return refuse(w, 400, e, "malformed HTTP request");
		n = wire_pending(w) ? head_length(w->buf + w->start, wire_pending(w)) : 0;
		if (n > HTTP_HEAD_MAX || (n == 0 && wire_pending(w) >= HTTP_HEAD_MAX))
			return refuse(w, 431, e, "request header fields too large");
		if (n > 0)
			return parse_head(w, a, n, no_body, out, e) ? -1 : 1;
		rc = fill(w, SMALL_BUF, e);
		if (rc < 0)
			return -1;
		if (rc == 0 && wire_pending(w) > 0)
			return err_set(e, ERR_CANCELLED, "unexpected EOF");
		if (rc == 0)
			return 0;
	}
}

/*
 * The parser for the body alone: it is shown a head of our own that says "chunked", so that what a
 * sender wrote into its head can have no say in the framing.
 */
static void start_chunked(struct wire *w)
{
	static const char head[] = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

	w->chunks_begun = true;
	llhttp_init(&w->parser, HTTP_REQUEST, &body_settings);
	w->parser.data = w;
	llhttp_execute(&w->parser, head, sizeof(head) - 1);
}

/* Shows the parser at most max bytes, so that what it finds is no more. */
static int run_chunked(struct wire *w, size_t max, struct err *e)
{
	const char *p = w->buf + w->start;
	size_t n = wire_pending(w);
	size_t used;
	llhttp_errno_t rc;

	if (!w->chunks_begun)
		start_chunked(w);
	n = n < max ? n : max;
	w->span = (struct slice){ NULL, 0 };
	rc = llhttp_execute(&w->parser, p, n);
	if (rc != HPE_OK && rc != HPE_PAUSED)
		return err_set(e, ERR_INVALID, "malformed chunked encoding");
	used = n;
	if (rc == HPE_PAUSED) {
		used = llhttp_get_error_pos(&w->parser) - p;
		llhttp_resume(&w->parser);
	}
	w->start += used;
	w->overhead = w->span.n ? 0 : w->overhead + used;
	if (w->overhead > OVERHEAD_MAX)
		return err_set(e, ERR_INVALID, "chunked encoding contains too much non-data");
	return 0;
}

static int cut_short(struct wire *w, int rc, struct err *e)
{
	return rc < 0 ? -1 : err_set(e, ERR_CANCELLED, "unexpected EOF");
}

int wire_read_body_some(struct wire *w, size_t max, struct slice *out, struct err *e)
{
	size_t want = w->body == WIRE_LENGTH && w->left <= SMALL_BUF ? SMALL_BUF : BODY_BUF;

	while (!w->body_done) {
		int rc = wire_pending(w) ? 1 : fill(w, want, e);

		if (rc == 0 && w->body == WIRE_UNTIL_EOF) {
			w->body_done = true;
			break;
		}
		if (rc <= 0)
			return cut_short(w, rc, e);
		if (w->body == WIRE_CHUNKED) {
			if (run_chunked(w, max, e))
				return -1;
			*out = w->span;
		} else {
			*out = (struct slice){ w->buf + w->start, wire_pending(w) };
			out->n = out->n < max ? out->n : max;
			if (w->body == WIRE_LENGTH && out->n > w->left)
				out->n = w->left;
			w->left -= w->body == WIRE_LENGTH ? out->n : 0;
			w->start += out->n;
			w->body_done = w->body == WIRE_LENGTH && w->left == 0;
		}
		if (out->n > 0)
			return 1;
	}
	*out = (struct slice){ NULL, 0 };
	return 0;
}

/* How much payload is sure to come next. A chunk's last byte is left to the parser, which ends the chunk with it. */
static uint64_t payload_ahead(const struct wire *w)
{
	if (w->body_done || wire_pending(w))
		return 0;
	if (w->body == WIRE_LENGTH)
		return w->left;
	return w->in_chunk && w->parser.content_length ? w->parser.content_length - 1 : 0;
}

ssize_t wire_splice(struct wire *w, int to, struct err *e)
{
	uint64_t most = payload_ahead(w);
	ssize_t n;

	if (!most)
		return 0;
	if (w->wait && w->wait(w->arg, e))
		return -1;
	do
		n = splice(w->fd, NULL, to, NULL, most < SPLICE_MAX ? most : SPLICE_MAX,
			SPLICE_F_MOVE);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EPIPE)
		return err_set(e, ERR_UNAVAILABLE, "nobody reads the body");
	if (n < 0)
		return err_sys(e, "read");
	if (n == 0)
		return cut_short(w, 0, e);
	if (w->body == WIRE_LENGTH) {
		w->left -= (uint64_t)n;
		w->body_done = w->left == 0;
	} else {
		w->parser.content_length -= (uint64_t)n;
	}
	return n;
}

int wire_read_body(struct wire *w, struct slice *out, struct err *e)
{
	return wire_read_body_some(w, SIZE_MAX, out, e);
}

struct slice wire_leftover(struct wire *w)
{
	struct slice s = { w->buf + w->start, wire_pending(w) };

	w->start = w->end;
	return s;
}

int wire_send(int fd, struct iovec *iov, int n, struct err *e)
{
	while (n > 0) {
		struct msghdr msg = { .msg_iov = iov, .msg_iovlen = n };
		ssize_t sent = sendmsg(fd, &msg, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0) {
			int sys = errno;

			err_sys(e, "write");
			e->sys = sys;
			e->kind = ERR_CANCELLED;
			return -1;
		}
		while (n > 0 && (size_t)sent >= iov->iov_len) {
			sent -= iov->iov_len;
			iov++;
			n--;
		}
		if (n > 0) {
			iov->iov_base = (char *)iov->iov_base + sent;
			iov->iov_len -= sent;
		}
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Replies that go on: streams of bytes, frames or JSON values, and connections taken over whole. */
#include "client/client_int.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/slice.h"

#define JSON_MAX     (64 * 1024 * 1024)
#define READ_SIZE    (32 * 1024)
#define LEFTOVER_MAX (1024 * 1024)

struct client_stream {
	struct client *client;
	struct http_link *link;
	int fd; /* the link's, for client_stream_cancel */
	struct http_in in;
	struct buf json; /* received, not yet taken apart */
};

struct client_stream *client_stream_open(
	struct client *c, const struct client_request *rq, struct err *e)
{
	struct http_link *link = NULL;
	struct http_in in;
	struct client_stream *s;

	if (client_send(c, rq, false, &link, &in, e))
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	*s = (struct client_stream){ .client = c, .link = link, .in = in };
	s->fd = http_link_fd(link);
	buf_init(&s->json, JSON_MAX);
	return s;
}

void client_stream_close(struct client_stream *s)
{
	if (!s)
		return;
	client_rest_link(s->client, s->link);
	buf_done(&s->json);
	free(s);
}

int client_stream_status(const struct client_stream *s)
{
	return s->in.status;
}

const char *client_stream_header(const struct client_stream *s, const char *name)
{
	return http_headers_get(&s->in.headers, name);
}

ssize_t client_stream_read(struct client_stream *s, void *data, size_t n, struct err *e)
{
	return http_link_read(s->link, data, n, e);
}

int client_stream_view(struct client_stream *s, struct slice *out, struct err *e)
{
	return http_link_view(s->link, out, e);
}

/* Inside a value: how deep, whether in a string, whether the next byte is escaped. */
struct scan {
	unsigned depth;
	bool in_string;
	bool is_escaped;
};

/* Takes one byte in; true when a value that nests or is quoted ends with it. */
static bool scan_byte(struct scan *s, char c)
{
	if (s->is_escaped) {
		s->is_escaped = false;
	} else if (s->in_string) {
		s->is_escaped = c == '\\';
		s->in_string = c != '"';
		return !s->in_string && s->depth == 0;
	} else if (c == '"') {
		s->in_string = true;
	} else if (c == '{' || c == '[') {
		s->depth++;
	} else if (c == '}' || c == ']') {
		s->depth -= s->depth > 0;
		return s->depth == 0;
	}
	return false;
}

size_t client_json_end(const char *p, size_t n, size_t *start)
{
	static const char blanks[] = " \t\r\n";
	struct scan s = { 0 };
	size_t i = 0;

	while (i < n && memchr(blanks, p[i], 4))
		i++;
	*start = i;
	for (; i < n; i++) {
		/* A number or a word ends before a blank; its end alone cannot be seen. */
		if (s.depth == 0 && !s.in_string && i > *start && memchr(blanks, p[i], 4))
			return i;
		if (scan_byte(&s, p[i]))
			return i + 1;
	}
	return 0;
}

int client_stream_json(struct client_stream *s, struct json **out, struct err *e)
{
	size_t seen = 0;

	*out = NULL;
	for (;;) {
		size_t start = 0, end = 0;
		struct slice piece;
		int rc;

		if (s->json.len > seen)
			end = client_json_end(s->json.data, s->json.len, &start);
		if (end > 0) {
			*out = json_parse(s->json.data + start, end - start, e);
			buf_drop(&s->json, end);
			return *out ? 1 : -1;
		}
		seen = s->json.len;
		rc = http_link_view(s->link, &piece, e);
		if (rc < 0)
			return -1;
		if (rc == 0 && start == s->json.len)
			return 0;
		if (rc == 0) {
			*out = json_parse(s->json.data, s->json.len, e);
			buf_clear(&s->json);
			return *out ? 1 : -1;
		}
		buf_add(&s->json, piece.p, piece.n);
		if (!buf_ok(&s->json))
			return err_set(e, ERR_INTERNAL, "a JSON value in the reply is too large");
	}
}

int client_stream_fd(const struct client_stream *s)
{
	return s->fd;
}

bool client_stream_pending(const struct client_stream *s)
{
	size_t start;

	return http_link_pending(s->link) ||
	       (s->json.len > 0 && client_json_end(s->json.data, s->json.len, &start) > 0);
}

void client_stream_cancel(struct client_stream *s)
{
	shutdown(s->fd, SHUT_RDWR);
}

int client_stream_demux(
	struct client_stream *s, bool is_raw, http_demux_fn fn, void *arg, struct err *e)
{
	struct http_demux d = { 0 };
	struct slice piece;
	int rc;

	while ((rc = http_link_view(s->link, &piece, e)) > 0) {
		if (is_raw)
			rc = fn(arg, HTTP_STDOUT, piece.p, piece.n, e);
		else
			rc = http_demux_feed(&d, piece.p, piece.n, fn, arg, e);
		if (rc)
			return -1;
	}
	return rc;
}

int client_hijack(struct client *c, const char *path, const char *body, struct client_hijack *out,
	struct err *e)
{
	struct client_request rq = CLIENT_REQUEST_INIT;
	struct http_link *link = NULL;
	struct http_in in;
	const char *type;

	rq.method = "POST";
	rq.path = path;
	rq.body = body;
	if (client_send(c, &rq, true, &link, &in, e))
		return -1;
	if (in.status != 101 && in.status != 200) {
		http_link_close(link);
		return err_set(e, ERR_INTERNAL, "unable to upgrade to tcp, received %d", in.status);
	}
	type = http_headers_get(&in.headers, "Content-Type");
	buf_init(&out->leftover, LEFTOVER_MAX);
	out->is_typed = type != NULL;
	out->is_multiplexed =
		type && strcmp(type, "application/vnd.docker.multiplexed-stream") == 0;
	out->fd = http_link_hijack(link, &out->leftover);
	http_link_close(link);
	return 0;
}

void client_hijack_close(struct client_hijack *h)
{
	if (h->fd >= 0)
		close(h->fd);
	h->fd = -1;
	buf_done(&h->leftover);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a request, and answers. Status codes come from error kinds here and nowhere else. */
#include "call.h"

#include <string.h>
#include <strings.h>

#include "base/slice.h"

static const int statuses[] = {
	[ERR_INTERNAL] = 500,
	[ERR_INVALID] = 400,
	[ERR_UNAUTHORIZED] = 401,
	[ERR_FORBIDDEN] = 403,
	[ERR_NOT_FOUND] = 404,
	[ERR_CONFLICT] = 409,
	[ERR_NOT_MODIFIED] = 304,
	[ERR_NOT_IMPLEMENTED] = 501,
	[ERR_UNAVAILABLE] = 503,
	[ERR_CANCELLED] = 500,
};

int call_status(enum err_kind kind)
{
	return statuses[kind];
}

/* "application/json; charset=utf-8" is as good. */
static int check_json_type(const struct call *c, struct err *e)
{
	const char *type = http_headers_get(&c->rq->headers, "Content-Type");
	struct slice media, rest;

	if (str_empty(type) && c->rq->content_length == 0)
		return 0;
	slice_cut(slice_str(type), ';', &media, &rest);
	media = slice_trim(media);
	if (media.n == 0)
		return err_set(e, ERR_INVALID,
			"malformed Content-Type header (%s): mime: no media type",
			type ? type : "");
	if (media.n != strlen(API_JSON) || strncasecmp(media.p, API_JSON, media.n) != 0)
		return err_set(e, ERR_INVALID,
			"unsupported Content-Type header (%s): must be 'application/json'", type);
	return 0;
}

int call_body_json(struct call *c, struct json **out, struct err *e)
{
	own_buf text = { 0 };
	struct slice trimmed;

	*out = NULL;
	buf_init(&text, API_BODY_MAX);
	if (check_json_type(c, e))
		return -1;
	if (http_body_read(c->rq, API_BODY_MAX, &text, e))
		return -1;
	if (c->rq->content_length == 0)
		return 0;
	trimmed = slice_trim((struct slice){ text.data, text.len });
	if (trimmed.n == 0)
		return err_set(e, ERR_INVALID, "invalid JSON: got EOF while reading request body");
	if (slice_eq(trimmed, "null"))
		return 0;
	*out = json_parse(text.data, text.len, e);
	return *out ? 0 : -1;
}

int call_body(struct call *c, const struct bind_field *fields, void *out, struct err *e)
{
	own_json doc = NULL;

	if (call_body_json(c, &doc, e))
		return -1;
	if (json_type(doc) == JSON_NULL)
		return 0;
	return bind_decode(c->arena, doc, fields, out, e) ? err_in(e, "invalid JSON") : 0;
}

int call_reply(struct call *c, int status, struct buf *body)
{
	struct err e;

	buf_char(body, '\n');
	if (!buf_ok(body)) {
		err_set(&e, ERR_INTERNAL, "the answer is too large");
		call_fail(c, &e);
		return 0;
	}
	http_respond(c->rq, status, API_JSON, (struct slice){ body->data, body->len }, &e);
	return 0;
}

int call_reply_bind(struct call *c, int status, const struct bind_field *fields, const void *in)
{
	struct jsonw w;
	own_buf body = { 0 };

	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	bind_encode(&w, fields, in);
	return call_reply(c, status, &body);
}

int call_reply_empty(struct call *c, int status)
{
	struct err e;

	http_respond(c->rq, status, NULL, slice_str(""), &e);
	return 0;
}

void call_fail(struct call *c, const struct err *e)
{
	struct jsonw w;
	struct err ignored;
	own_buf body = { 0 };

	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	jsonw_obj(&w);
	jsonw_kstr(&w, "message", e->msg);
	jsonw_obj_end(&w);
	buf_char(&body, '\n');
	http_respond(c->rq, call_status(e->kind), API_JSON, (struct slice){ body.data, body.len },
		&ignored);
}

const char *call_stream_type(const struct call *c, bool tty)
{
	return tty || c->version < API_V(1, 42) ? "application/vnd.docker.raw-stream"
						: "application/vnd.docker.multiplexed-stream";
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request being answered, and what every handler needs: the query's values as Go reads them, the
 * body as JSON, answers in Docker's shapes. Stays in this room.
 */
#ifndef TARE_API_CALL_H
#define TARE_API_CALL_H

#include <stdatomic.h>

#include "api/api.h"
#include "base/bind.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "http/uri.h"
#include "model/filters.h"

#define API_BODY_MAX   (16 * 1024 * 1024)
#define API_ANSWER_MAX (256 * 1024 * 1024)
#define API_JSON       "application/json"

/* Versions compare as numbers: API_V(1, 44). */
#define API_V(major, minor) ((major) << 16 | (minor))

struct api {
	struct api_config config;
	atomic_bool debug;
	_Atomic(const struct registry_settings *) registries;
};

struct route;

struct call {
	struct api *api;
	struct http_request *rq;
	struct arena *arena; /* the request's */
	struct http_query query;
	const struct route *route;
	const char *id;	  /* what {…} of the route's pattern stands for */
	uint32_t version; /* API_V of the path, or the newest */
};

/*
 * Answers, or returns -1 with e, which the caller turns into Docker's error answer unless the answer
 * has started.
 */
typedef int (*call_handler)(struct call *c, struct err *e);

/* How registries are to be spoken to; stays as it is for this call, whatever is reloaded meanwhile. */
const struct registry_settings *call_registries(const struct call *c);

/* --- query --- */

/* The value of key, or "" when absent (Go's Form.Get). */
const char *call_param(const struct call *c, const char *key);
/* All values of key, in the order they came. */
void call_params(const struct call *c, const char *key, struct str_list *out);
bool call_has_param(const struct call *c, const char *key);
/* False for absent, "", "0", "no", "false", "none" in any case; true for everything else. */
bool call_bool(const struct call *c, const char *key);
/* dflt when the key is absent. */
bool call_bool_or(const struct call *c, const char *key, bool dflt);
/* dflt when absent or empty; other than a number is ERR_INVALID as Go's strconv words it. */
int call_i64(const struct call *c, const char *key, int64_t dflt, int64_t *out, struct err *e);
/* A terminal's size; "invalid resize height \"x\": …" (what is height or width). */
int call_size(
	const struct call *c, const char *key, const char *what, uint16_t *out, struct err *e);
/* The "filters" parameter. */
int call_filters(const struct call *c, struct filters *out, struct err *e);
/*
 * A point in time: seconds[.fraction] since 1970, RFC 3339 or a part of it (local time zone when none
 * is said), or a duration back from now. Nanoseconds; 0 when the key is absent or empty.
 */
int call_time(const struct call *c, const char *key, int64_t *out, struct err *e);

/* --- body --- */

/*
 * The body as JSON; *out is NULL when it is empty or null, else the caller's. Docker's texts for a wrong
 * Content-Type and for malformed JSON.
 */
int call_body_json(struct call *c, struct json **out, struct err *e);
/* The same into a struct by table; an empty body leaves *out alone. */
int call_body(struct call *c, const struct bind_field *fields, void *out, struct err *e);

/* --- answers --- */

/* Go's Encoder ends each value with a line feed. Nobody is told when the client has gone. */
int call_reply(struct call *c, int status, struct buf *body);
/* One struct by table. */
int call_reply_bind(struct call *c, int status, const struct bind_field *fields, const void *in);
int call_reply_empty(struct call *c, int status);
/* {"message":…} with the status that e's kind stands for. */
void call_fail(struct call *c, const struct err *e);
/* The status of an error kind. */
int call_status(enum err_kind kind);

/* The media type of a stdio stream, as attach, exec and logs announce it. */
const char *call_stream_type(const struct call *c, bool tty);

#endif

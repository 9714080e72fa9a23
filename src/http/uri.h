/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding and query strings as Go's net/url reads and writes them. */
#ifndef TARE_HTTP_URI_H
#define TARE_HTTP_URI_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* A query string's pairs in the order they came; a key may repeat. */
struct http_query {
	struct http_param {
		const char *key;
		const char *value;
	} * v;
	size_t n;
};

/*
 * Reads "a=1&b=x%20y": '+' is a blank, a key without '=' has the value "". Pairs Go refuses (a bad
 * escape, a semicolon) are left out, as its Query() does. raw may be NULL.
 */
void http_query_parse(struct arena *a, const char *raw, struct http_query *out);
/* The first value of key, or NULL when absent. */
const char *http_query_get(const struct http_query *q, const char *key);

/* Decodes a path's %XX ('+' stays). A bad escape or an encoded NUL is ERR_INVALID; NULL then. */
char *http_path_decode(struct arena *a, const char *path, struct err *e);

/* Appends s escaped for one path segment (Go's PathEscape). */
void http_escape_path(struct buf *out, const char *s);
/* Appends s escaped for a query value (Go's QueryEscape: blank becomes '+'). */
void http_escape_query(struct buf *out, const char *s);
/* Appends "?key=value" or "&key=value" to a target being built, whichever is due. */
void http_add_param(struct buf *target, const char *key, const char *value);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Header lists, methods and status lines: the nouns both ends of a connection share. */
#ifndef TARE_HTTP_HEAD_H
#define TARE_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct http_header {
	const char *name;
	const char *value; /* without blanks around it */
};

struct http_headers {
	struct http_header *v;
	size_t n;
};

/* Appends copies of name and value, which live in a. */
void http_headers_add(struct arena *a, struct http_headers *h, const char *name, const char *value);
/* The first value of name in any case, or NULL. */
const char *http_headers_get(const struct http_headers *h, const char *name);
/* True when the comma-separated list in any header called name holds token, in any case. */
bool http_headers_has_token(const struct http_headers *h, const char *name, const char *token);

/* "Not Found" for 404; "Unknown" for codes without a registered phrase. */
const char *http_status_text(int status);

#endif

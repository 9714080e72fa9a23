/* SPDX-License-Identifier: Apache-2.0 */
/* Header lists and status phrases (RFC 9110 15). */
#include "http/head.h"

#include <string.h>
#include <strings.h>

#include "base/slice.h"

static const struct {
	int status;
	const char *text;
} phrases[] = {
	{ 100, "Continue" },
	{ 101, "UPGRADED" }, /* dockerd's own word for it */
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 301, "Moved Permanently" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 413, "Request Entity Too Large" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
};

void http_headers_add(struct arena *a, struct http_headers *h, const char *name, const char *value)
{
	h->v = arena_grow(a, h->v, &h->n, sizeof(*h->v));
	h->v[h->n - 1] = (struct http_header){ arena_strdup(a, name), arena_strdup(a, value) };
}

const char *http_headers_get(const struct http_headers *h, const char *name)
{
	for (size_t i = 0; i < h->n; i++)
		if (strcasecmp(h->v[i].name, name) == 0)
			return h->v[i].value;
	return NULL;
}

static bool list_has(const char *value, const char *token)
{
	struct slice rest = slice_str(value);

	while (rest.n > 0) {
		struct slice item;

		slice_cut(rest, ',', &item, &rest);
		item = slice_trim(item);
		if (item.n == strlen(token) && strncasecmp(item.p, token, item.n) == 0)
			return true;
	}
	return false;
}

bool http_headers_has_token(const struct http_headers *h, const char *name, const char *token)
{
	for (size_t i = 0; i < h->n; i++)
		if (strcasecmp(h->v[i].name, name) == 0 && list_has(h->v[i].value, token))
			return true;
	return false;
}

const char *http_status_text(int status)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].text;
	return "Unknown";
}

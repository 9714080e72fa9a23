/* SPDX-License-Identifier: Apache-2.0 */
/* Query strings, escaped paths and stdio frames; what is escaped again must read the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/frame.h"
#include "http/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int ignore(void *arg, enum http_stdio stream, const char *data, size_t n, struct err *e)
{
	size_t *total = arg;

	*total += n;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	char *text = arena_strndup(a, (const char *)data, size);
	struct http_demux d = { 0 };
	struct http_query q, again;
	size_t total = 0;
	struct buf b;
	struct err e;

	buf_init(&b, 1 << 24);
	buf_str(&b, "/x");
	http_path_decode(a, text, &e);
	http_query_parse(a, text, &q);
	for (size_t i = 0; i < q.n; i++)
		http_add_param(&b, q.v[i].key, q.v[i].value);
	http_query_parse(a, b.data + 2 + (b.len > 2), &again);
	if (again.n != q.n)
		abort();
	for (size_t i = 0; i < q.n; i++)
		if (strcmp(again.v[i].key, q.v[i].key) || strcmp(again.v[i].value, q.v[i].value))
			abort();
	http_demux_feed(&d, (const char *)data, size, ignore, &total, &e);
	if (total > size)
		abort();
	buf_done(&b);
	arena_free(a);
	return 0;
}

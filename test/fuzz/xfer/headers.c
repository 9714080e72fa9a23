/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of registries, any bytes: Www-Authenticate, Link, Content-Range; Location against a base. */
#include <stdint.h>
#include <stdlib.h>

#include "xfer/challenge.h"
#include "xfer/exchange.h"
#include "xfer/link.h"
#include "xfer/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	const char *text = arena_strndup(a, (const char *)data, size);
	struct challenges l = { 0 };
	struct content_range r;

	challenge_parse(a, (struct slice){ (const char *)data, size }, &l);
	for (size_t i = 0; i < l.n; i++)
		if (!*l.v[i].scheme)
			abort();
	if (content_range_parse(text, &r) && (r.first < 0 || r.last < r.first))
		abort();
	link_next(a, text);
	const char *to = exchange_resolve(a, "https://h:5000/v2/a/", text);
	if (to && !exchange_origin(a, to))
		abort();
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A token server's JSON: what is taken fits into a header. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "xfer/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	struct token_text t;
	struct err e;

	if (token_parse(a, (const char *)data, size, &t, &e) == 0 &&
		(!*t.value || strpbrk(t.value, "\r\n ") || t.expires_s <= 0))
		abort();
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a member's name: refused, or clean: relative, no "..", stable when cleaned again. */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "layer/place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	const char *name = arena_strndup(a, (const char *)data, size);
	char once[PATH_MAX], twice[PATH_MAX];
	struct err e;

	if (place_clean(name, once, &e))
		return 0;
	if (place_clean(once, twice, &e) || strcmp(once, twice) != 0 || *once == '/')
		abort();
	for (const char *p = once; p;) {
		size_t n = strcspn(p, "/");
		if (*once && (n == 0 || (n == 1 && p[0] == '.') ||
				     (n == 2 && p[0] == '.' && p[1] == '.')))
			abort();
		p = p[n] ? p + n + 1 : NULL;
	}
	return 0;
}

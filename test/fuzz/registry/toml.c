/* SPDX-License-Identifier: Apache-2.0 */
/* TOML, any bytes: what parses has a key for each member of each table. */
#include <stdint.h>
#include <stdlib.h>

#include "registry/toml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const struct toml *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->type == TOML_TABLE && toml_get(t, t->keys[i]) != t->v[i])
			abort();
		walk(t->v[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	struct toml *t;
	struct err e;

	if (toml_parse(a, (const char *)data, size, &t, &e) == 0)
		walk(t);
	return 0;
}

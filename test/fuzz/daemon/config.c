/* SPDX-License-Identifier: Apache-2.0 */
/* daemon.json, with a flag given beside it. */
#include <stdint.h>

#include "daemon/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	char *argv[] = { "--debug" };
	struct options o;
	struct err e;

	if (options_parse(a, 1, argv, &o, &e) == 0 &&
		options_merge(a, "f", arena_strndup(a, (const char *)data, size), &o, &e) == 0)
		options_check(&o, &e);
	arena_free(a);
	return 0;
}

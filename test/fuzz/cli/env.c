/* SPDX-License-Identifier: Apache-2.0 */
/* A file of environment variables. */
#include <stdint.h>

#include "cli/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	struct str_list list = { 0 };
	struct err e;

	(void)spec_env_text(a, (const char *)data, size, true, &list, &e);
	return 0;
}

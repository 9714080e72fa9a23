/* SPDX-License-Identifier: Apache-2.0 */
/* A file of ~/.docker/manifests: what can be read is written the same again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/manifest_store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	struct manifest_entry m, again;
	struct err e;
	const char *text;

	if (manifest_entry_decode(a, (const char *)data, size, &m, &e))
		return 0;
	text = manifest_entry_encode(a, &m);
	if (manifest_entry_decode(a, text, strlen(text), &again, &e) ||
		strcmp(text, manifest_entry_encode(a, &again)) != 0)
		abort();
	return 0;
}

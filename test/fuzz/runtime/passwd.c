/* SPDX-License-Identifier: Apache-2.0 */
/* /etc/passwd of an image: whatever it holds, a home directory lies inside the text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uid_t ids[] = { 0, 1, 1000, 65534, UINT32_MAX };
	own_arena a = arena_new();

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		const char *home = identity_home_in(a, (const char *)data, size, ids[i]);
		if (home && (strlen(home) > size || strchr(home, ':') || strchr(home, '\n')))
			abort();
	}
	return 0;
}

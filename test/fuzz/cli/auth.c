/* SPDX-License-Identifier: Apache-2.0 */
/* What a credential helper answers, and the "auth" of config.json. */
#include <stdint.h>

#include "base/base64.h"
#include "cli/credential_helper.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	struct credentials c = CREDENTIALS_NONE;
	own_buf b = { 0 };

	(void)credential_helper_parse(a, (const char *)data, size, &c);
	(void)credentials_header(a, &c);
	(void)credentials_host(a, arena_strndup(a, (const char *)data, size));
	buf_init(&b, 1 << 20);
	(void)base64_decode(&b, BASE64_STD, (const char *)data, size);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* no_proxy on the first line, a URL on the second. */
#include <stdint.h>

#include "base/slice.h"
#include "xfer/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	struct slice first, second;

	slice_cut((struct slice){ (const char *)data, size }, '\n', &first, &second);
	struct xfer_config c = { .http_proxy = "http://p",
		.https_proxy = "http://q",
		.no_proxy = arena_strndup(a, first.p, first.n) };
	proxy_for(a, &c, arena_strndup(a, second.p, second.n));
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the host's resolv.conf; what was written must be read again as the same servers. */
#include <stdint.h>
#include <stdlib.h>

#include "net/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	struct net_resolv r = { .host_path = "/etc/resolv.conf" };
	own_buf once, twice;
	struct err e;

	buf_init(&once, 1 << 22);
	buf_init(&twice, 1 << 22);
	r.mode = size && data[0] & 1 ? NET_RESOLV_HOST : NET_RESOLV_LEGACY;
	r.ipv6 = size && data[0] & 2;
	r.host_text = arena_strndup(a, (const char *)data, size);
	net_resolv_is_stub(r.host_text);
	if (net_resolv_write(&r, &once, &e) < 0)
		return 0;
	r.host_text = once.data;
	if (net_resolv_write(&r, &twice, &e) < 0)
		abort();
	return 0;
}

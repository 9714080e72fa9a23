/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an --add-host entry: refused, or exactly one line more than without it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	const char *extra[] = { arena_strndup(a, (const char *)data, size) };
	struct net_hosts h = { .hostname = "h", .extra = { extra, 1 }, .host_gateway = "10.0.0.1" };
	own_buf out;
	struct err e;
	size_t lines = 0;

	buf_init(&out, 1 << 22);
	if (net_hosts_write(&h, &out, &e) < 0)
		return 0;
	for (const char *p = out.data; (p = strchr(p, '\n')); p++)
		lines++;
	if (lines != 7)
		abort();
	return 0;
}

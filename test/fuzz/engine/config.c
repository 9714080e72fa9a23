/* SPDX-License-Identifier: Apache-2.0 */
/* config.v2.json: what is accepted is written so that it reads back, and writes the same again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/persist.h"

#define ID "aaaa000000000000000000000000000000000000000000000000000000000001"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct container *load(const char *text, size_t n)
{
	struct container *c = ctr_new(ID, "/data", "/run");
	struct err e;

	if (persist_read_config(c, text, n, &e) == 0)
		return c;
	ctr_unref(c);
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_buf first, second;
	struct container *c = load((const char *)data, size);

	buf_init(&first, 1 << 24);
	buf_init(&second, 1 << 24);
	if (!c)
		return 0;
	persist_write_config(c, &first);
	struct container *again = load(first.data, first.len);
	if (!again)
		abort();
	persist_write_config(again, &second);
	struct container *third = load(second.data, second.len);
	if (!third)
		abort();
	ctr_unref(third);
	ctr_unref(again);
	ctr_unref(c);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image configurations: what parses is written and must parse again to the same text. (The first writing may still
 * replace invalid UTF-8 that json-c let pass.)
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "oci/image_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int rewrite(struct arena *a, const char *text, size_t n, struct buf *out)
{
	struct oci_image_config c;
	struct err e;

	if (oci_image_config_parse(a, text, n, &c, &e))
		return -1;
	oci_image_config_write(&c, out);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	own_buf first, second, third;

	buf_init(&first, 16u << 20);
	buf_init(&second, 16u << 20);
	buf_init(&third, 16u << 20);
	if (rewrite(a, (const char *)data, size, &first))
		return 0;
	if (rewrite(a, first.data, first.len, &second) ||
		rewrite(a, second.data, second.len, &third) || strcmp(second.data, third.data) != 0)
		abort();
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Image configurations: what parses is written and must parse again to the same text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "oci/image_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	struct oci_image_config c, again;
	struct err e;
	own_buf first, second;

	buf_init(&first, 16u << 20);
	buf_init(&second, 16u << 20);
	if (oci_image_config_parse(a, (const char *)data, size, &c, &e))
		return 0;
	oci_image_config_write(&c, &first);
	if (!buf_ok(&first))
		return 0;
	if (oci_image_config_parse(a, first.data, first.len, &again, &e))
		abort();
	oci_image_config_write(&again, &second);
	if (strcmp(first.data, second.data) != 0)
		abort();
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever json_parse accepts must print, parse again and print the same. (The first printing may still
 * replace invalid UTF-8 that json-c let pass.)
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void reprint(const char *text, size_t n, struct buf *out)
{
	struct err e;
	own_json doc = json_parse(text, n, &e);

	if (!doc)
		abort();
	json_print(doc, NULL, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e;
	own_json doc = json_parse((const char *)data, size, &e);
	own_buf first, second, third;

	buf_init(&first, 1 << 24);
	buf_init(&second, 1 << 24);
	buf_init(&third, 1 << 24);
	if (!doc)
		return 0;
	json_print(doc, NULL, &first);
	reprint(first.data, first.len, &second);
	reprint(second.data, second.len, &third);
	if (strcmp(second.data, third.data) != 0)
		abort();
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Finding where one JSON value ends in a stream. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "client/client_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data;
	size_t at = 0, start, n;

	while (at < size && (n = client_json_end(p + at, size - at, &start)) > 0) {
		struct err e;
		struct json *j;

		if (start >= n || n > size - at)
			abort();
		j = json_parse(p + at + start, n - start, &e);
		json_free(j);
		at += n;
	}
	return 0;
}

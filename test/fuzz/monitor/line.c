/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes become one valid JSON document whose text is as long as promised at most. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "monitor/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > LINE_TEXT_MAX)
		size = LINE_TEXT_MAX;
	char *out = malloc(LINE_ROOM(size, 0));
	struct line l = { .text = data, .n = size, .whole = true, .time = "1970-01-01T00:00:00Z" };
	size_t n = line_encode(out, &l);
	struct err e;

	assert(n <= LINE_ROOM(size, 0) && out[n - 1] == '\n');
	assert(!memchr(out, '\n', n - 1));
	own_json j = json_parse(out, n - 1, &e);
	assert(j);
	const char *log = json_str(json_get(j, "log"), "");
	/* Plain ASCII comes back as it was. */
	for (size_t i = 0; i < size; i++)
		if (data[i] == 0 || data[i] >= 0x80)
			log = NULL;
	assert(!log || (strlen(log) == size + 1 && memcmp(log, data, size) == 0));
	free(out);
	return 0;
}

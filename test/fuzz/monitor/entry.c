/* SPDX-License-Identifier: Apache-2.0 */
/* What the quick way accepts, the JSON parser understands the same way (if it accepts it). */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "monitor/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct entry en;
	struct err e;
	own_buf text;

	buf_init(&text, 4 * size + 16);
	if (!entry_split((struct slice){ (const char *)data, size }, &en) ||
		!entry_text(en.text, &text))
		return 0;
	own_json j = json_parse((const char *)data, size, &e);
	if (!j)
		return 0;
	/* A member given twice counts last to the parser, first to us; nobody writes that. */
	struct json *log = json_get(j, "log");
	if (json_len(j) != (en.attrs.n ? 4u : 3u) || json_type(log) != JSON_STR)
		return 0;
	assert(json_str_len(log) == text.len);
	assert(memcmp(json_str(log, ""), text.data, text.len) == 0);
	assert(str_eq(json_str(json_get(j, "stream"), ""), en.is_stderr ? "stderr" : "stdout"));
	return 0;
}

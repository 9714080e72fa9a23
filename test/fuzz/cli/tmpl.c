/* SPDX-License-Identifier: Apache-2.0 */
/* Any template over a typed and a raw value: parsed and executed without harm. */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "cli/go_types.h"
#include "cli/tmpl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Large numbers make loops and paddings that are slow, not wrong. */
static int has_large_number(const uint8_t *data, size_t size)
{
	size_t digits = 0;

	for (size_t i = 0; i < size; i++) {
		digits = isxdigit(data[i]) ? digits + 1 : 0;
		if (digits > 3)
			return 1;
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char doc_text[] =
		"{\"Id\":\"a\",\"Name\":\"/c\",\"Args\":[\"x\"],\"State\":{\"Pid\":1,\"Running\":true},"
		"\"Config\":{\"Labels\":{\"a\":\"b\"},\"Env\":[\"A=1\"]},\"Mounts\":[{\"Source\":\"/s\"}],"
		"\"X\":{\"n\":1.5,\"l\":[1,null,{\"k\":[]}]}}";
	own_arena a = arena_new();
	struct err e;
	own_json doc = json_parse(doc_text, sizeof(doc_text) - 1, &e);
	struct tmpl *t;
	own_buf out = { 0 };

	if (size > 4096 || has_large_number(data, size))
		return 0;
	buf_init(&out, 1 << 16);
	t = tmpl_parse(a, "", arena_strndup(a, (const char *)data, size), &e);
	if (t == NULL)
		return 0;
	(void)tmpl_exec(t, go_of(&container_inspect_response_type, doc), 0, &out, &e);
	(void)tmpl_exec(t, go_unwrap(go_of(&go_any_type, doc)), TMPL_MISSING_KEY_ERROR, &out, &e);
	return 0;
}

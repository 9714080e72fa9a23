/* SPDX-License-Identifier: Apache-2.0 */
/* state.json: what can be read can be told to a hook. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "runtime/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	struct container_record r;
	struct err e;
	own_buf out;

	buf_init(&out, 4 * size + 4096);
	if (container_parse(a, (const char *)data, size, &r, &e))
		return 0;
	container_hook_state(&r, CONTAINER_RUNNING, 7, &out);
	own_json doc = buf_ok(&out) ? json_parse(out.data, out.len, &e) : NULL;
	if (buf_ok(&out) && !doc)
		abort();
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as changes of a configuration: refused, or carried out twice with the same result. */
#include "dockerfile/config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/jsonw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int change(struct arena *a, const char *text, struct buf *out)
{
	struct container_config config = { 0 };
	struct dockerfile_target target = { .arena = a, .config = &config };
	struct str_list changes = { 0 };
	struct jsonw w;
	struct err e;

	str_list_add(a, &config.env, "PATH=/bin");
	str_list_add(a, &changes, text);
	if (dockerfile_change(&changes, &target, &e))
		return -1;
	jsonw_init(&w, out, NULL);
	bind_encode(&w, container_config_fields, &config);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	own_buf first = { 0 }, second = { 0 };

	if (size > 65536)
		return 0;
	const char *text = arena_strndup(a, (const char *)data, size);
	buf_init(&first, 64u << 20);
	buf_init(&second, 64u << 20);
	int rc = change(a, text, &first);
	if (rc != change(a, text, &second) || strcmp(first.data, second.data) != 0)
		abort();
	return 0;
}

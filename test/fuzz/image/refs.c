/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as repositories.json: refused, or written and read again as the same names. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/refs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(const struct refs *r)
{
	struct refs *again = refs_new();
	struct err e;
	own_buf text;

	buf_init(&text, 1 << 26);
	refs_print(r, &text);
	if (refs_parse(again, text.data, text.len, &e) || refs_count(again) != refs_count(r))
		abort();
	for (size_t i = 0; i < refs_count(r); i++)
		if (strcmp(refs_at(r, i)->name, refs_at(again, i)->name) != 0 ||
			strcmp(refs_at(r, i)->id, refs_at(again, i)->id) != 0)
			abort();
	refs_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct refs *r = refs_new();
	struct err e;

	if (refs_parse(r, (const char *)data, size, &e) == 0)
		check_again(r);
	refs_free(r);
	return 0;
}

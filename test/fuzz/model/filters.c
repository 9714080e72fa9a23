/* SPDX-License-Identifier: Apache-2.0 */
/* The filters parameter: whatever is accepted can be asked. */
#include <stdint.h>

#include "model/filters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	const char *text = arena_strndup(a, (const char *)data, size);
	struct str_map labels = { 0 };
	struct filters f;
	struct err e;
	bool v;

	str_map_set(a, &labels, "k", "v");
	if (filters_parse(a, text, &f, &e) == 0) {
		(void)filters_match(&f, "name", "x");
		(void)filters_match_labels(&f, "label", &labels);
		(void)filters_bool(&f, "dangling", false, &v, &e);
	}
	arena_free(a);
	return 0;
}

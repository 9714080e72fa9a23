/* SPDX-License-Identifier: Apache-2.0 */
/* The filters parameter in both its forms. */
#include <stdint.h>
#include <stdlib.h>

#include "model/filters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct filters f;
	struct err e;
	bool yes;

	if (filters_parse(a, arena_strndup(a, (const char *)data, size), &f, &e) == 0)
		for (size_t i = 0; i < f.n; i++) {
			const struct str_list *l = filters_get(&f, f.v[i].name);

			for (size_t k = 0; l && k < l->n; k++)
				if (!filters_match(&f, f.v[i].name, l->v[k]))
					abort();
			filters_bool(&f, f.v[i].name, false, &yes, &e);
		}
	arena_free(a);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the index, its checksum put right: refused, or all it says can be asked for. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "image/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct index *x)
{
	own_arena a = arena_new();
	struct index_image img;
	char id[OCI_DIGEST_SIZE];
	int64_t bytes;

	for (size_t i = 0; i < index_layers(x) && i < 100; i++) {
		index_layer(x, i, id, &bytes);
		if (!index_find(x, a, id, &img))
			continue;
		for (size_t k = 0; k < img.n_layers; k++)
			if (img.layers[k] >= index_layers(x))
				abort();
		for (size_t k = 0; k < img.labels.n; k++)
			if (!img.labels.keys[k] || !img.labels.v[k])
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	index_seal(text, size);
	struct index *x = index_new(text, size);
	if (x)
		ask(x);
	index_free(x);
	free(text);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests, indexes, archive lists, layout files: any bytes; no document is both index and manifest. */
#include <stdint.h>
#include <stdlib.h>

#include "oci/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	const char *text = (const char *)data;
	struct oci_index i;
	struct oci_manifest m;
	struct oci_archive l;
	struct err e;
	own_buf out;

	buf_init(&out, 16u << 20);
	oci_layout_check(text, size, &e);
	int is_index = oci_index_parse(a, text, size, &i, &e) == 0;
	int is_manifest = oci_manifest_parse(a, text, size, &m, &e) == 0;
	if (is_index && is_manifest)
		abort();
	if (is_index)
		oci_index_write(&i, &out);
	if (is_manifest)
		oci_manifest_write(&m, &out);
	buf_clear(&out);
	if (oci_archive_parse(a, text, size, &l, &e) == 0)
		oci_archive_write(&l, &out);
	return 0;
}

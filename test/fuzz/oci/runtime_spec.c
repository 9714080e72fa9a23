/* SPDX-License-Identifier: Apache-2.0 */
/* config.json: what parses is checked, written, and must parse again to the same text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "oci/runtime_spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	struct oci_spec s, again;
	struct oci_process p;
	struct oci_resources r;
	struct err e;
	own_buf first, second;

	buf_init(&first, 16u << 20);
	buf_init(&second, 16u << 20);
	oci_process_parse(a, (const char *)data, size, &p, &e);
	oci_resources_parse(a, (const char *)data, size, &r, &e);
	if (oci_spec_parse(a, (const char *)data, size, &s, &e))
		return 0;
	oci_spec_check(&s, &e);
	s.linux.seccomp = NULL; /* kept unread, so it need not be JSON yet */
	oci_spec_write(&s, &first);
	if (!buf_ok(&first))
		return 0;
	if (oci_spec_parse(a, first.data, first.len, &again, &e))
		abort();
	oci_spec_write(&again, &second);
	if (strcmp(first.data, second.data) != 0)
		abort();
	return 0;
}

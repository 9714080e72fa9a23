/* SPDX-License-Identifier: Apache-2.0 */
/* References: the familiar form of what parses must parse back to the same full form. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "oci/digest.h"
#include "oci/platform.h"
#include "oci/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	const char *text = arena_strndup(a, (const char *)data, size);
	struct oci_ref r, again;
	struct oci_platform p;
	struct err e;

	oci_digest_check((struct slice){ (const char *)data, size }, &e);
	if (oci_platform_parse(a, text, &p, &e) == 0)
		oci_platform_text(a, &p);
	oci_ref_parse_any(a, text, &r, &e);
	if (oci_ref_parse(a, text, &r, &e))
		return 0;
	const char *full = oci_ref_full(a, &r);
	if (oci_ref_parse(a, full, &again, &e) || strcmp(full, oci_ref_full(a, &again)) != 0)
		abort();
	oci_ref_familiar(a, &r);
	oci_ref_default_tag(&r);
	return 0;
}

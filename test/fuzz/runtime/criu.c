/* SPDX-License-Identifier: Apache-2.0 */
/* What CRIU answers, and the two texts a restore reads: what points into them stays inside. */
#include <stdint.h>
#include <stdlib.h>

#include "runtime/criu.h"
#include "runtime/restore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct criu_answer a;
	struct err e;
	own_buf out;

	if (criu_parse_answer((struct slice){ text, size }, &a, &e) == 0 && a.script.p &&
		(a.script.p < text || a.script.p + a.script.n > text + size))
		abort();
	buf_init(&out, 4 * size + 65536);
	restore_put_descriptors(&out, text, size, &e);
	restore_put_cgroup_roots(&out, text, size);
	return 0;
}

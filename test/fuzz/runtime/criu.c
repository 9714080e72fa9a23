/* SPDX-License-Identifier: Apache-2.0 */
/* What CRIU answers, and the two texts a restore reads. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/criu.h"
#include "runtime/restore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	own_arena a = arena_new();
	struct criu_request r = { .arena = a, .opts = CRIU_OPTS__INIT };
	struct criu_answer answer;
	struct err e;

	if (criu_parse_answer((struct slice){ text, size }, a, &answer, &e) == 0 && answer.script &&
		strlen(answer.script) > size)
		abort();
	restore_put_descriptors(&r, text, size, &e);
	restore_put_cgroup_roots(&r, text, size);
	/* What was read can be sent. */
	size_t n = criu_opts__get_packed_size(&r.opts);
	if (criu_opts__pack(&r.opts, arena_alloc(a, n)) != n)
		abort();
	return 0;
}

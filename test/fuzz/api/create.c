/* SPDX-License-Identifier: Apache-2.0 */
/* Create's body: what is read and written again must read the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "model/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *encode(const struct create_request *rq)
{
	struct jsonw w;
	struct buf b;

	buf_init(&b, 1 << 26);
	jsonw_init(&w, &b, NULL);
	create_request_encode(&w, rq);
	if (!buf_ok(&b))
		abort();
	return buf_steal(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct create_request rq, again;
	struct err e;
	struct json *j = json_parse((const char *)data, size, &e);

	if (j && json_type(j) == JSON_OBJ && create_request_decode(a, j, &rq, &e) == 0) {
		char *once = encode(&rq), *twice;
		struct json *k = json_parse(once, strlen(once), &e);

		if (!k || create_request_decode(a, k, &again, &e))
			abort();
		twice = encode(&again);
		if (strcmp(once, twice) != 0)
			abort();
		json_free(k);
		free(once);
		free(twice);
	}
	json_free(j);
	arena_free(a);
	return 0;
}

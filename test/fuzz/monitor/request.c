/* SPDX-License-Identifier: Apache-2.0 */
/* No packet makes the monitor look beyond its end. */
#include <assert.h>
#include <stdint.h>

#include "monitor/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct monitor_request rq;

	if (request_parse(data, size, &rq) == 0) {
		assert(rq.n_keys <= MONITOR_KEYS_MAX && rq.n_stdin <= MONITOR_STDIN_MAX);
		assert(sizeof(rq) + rq.n_keys + rq.n_stdin == size);
		assert(rq.type >= 1 && rq.type <= MONITOR_REQ_LAST);
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a network's state file: refused, or an id of 64 hex digits. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "net/net_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct network *w = network_new(NETWORK_BRIDGE, "bridge");
	struct err e;

	if (state_parse((const char *)data, size, w, &e) == 0 &&
		(strlen(w->id) != ID_HEX || !id_is_hex(w->id, ID_HEX)))
		abort();
	network_free(w);
	return 0;
}

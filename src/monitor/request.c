/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/request.h"

#include <errno.h>
#include <string.h>

int request_parse(const void *packet, size_t n, struct monitor_request *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out, packet, n < sizeof(*out) ? n : sizeof(*out));
	if (n < sizeof(*out))
		return EBADMSG;
	if (out->proto != MONITOR_PROTO)
		return EPROTONOSUPPORT;
	if (out->type == 0 || out->type > MONITOR_REQ_LAST)
		return ENOSYS;
	if (out->n_keys > MONITOR_KEYS_MAX || out->n_stdin > MONITOR_STDIN_MAX ||
		n != sizeof(*out) + out->n_keys + out->n_stdin)
		return EBADMSG;
	return 0;
}

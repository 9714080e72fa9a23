/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a packet is a request: the one place where bytes from outside are judged. */
#ifndef TARE_MONITOR_REQUEST_H
#define TARE_MONITOR_REQUEST_H

#include <stddef.h>

#include "monitor/proto.h"

/*
 * 0 and *out when packet[0..n) is a request this monitor knows, with exactly the bytes it announces
 * behind the struct; else an errno (EBADMSG, EPROTONOSUPPORT, ENOSYS) and *out has what there was.
 */
int request_parse(const void *packet, size_t n, struct monitor_request *out);

#endif

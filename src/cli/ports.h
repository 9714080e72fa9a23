/* SPDX-License-Identifier: Apache-2.0 */
/* The PORTS column of ps. */
#ifndef TARE_CLI_PORTS_H
#define TARE_CLI_PORTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"

/* [{IP,PrivatePort,PublicPort,Type}] as "0.0.0.0:8080->80/tcp, 443/tcp", neighbours as ranges. */
const char *ports_display(struct arena *a, const struct json *ports);
/* "ip:port", an IPv6 address in brackets. */
void ports_join_host(struct buf *out, const char *ip, const char *port);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Which proxy a URL is asked through: Go's rules (net/http's ProxyFromEnvironment), which dockerd's users have written theirs for. */
#ifndef TARE_XFER_PROXY_H
#define TARE_XFER_PROXY_H

#include "config.h"

/*
 * The proxy for url, or NULL: to localhost, to loopback addresses, and to what no_proxy names. There: "*", a
 * domain with or without a leading dot (its subdomains too), an address, a CIDR; each but a CIDR may have a port.
 */
const char *proxy_for(struct arena *a, const struct xfer_config *config, const char *url);

#endif

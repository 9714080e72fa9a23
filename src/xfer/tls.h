/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates: the system's CAs are read once (it takes some 10 ms), an endpoint's own are added to a store of its
 * own. libcurl is told by its hook for OpenSSL's context.
 */
#ifndef TARE_XFER_TLS_H
#define TARE_XFER_TLS_H

#include <curl/curl.h>
#include <stdbool.h>

#include "base/err.h"
#include "config.h"

struct tls;

/* *e is ERR_INVALID when an endpoint's certificate or key is not PEM. Nothing of the system is read yet. */
struct tls *tls_new(const struct xfer_config *config, struct err *e);
/*
 * Prepares a handle for endpoint (NULL: any other server). with_client: the endpoint's client certificate may
 * be shown, which only its own host gets to see.
 */
void tls_apply(struct tls *tls, CURL *easy, const struct xfer_endpoint *endpoint, bool with_client);

#endif

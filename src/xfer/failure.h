/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong, in the words dockerd's users know: Go's for the network, distribution's for registries. */
#ifndef TARE_XFER_FAILURE_H
#define TARE_XFER_FAILURE_H

#include "base/err.h"
#include "exchange.h"

/*
 * A transfer that libcurl gave up: `Get "https://host/v2/": dial tcp 127.0.0.1:5000: connect: connection refused`.
 * ERR_UNAVAILABLE when trying again may help. Returns -1.
 */
int xfer_fault(const struct transfer *t, const char *method, const char *url, struct err *e);

/*
 * An answer that is none of success, as distribution's client reads it: "denied: requested access to the
 * resource is denied", "received unexpected HTTP status: 500 Internal Server Error", … Kinds: ERR_UNAUTHORIZED,
 * ERR_FORBIDDEN, ERR_NOT_FOUND, ERR_UNAVAILABLE for 429 and 5xx. *code (may be NULL) gets the first code in the
 * registry's spelling ("MANIFEST_UNKNOWN"), "" when it named none. Returns -1.
 */
int xfer_refusal(const struct exchange_answer *answer, char code[64], struct err *e);

/* "404 Not Found" as Go's net/http names statuses. */
const char *xfer_status_text(long status);

#endif

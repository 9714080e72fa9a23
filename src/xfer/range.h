/* SPDX-License-Identifier: Apache-2.0 */
/* The header Content-Range of a 206 (RFC 9110, 14.4). */
#ifndef TARE_XFER_RANGE_H
#define TARE_XFER_RANGE_H

#include <stdbool.h>
#include <stdint.h>

struct content_range {
	int64_t first, last;
	int64_t total; /* -1: "*" */
};

/* "bytes 5-9/10"; false when it is malformed or contradicts itself. NULL is. */
bool content_range_parse(const char *text, struct content_range *out);

#endif

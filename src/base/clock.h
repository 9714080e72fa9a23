/* SPDX-License-Identifier: Apache-2.0 */
/* Wall-clock time as int64_t nanoseconds since 1970, and its RFC 3339 text as Go writes it. */
#ifndef TARE_BASE_CLOCK_H
#define TARE_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

#define CLOCK_TEXT 40
/* Go's zero time "0001-01-01T00:00:00Z" stands for "never". */
#define CLOCK_NEVER INT64_MIN

int64_t clock_now_ns(void);
int64_t clock_monotonic_ns(void);
/* RFC3339Nano in UTC, trailing zeros of the fraction dropped: "2024-01-02T03:04:05.1Z". */
const char *clock_rfc3339(char out[CLOCK_TEXT], int64_t ns);
/* Always nine digits: json-file's and docker logs -t form. */
const char *clock_rfc3339_nine(char out[CLOCK_TEXT], int64_t ns);
/* Any RFC 3339 text with any zone. */
bool clock_parse_rfc3339(struct slice s, int64_t *ns);

#endif

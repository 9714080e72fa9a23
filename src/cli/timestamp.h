/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time as users give them (--since, --until): RFC 3339, parts of it, "10m", Unix seconds. */
#ifndef TARE_CLI_TIMESTAMP_H
#define TARE_CLI_TIMESTAMP_H

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

/* What the API takes: "1136073845.000000001". Durations go back from now; dates without a zone are local. */
const char *timestamp_parse(struct arena *a, const char *text, int64_t now_seconds, struct err *e);

#endif

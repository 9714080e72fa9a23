/* SPDX-License-Identifier: Apache-2.0 */
/* The texts Docker takes for a point in time: until filters, since and until of events and logs. */
#ifndef TARE_ENGINE_UNTIL_H
#define TARE_ENGINE_UNTIL_H

#include <stdint.h>

#include "base/err.h"

/*
 * RFC 3339, a date ("2006-01-02", "2006-01-02T15:04"), unix seconds with a fraction, or a Go duration counted
 * back from now_ns. ERR_INVALID otherwise.
 */
int until_parse(const char *text, int64_t now_ns, int64_t *ns, struct err *e);

#endif

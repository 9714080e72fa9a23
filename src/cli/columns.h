/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text in columns as Go's text/tabwriter lays it out: a cell ends with a tab, neighbouring lines with a
 * cell in the same place share that column's width; what stands behind the last tab is in no column.
 */
#ifndef TARE_CLI_COLUMNS_H
#define TARE_CLI_COLUMNS_H

#include <stddef.h>

#include "base/buf.h"

struct columns {
	size_t min_width;
	size_t padding;
};

/* Appends text[0..n) to out, laid out. */
void columns_write(struct buf *out, const struct columns *layout, const char *text, size_t n);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as text, rewritten without being understood: numbers, escapes and order stay as they came. */
#ifndef TARE_CLI_JSONTEXT_H
#define TARE_CLI_JSONTEXT_H

#include "base/buf.h"

/* Appends text with blanks between tokens dropped (indent NULL), or as Go's json.Indent lays it out. */
void jsontext_layout(struct buf *out, const char *text, size_t n, const char *indent);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading what line.c writes: one entry of a json-file log, taken apart without building a document (some 20
 * times as fast). Only the shape that dockerd and tare-monitor write is known here; whoever meets another
 * gives the line to a JSON parser.
 */
#ifndef TARE_MONITOR_ENTRY_H
#define TARE_MONITOR_ENTRY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

/* All slices lie in the line. */
struct entry {
	struct slice text;  /* still escaped: entry_text */
	struct slice time;  /* RFC 3339 */
	struct slice attrs; /* a JSON object, or empty */
	bool is_stderr;
};

/* {"log":"…","stream":"stdout"|"stderr",["attrs":{…},]"time":"…"} and nothing else; false for other lines. */
bool entry_split(struct slice line, struct entry *out);

/*
 * Appends the text with its escapes resolved, as Go's decoder does it (half a surrogate pair becomes U+FFFD).
 * False when it is no JSON string; then out has the part before the fault.
 */
bool entry_text(struct slice escaped, struct buf *out);

#endif

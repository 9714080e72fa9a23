/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The json-file log of one container: cuts output into lines, encodes them (line.h), writes them in
 * batches of whole entries and rotates as dockerd does (PATH, PATH.1, …). Part of tare-monitor: allocates
 * nothing, reports errors as errno.
 */
#ifndef TARE_MONITOR_JSONLOG_H
#define TARE_MONITOR_JSONLOG_H

#include <stddef.h>
#include <stdint.h>

#include "monitor/line.h"

#define JSONLOG_BUF   131072 /* holds one entry of the worst kind (LINE_ROOM(LINE_TEXT_MAX)) */
#define JSONLOG_ATTRS 16384  /* bytes of attrs accepted */

/* A line whose end has not come yet. */
struct jsonlog_open_line {
	size_t n;
	unsigned char text[LINE_TEXT_MAX];
};

struct jsonlog {
	int fd; /* -1: nothing is logged */
	const char *path;
	const char *attrs;
	int64_t max_bytes; /* <= 0: never rotated */
	unsigned max_files;
	int64_t size; /* of the file, whole entries */
	size_t n;     /* bytes waiting in buf */
	char time[LINE_TIME_MAX];
	struct jsonlog_open_line *open; /* two, by enum line_stream; zeroed, the caller's */
	char *buf;			/* JSONLOG_BUF bytes, the caller's */
};

/*
 * Opens (appends to) path, mode 0640; path to max_files and the two buffers are set before, the rest is zero. NULL path: no
 * log, every call below does nothing. Returns 0 or an errno (E2BIG: attrs too long).
 */
int jsonlog_open(struct jsonlog *l);
void jsonlog_close(struct jsonlog *l);

/* Logs data[0..n) of stream, read at now_ns. What could not be written (disk full) is lost, whole entries
 * at a time. */
void jsonlog_write(
	struct jsonlog *l, enum line_stream stream, const void *data, size_t n, int64_t now_ns);

/* End of the stream: an unfinished line is logged without newline, as dockerd does. */
void jsonlog_end(struct jsonlog *l, enum line_stream stream, int64_t now_ns);

/* Opens path anew, after someone renamed or truncated it. Returns 0 or an errno (the old file is kept). */
int jsonlog_reopen(struct jsonlog *l);

#endif

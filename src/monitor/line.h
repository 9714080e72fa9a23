/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry of Docker's json-file log, byte for byte as dockerd writes it:
 * {"log":"text\n","stream":"stdout","time":"2024-01-02T03:04:05.1Z"}. Escapes like Go's encoding/json
 * with HTML escaping, but \t \b \f in the long form (dockerd's own encoder knows only \n and \r).
 */
#ifndef TARE_MONITOR_LINE_H
#define TARE_MONITOR_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_TEXT_MAX 16384 /* bytes of text in one entry; dockerd splits longer lines */
#define LINE_TIME_MAX 40

enum line_stream { LINE_STDOUT, LINE_STDERR };

struct line {
	const unsigned char *text;
	size_t n;
	bool whole; /* ends with a newline in the log; false for a split or unfinished line */
	enum line_stream stream;
	const char *attrs; /* finished JSON object, or NULL */
	const char *time;  /* from line_time */
};

/* Most bytes an entry may take whose text has n bytes and whose attrs n_attrs. */
#define LINE_ROOM(n, n_attrs) (6 * (size_t)(n) + (n_attrs) + 128)

/* Escapes text[0..n) as the inside of a JSON string: at most 6 * n bytes; returns how many. */
size_t line_escape(char *out, const unsigned char *text, size_t n);

/* Writes the entry with its final newline (LINE_ROOM bytes suffice); returns its length. */
size_t line_encode(char *out, const struct line *l);

/* RFC3339Nano in UTC as Go prints it: trailing zeros of the fraction are dropped. */
void line_time(char out[LINE_TIME_MAX], int64_t ns);

#endif

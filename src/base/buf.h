/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The string builder. A maximum is given at birth; what would pass it marks the buffer failed and
 * is dropped, so one check at the end (buf_ok) suffices. data is always NUL-terminated.
 */
#ifndef TARE_BASE_BUF_H
#define TARE_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* never NULL after buf_init; data[len] is NUL */
	size_t len;
	size_t cap;
	size_t max;
	bool failed;
};

/* An empty builder of at most max bytes; buf_done frees it. */
void buf_init(struct buf *b, size_t max);
void buf_done(struct buf *b);
#define own_buf __attribute__((cleanup(buf_done))) struct buf

void buf_add(struct buf *b, const void *data, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vfmt(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* n times c. */
void buf_pad(struct buf *b, char c, size_t n);

/* Room for n more bytes at the end, or NULL (and failed) past max; buf_grew counts what was written. */
char *buf_reserve(struct buf *b, size_t n);
void buf_grew(struct buf *b, size_t n);

/* Forgets the content, keeps the memory. */
void buf_clear(struct buf *b);
/* Drops the first n bytes (n <= len). */
void buf_drop(struct buf *b, size_t n);
bool buf_ok(const struct buf *b);
/* Gives the string away (caller frees); b is empty and usable again. */
char *buf_steal(struct buf *b);

#endif

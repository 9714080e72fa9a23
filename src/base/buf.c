/* SPDX-License-Identifier: Apache-2.0 */
/* Growth by doubling up to max; an empty buffer points at a shared NUL, so it costs nothing. */
#include "buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char buf_empty[1];

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .data = buf_empty, .max = max };
}

void buf_done(struct buf *b)
{
	if (b->cap)
		free(b->data);
	*b = (struct buf){ .data = buf_empty, .max = b->max };
}

/* Room for n more bytes and the NUL. */
static bool buf_room(struct buf *b, size_t n)
{
	if (b->failed || n > b->max || b->len > b->max - n) {
		b->failed = true;
		return false;
	}
	if (b->len + n < b->cap)
		return true;
	size_t cap = b->cap ? b->cap : 64;
	while (cap <= b->len + n)
		cap *= 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	char *data = realloc(b->cap ? b->data : NULL, cap);
	if (!data)
		abort();
	b->data = data;
	b->cap = cap;
	b->data[b->len] = 0;
	return true;
}

char *buf_reserve(struct buf *b, size_t n)
{
	return buf_room(b, n) ? b->data + b->len : NULL;
}

void buf_grew(struct buf *b, size_t n)
{
	b->len += n;
	b->data[b->len] = 0;
}

void buf_add(struct buf *b, const void *data, size_t n)
{
	if (n == 0 || !buf_room(b, n))
		return;
	memcpy(b->data + b->len, data, n);
	buf_grew(b, n);
}

void buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_pad(struct buf *b, char c, size_t n)
{
	if (n == 0 || !buf_room(b, n))
		return;
	memset(b->data + b->len, c, n);
	buf_grew(b, n);
}

void buf_vfmt(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		abort();
	if (buf_room(b, (size_t)n)) {
		if (n)
			vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(b, fmt, ap);
	va_end(ap);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->cap)
		b->data[0] = 0;
}

void buf_drop(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
	b->data[b->len] = 0;
}

bool buf_ok(const struct buf *b)
{
	return !b->failed;
}

char *buf_steal(struct buf *b)
{
	char *s = b->cap ? b->data : calloc(1, 1);

	if (!s)
		abort();
	buf_init(b, b->max);
	return s;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* JSON lines into ISA-L's fastest deflate: this runs for every file of every layer. */
#include "split.h"

#include <isa-l/crc64.h>
#include <isa-l/igzip_lib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/jsonw.h"

#define LINES	  (256 * 1024)	    /* compressed when this much has gathered */
#define LINE_MOST (8 * 1024 * 1024) /* one segment of pax headers, as base64 */
#define OUT	  (64 * 1024)

struct split {
	int fd;
	int64_t position;
	struct buf lines;
	struct isal_zstream z;
	unsigned char *level_buf;
	unsigned char out[OUT];
};

struct split *split_new(int fd)
{
	struct split *s = calloc(1, sizeof(*s));

	if (!s || !(s->level_buf = malloc(ISAL_DEF_LVL1_DEFAULT)))
		abort();
	s->fd = fd;
	buf_init(&s->lines, LINES + LINE_MOST);
	isal_deflate_init(&s->z);
	s->z.gzip_flag = IGZIP_GZIP;
	s->z.level = 1;
	s->z.level_buf = s->level_buf;
	s->z.level_buf_size = ISAL_DEF_LVL1_DEFAULT;
	return s;
}

void split_free(struct split *s)
{
	if (!s)
		return;
	buf_done(&s->lines);
	free(s->level_buf);
	free(s);
}

static int compress(struct split *s, bool last, struct err *e)
{
	s->z.next_in = (unsigned char *)s->lines.data;
	s->z.avail_in = (uint32_t)s->lines.len;
	s->z.end_of_stream = last;
	do {
		s->z.next_out = s->out;
		s->z.avail_out = OUT;
		if (isal_deflate(&s->z) != COMP_OK)
			return err_set(e, ERR_INTERNAL, "compress tar-split");
		if (io_write(s->fd, s->out, OUT - s->z.avail_out, e))
			return err_in(e, "write tar-split");
	} while (s->z.avail_out == 0);
	buf_clear(&s->lines);
	return 0;
}

static int line_done(struct split *s, struct err *e)
{
	buf_str(&s->lines, "}\n");
	if (!buf_ok(&s->lines))
		return err_set(e, ERR_INVALID, "archive/tar: header too large");
	s->position++;
	return s->lines.len >= LINES ? compress(s, false, e) : 0;
}

/* Standard base64 with padding, as Go writes []byte. */
static void put_base64(struct buf *b, const unsigned char *p, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = (n + 2) / 3 * 4;
	char *to = buf_reserve(b, len);

	if (!to)
		return;
	for (; n >= 3; n -= 3, p += 3, to += 4) {
		uint32_t v = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
		to[0] = digits[v >> 18];
		to[1] = digits[v >> 12 & 63];
		to[2] = digits[v >> 6 & 63];
		to[3] = digits[v & 63];
	}
	if (n) {
		uint32_t v = (uint32_t)p[0] << 16 | (n == 2 ? (uint32_t)p[1] << 8 : 0);
		to[0] = digits[v >> 18];
		to[1] = digits[v >> 12 & 63];
		to[2] = n == 2 ? digits[v >> 6 & 63] : '=';
		to[3] = '=';
	}
	buf_grew(b, len);
}

int split_segment(struct split *s, const void *data, size_t n, struct err *e)
{
	if (!n)
		return 0;
	buf_str(&s->lines, "{\"type\":2,\"payload\":\"");
	put_base64(&s->lines, data, n);
	buf_fmt(&s->lines, "\",\"position\":%lld", (long long)s->position);
	return line_done(s, e);
}

/* Overlong forms, surrogates and what lies above U+10FFFF are no UTF-8 for Go either. */
static bool is_utf8(const unsigned char *p)
{
	while (*p) {
		int more = *p < 0x80		     ? 0
			   : *p >= 0xc2 && *p < 0xe0 ? 1
			   : (*p & 0xf0) == 0xe0     ? 2
			   : *p >= 0xf0 && *p < 0xf5 ? 3
						     : -1;
		if (more < 0 || (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
			(p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
			return false;
		for (p++; more; more--, p++)
			if ((*p & 0xc0) != 0x80)
				return false;
	}
	return true;
}

int split_file(struct split *s, const char *name, int64_t size, uint64_t crc, struct err *e)
{
	struct jsonw w;
	unsigned char sum[8];

	jsonw_init(&w, &s->lines, NULL);
	w.escape_html = true;
	buf_str(&s->lines, "{\"type\":1,");
	if (is_utf8((const unsigned char *)name)) {
		buf_str(&s->lines, "\"name\":");
		jsonw_str(&w, name);
	} else {
		buf_str(&s->lines, "\"name_raw\":\"");
		put_base64(&s->lines, (const unsigned char *)name, strlen(name));
		buf_char(&s->lines, '"');
	}
	if (size) {
		buf_fmt(&s->lines, ",\"size\":%lld,\"payload\":\"", (long long)size);
		for (int i = 0; i < 8; i++)
			sum[i] = (unsigned char)(crc >> (56 - 8 * i));
		put_base64(&s->lines, sum, sizeof(sum));
		buf_char(&s->lines, '"');
	} else {
		buf_str(&s->lines, ",\"payload\":null");
	}
	buf_fmt(&s->lines, ",\"position\":%lld", (long long)s->position);
	return line_done(s, e);
}

int split_finish(struct split *s, struct err *e)
{
	/* tar-split's reader of trailing padding adds what it read last, which is nothing. */
	buf_fmt(&s->lines, "{\"type\":2,\"payload\":\"\",\"position\":%lld",
		(long long)s->position);
	if (line_done(s, e))
		return -1;
	return compress(s, true, e);
}

uint64_t split_crc(uint64_t crc, const void *data, size_t n)
{
	return crc64_iso_refl(crc, data, n);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nearly every line is written by ours or dockerd's encoder, without blanks and escapes, and is taken apart where it
 * lies; any other JSON goes through the parser.
 */
#include "split_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/slice.h"
#include "source.h"

/* One segment of 8 MiB in base64, and then some: dockerd may have put much padding into one. */
#define LINE_MOST (32 * 1024 * 1024)

enum { TYPE_FILE = 1, TYPE_SEGMENT = 2 };

struct split_reader {
	struct source *src;
	const char *block;
	size_t left;	 /* of the block */
	struct buf line; /* the part of a line that lay in former blocks */
	struct buf bytes, name;
	int64_t position;
};

/* What a line says. payload and name_raw are base64. */
struct line {
	int64_t type, size, position;
	struct slice name, name_raw, payload;
};

int split_reader_open(int fd, struct split_reader **out, struct err *e)
{
	struct split_reader *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	buf_init(&r->line, LINE_MOST);
	buf_init(&r->bytes, LINE_MOST);
	buf_init(&r->name, LINE_MOST);
	if (source_open(fd, &r->src, e)) {
		split_reader_close(r);
		return err_in(e, "tar-split");
	}
	*out = r;
	return 0;
}

void split_reader_close(struct split_reader *r)
{
	if (!r)
		return;
	source_close(r->src);
	buf_done(&r->line);
	buf_done(&r->bytes);
	buf_done(&r->name);
	free(r);
}

/* --- Lines --------------------------------------------------------------------------------------- */

/* Refills the block: 1, 0 at the end, -1. */
static int fill(struct split_reader *r, struct err *e)
{
	const void *data;
	ssize_t n = r->left ? (ssize_t)r->left : source_read(r->src, &data, e);

	if (n < 0)
		return err_in(e, "tar-split");
	if (!r->left)
		r->block = data;
	r->left = (size_t)n;
	return n > 0;
}

/* The next line without its end, valid until the next call. 1, 0, -1. */
static int next_line(struct split_reader *r, struct slice *out, struct err *e)
{
	int more;

	buf_clear(&r->line);
	while ((more = fill(r, e)) > 0) {
		const char *end = memchr(r->block, '\n', r->left);
		struct slice here = { r->block, end ? (size_t)(end - r->block) : r->left };
		r->block += here.n + (end != NULL);
		r->left -= here.n + (end != NULL);
		if (end && r->line.len == 0) {
			*out = here;
			return 1;
		}
		buf_add(&r->line, here.p, here.n);
		if (!buf_ok(&r->line))
			return err_set(e, ERR_INVALID, "tar-split: line too long");
		if (end)
			break;
	}
	*out = (struct slice){ r->line.data, r->line.len };
	return more < 0 ? -1 : more || r->line.len;
}

/* --- One line ------------------------------------------------------------------------------------ */

static bool take_text(struct slice *s, const char *text)
{
	size_t n = strlen(text);

	if (!slice_starts(*s, text))
		return false;
	*s = (struct slice){ s->p + n, s->n - n };
	return true;
}

/* Up to the closing quote; what has escapes is left to the parser. */
static bool take_string(struct slice *s, struct slice *out)
{
	return slice_cut(*s, '"', out, s) && !memchr(out->p, '\\', out->n);
}

static bool take_number(struct slice *s, int64_t *out)
{
	size_t n = 0;

	while (n < s->n && (s->p[n] == '-' || (s->p[n] >= '0' && s->p[n] <= '9')))
		n++;
	if (!parse_i64((struct slice){ s->p, n }, out))
		return false;
	*s = (struct slice){ s->p + n, s->n - n };
	return true;
}

/* The members in the order in which Go writes them. */
static bool scan_line(struct slice s, struct line *out)
{
	if (!take_text(&s, "{\"type\":") || !take_number(&s, &out->type))
		return false;
	if (take_text(&s, ",\"name\":\"") && !take_string(&s, &out->name))
		return false;
	if (take_text(&s, ",\"name_raw\":\"") && !take_string(&s, &out->name_raw))
		return false;
	if (take_text(&s, ",\"size\":") && !take_number(&s, &out->size))
		return false;
	if (take_text(&s, ",\"payload\":\"")) {
		if (!take_string(&s, &out->payload))
			return false;
	} else if (!take_text(&s, ",\"payload\":null")) {
		return false;
	}
	return take_text(&s, ",\"position\":") && take_number(&s, &out->position) &&
	       slice_eq(s, "}");
}

static struct slice member(const struct json *j, const char *key)
{
	const struct json *v = json_get(j, key);

	return (struct slice){ json_str(v, ""), json_str_len(v) };
}

/* -1 when a number is none. */
static int64_t number(const struct json *j, const char *key)
{
	const struct json *v = json_get(j, key);

	return !v ? 0 : json_i64(v, -1);
}

/* *doc holds what the slices of *out point into. */
static int parse_line(struct slice s, struct json **doc, struct line *out, struct err *e)
{
	*out = (struct line){ 0 };
	if (scan_line(s, out))
		return 0;
	*doc = json_parse(s.p, s.n, e);
	if (!*doc)
		return err_in(e, "tar-split");
	*out = (struct line){ .type = number(*doc, "type"),
		.size = number(*doc, "size"),
		.position = number(*doc, "position"),
		.name = member(*doc, "name"),
		.name_raw = member(*doc, "name_raw"),
		.payload = member(*doc, "payload") };
	return 0;
}

/* --- Base64 -------------------------------------------------------------------------------------- */

#define NO_DIGIT 0xff

/* In the order of ASCII from '+' on. */
static unsigned base64_digit(unsigned char c)
{
	static const unsigned char values[80] = { 62, 255, 255, 255, 63, 52, 53, 54, 55, 56, 57, 58,
		59, 60, 61, 255, 255, 255, 255, 255, 255, 255, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
		12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 255, 255, 255, 255, 255,
		255, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45,
		46, 47, 48, 49, 50, 51 };

	return c >= '+' && c <= 'z' ? values[c - '+'] : NO_DIGIT;
}

/* Standard base64 with padding. */
static bool add_base64(struct buf *b, struct slice text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t n = text.n;

	if (n % 4)
		return false;
	size_t pad = n && p[n - 1] == '=' ? 1 + (p[n - 2] == '=') : 0;
	unsigned char *to = (unsigned char *)buf_reserve(b, n / 4 * 3 + 3);
	if (!to)
		return false;
	for (size_t i = 0; i < n; i += 4, p += 4, to += 3) {
		size_t have = i + 4 == n ? 4 - pad : 4;
		unsigned d0 = base64_digit(p[0]), d1 = base64_digit(p[1]);
		unsigned d2 = have > 2 ? base64_digit(p[2]) : 0;
		unsigned d3 = have > 3 ? base64_digit(p[3]) : 0;
		if ((d0 | d1 | d2 | d3) & 0x80)
			return false;
		unsigned v = d0 << 18 | d1 << 12 | d2 << 6 | d3;
		to[0] = (unsigned char)(v >> 16);
		to[1] = (unsigned char)(v >> 8);
		to[2] = (unsigned char)v;
	}
	buf_grew(b, n / 4 * 3 - pad);
	return true;
}

/* --- Items --------------------------------------------------------------------------------------- */

static int bad_line(const struct split_reader *r, struct err *e)
{
	return err_set(e, ERR_INVALID, "tar-split: malformed entry %lld", (long long)r->position);
}

static int take_file(
	struct split_reader *r, const struct line *l, struct split_item *out, struct err *e)
{
	buf_clear(&r->bytes);
	buf_clear(&r->name);
	if (l->name.n)
		buf_add(&r->name, l->name.p, l->name.n);
	else if (!add_base64(&r->name, l->name_raw))
		return bad_line(r, e);
	if (!add_base64(&r->bytes, l->payload) || !buf_ok(&r->name) || l->size < 0 ||
		r->name.len == 0 || strlen(r->name.data) != r->name.len)
		return bad_line(r, e);
	/* dockerd writes no checksum for what has no content */
	if (l->size && r->bytes.len != 8)
		return bad_line(r, e);
	uint64_t crc = 0;
	for (size_t i = 0; l->size && i < 8; i++)
		crc = crc << 8 | (unsigned char)r->bytes.data[i];
	*out = (struct split_item){
		.is_file = true, .name = r->name.data, .size = l->size, .crc = crc
	};
	return 1;
}

int split_reader_next(struct split_reader *r, struct split_item *out, struct err *e)
{
	own_json doc = NULL;
	struct slice text = { 0 };
	struct line l;
	int more = next_line(r, &text, e);

	if (more <= 0)
		return more;
	if (parse_line(text, &doc, &l, e))
		return -1;
	if (l.position != r->position)
		return bad_line(r, e);
	if (l.type == TYPE_FILE && take_file(r, &l, out, e) < 0)
		return -1;
	if (l.type == TYPE_SEGMENT) {
		buf_clear(&r->bytes);
		if (!add_base64(&r->bytes, l.payload))
			return bad_line(r, e);
		*out = (struct split_item){ .data = r->bytes.data, .n = r->bytes.len };
	}
	if (l.type != TYPE_FILE && l.type != TYPE_SEGMENT)
		return bad_line(r, e);
	r->position++;
	return 1;
}

/* Bytes that base64 text stands for. */
static int64_t base64_bytes(struct slice text)
{
	size_t pad = 0;

	while (pad < 2 && pad < text.n && text.p[text.n - 1 - pad] == '=')
		pad++;
	return (int64_t)(text.n / 4 * 3 - pad);
}

static int measure_line(struct split_reader *r, struct slice text, int64_t *bytes, struct err *e)
{
	own_json doc = NULL;
	struct line l;

	if (parse_line(text, &doc, &l, e))
		return -1;
	int64_t n = l.type == TYPE_FILE ? l.size : base64_bytes(l.payload);
	if (n < 0 || __builtin_add_overflow(*bytes, n, bytes))
		return bad_line(r, e);
	r->position++;
	return 0;
}

int split_measure(int fd, int64_t *bytes, struct err *e)
{
	struct slice text = { 0 };
	struct split_reader *r;
	int more;

	*bytes = 0;
	if (split_reader_open(fd, &r, e))
		return -1;
	while ((more = next_line(r, &text, e)) > 0) {
		if (measure_line(r, text, bytes, e)) {
			more = -1;
			break;
		}
	}
	split_reader_close(r);
	return more;
}

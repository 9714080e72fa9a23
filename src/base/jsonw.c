/* SPDX-License-Identifier: Apache-2.0 */
/* Text as Go's encoding/json makes it, so that clients and golden files see no difference. */
#include "jsonw.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void jsonw_init(struct jsonw *w, struct buf *out, const char *indent)
{
	*w = (struct jsonw){ .out = out, .indent = indent, .first = true };
}

static void new_line(struct jsonw *w)
{
	if (!w->indent)
		return;
	buf_char(w->out, '\n');
	for (int i = 0; i < w->depth; i++)
		buf_str(w->out, w->indent);
}

/* The comma and line break due before the next value or key. */
static void before(struct jsonw *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	if (!w->first)
		buf_char(w->out, ',');
	if (w->depth > 0)
		new_line(w);
	w->first = false;
}

static void open_with(struct jsonw *w, char c)
{
	before(w);
	buf_char(w->out, c);
	w->depth++;
	w->first = true;
}

static void close_with(struct jsonw *w, char c)
{
	w->depth--;
	if (!w->first)
		new_line(w);
	buf_char(w->out, c);
	w->first = false;
}

void jsonw_obj(struct jsonw *w)
{
	open_with(w, '{');
}

void jsonw_obj_end(struct jsonw *w)
{
	close_with(w, '}');
}

void jsonw_arr(struct jsonw *w)
{
	open_with(w, '[');
}

void jsonw_arr_end(struct jsonw *w)
{
	close_with(w, ']');
}

/* Length of the valid UTF-8 sequence at s, or 0. */
static size_t utf8_len(const unsigned char *s, size_t n)
{
	size_t len = s[0] < 0x80		   ? 1
		     : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
		     : s[0] >= 0xe0 && s[0] < 0xf0 ? 3
		     : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
						   : 0;

	if (len == 0 || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
		(s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

static const char *short_escape(unsigned char c)
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	case '\b':
		return "\\b";
	case '\f':
		return "\\f";
	}
	return NULL;
}

static bool is_plain(const struct jsonw *w, unsigned char c)
{
	if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
		return c == 0x7f;
	return !w->escape_html || (c != '<' && c != '>' && c != '&');
}

/* Writes what stands at s escaped; returns how many bytes that took. */
static size_t put_special(struct jsonw *w, const unsigned char *s, size_t n)
{
	const char *escape = short_escape(s[0]);

	if (escape) {
		buf_str(w->out, escape);
		return 1;
	}
	if (s[0] < 0x80) {
		buf_fmt(w->out, "\\u%04x", s[0]);
		return 1;
	}
	size_t len = utf8_len(s, n);
	if (len == 0) {
		buf_str(w->out, "\\ufffd");
		return 1;
	}
	if (len == 3 && s[0] == 0xe2 && s[1] == 0x80 && (s[2] & 0xfe) == 0xa8)
		buf_fmt(w->out, "\\u20%02x", s[2] == 0xa8 ? 0x28 : 0x29);
	else
		buf_add(w->out, s, len);
	return len;
}

static void put_string(struct jsonw *w, const char *s, size_t n)
{
	buf_char(w->out, '"');
	for (size_t i = 0; i < n;) {
		size_t run = i;
		while (run < n && is_plain(w, (unsigned char)s[run]))
			run++;
		buf_add(w->out, s + i, run - i);
		i = run;
		if (i < n)
			i += put_special(w, (const unsigned char *)s + i, n - i);
	}
	buf_char(w->out, '"');
}

void jsonw_key(struct jsonw *w, const char *key)
{
	before(w);
	put_string(w, key, strlen(key));
	buf_str(w->out, w->indent ? ": " : ":");
	w->after_key = true;
}

void jsonw_strn(struct jsonw *w, const char *s, size_t n)
{
	before(w);
	put_string(w, s, n);
}

void jsonw_str(struct jsonw *w, const char *s)
{
	jsonw_strn(w, s, s ? strlen(s) : 0);
}

void jsonw_i64(struct jsonw *w, int64_t v)
{
	before(w);
	buf_fmt(w->out, "%" PRId64, v);
}

void jsonw_u64(struct jsonw *w, uint64_t v)
{
	before(w);
	buf_fmt(w->out, "%" PRIu64, v);
}

/* Go writes plain decimals between 1e-6 and 1e21 and exponents (e-07 as e-7) outside. */
void jsonw_f64(struct jsonw *w, double v)
{
	char text[64];
	double size = __builtin_fabs(v);
	bool exponent = size != 0 && (size < 1e-6 || size >= 1e21);
	int digits = 1;

	before(w);
	if (!__builtin_isfinite(v)) {
		buf_str(w->out, "null");
		return;
	}
	do
		snprintf(text, sizeof(text), "%.*e", digits - 1, v);
	while (strtod(text, NULL) != v && digits++ < 17);
	if (!exponent) {
		long exp10 = strtol(strchr(text, 'e') + 1, NULL, 10);
		int decimals = digits - 1 - (int)exp10;
		snprintf(text, sizeof(text), "%.*f", decimals > 0 ? decimals : 0, v);
		buf_str(w->out, text);
		return;
	}
	char *e = strchr(text, 'e');
	char *from = e + 2;
	while (*from == '0' && from[1])
		from++;
	buf_fmt(w->out, "%.*s%c%s", (int)(e - text) + 1, text, e[1], from);
}

void jsonw_bool(struct jsonw *w, bool v)
{
	before(w);
	buf_str(w->out, v ? "true" : "false");
}

void jsonw_null(struct jsonw *w)
{
	before(w);
	buf_str(w->out, "null");
}

void jsonw_raw(struct jsonw *w, const char *json)
{
	before(w);
	buf_str(w->out, json);
}

void jsonw_kstr(struct jsonw *w, const char *key, const char *s)
{
	jsonw_key(w, key);
	jsonw_str(w, s);
}

void jsonw_ki64(struct jsonw *w, const char *key, int64_t v)
{
	jsonw_key(w, key);
	jsonw_i64(w, v);
}

void jsonw_kbool(struct jsonw *w, const char *key, bool v)
{
	jsonw_key(w, key);
	jsonw_bool(w, v);
}

void jsonw_knull(struct jsonw *w, const char *key)
{
	jsonw_key(w, key);
	jsonw_null(w);
}

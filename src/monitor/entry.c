/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/entry.h"

#include <stdint.h>
#include <string.h>

/* Passes over a literal at the beginning of s. */
static bool eat(struct slice *s, const char *literal)
{
	size_t n = strlen(literal);

	if (s->n < n || memcmp(s->p, literal, n) != 0)
		return false;
	s->p += n;
	s->n -= n;
	return true;
}

static struct slice eat_n(struct slice *s, size_t n)
{
	struct slice head = { s->p, n };

	s->p += n;
	s->n -= n;
	return head;
}

/* Takes a string's inside off s, which then begins behind the closing quote. */
static bool eat_string(struct slice *s, struct slice *out)
{
	const char *p = s->p, *end = s->p + s->n;

	while (p < end && (p = memchr(p, '"', (size_t)(end - p)))) {
		const char *slash = p;
		while (slash > s->p && slash[-1] == '\\')
			slash--;
		if ((p - slash) % 2 == 0) {
			*out = eat_n(s, (size_t)(p - s->p));
			return eat(s, "\"");
		}
		p++;
	}
	return false;
}

/* The attrs are a flat object of strings; quotes in strings are escaped, so this can only be its end. */
static bool eat_attrs(struct slice *s, struct slice *out)
{
	static const char after[] = "},\"time\":\"";
	const char *end = memmem(s->p, s->n, after, sizeof(after) - 1);

	if (!end)
		return false;
	*out = eat_n(s, (size_t)(end - s->p) + 1);
	return true;
}

bool entry_split(struct slice line, struct entry *out)
{
	struct slice s = line, stream;

	*out = (struct entry){ 0 };
	if (!eat(&s, "{\"log\":\"") || !eat_string(&s, &out->text) || !eat(&s, ",\"stream\":\"") ||
		!eat_string(&s, &stream))
		return false;
	out->is_stderr = slice_eq(stream, "stderr");
	if (!out->is_stderr && !slice_eq(stream, "stdout"))
		return false;
	if (eat(&s, ",\"attrs\":") && !eat_attrs(&s, &out->attrs))
		return false;
	return eat(&s, ",\"time\":\"") && eat_string(&s, &out->time) && slice_eq(s, "}");
}

/* Four hex digits, or -1. */
static int32_t hex4(const char *p)
{
	int32_t v = 0;

	for (int i = 0; i < 4; i++) {
		char c = p[i];
		if (c >= '0' && c <= '9')
			v = v << 4 | (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v << 4 | ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return v;
}

static void add_utf8(struct buf *out, int32_t c)
{
	unsigned char u[4];
	size_t n;

	if (c < 0x80) {
		u[0] = (unsigned char)c;
		n = 1;
	} else if (c < 0x800) {
		u[0] = (unsigned char)(0xc0 | c >> 6);
		n = 2;
	} else if (c < 0x10000) {
		u[0] = (unsigned char)(0xe0 | c >> 12);
		n = 3;
	} else {
		u[0] = (unsigned char)(0xf0 | c >> 18);
		n = 4;
	}
	for (size_t i = 1; i < n; i++)
		u[i] = (unsigned char)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
	buf_add(out, u, n);
}

/* What stands behind \u; a pair of surrogates is one character. */
static bool add_unicode(struct slice *s, struct buf *out)
{
	int32_t c = s->n >= 4 ? hex4(s->p) : -1, low;

	if (c < 0)
		return false;
	eat_n(s, 4);
	if (c >= 0xd800 && c < 0xdc00 && s->n >= 6 && s->p[0] == '\\' && s->p[1] == 'u' &&
		(low = hex4(s->p + 2)) >= 0xdc00 && low < 0xe000) {
		eat_n(s, 6);
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	add_utf8(out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	return true;
}

bool entry_text(struct slice escaped, struct buf *out)
{
	static const char from[] = "nrtbf\"\\/", to[] = "\n\r\t\b\f\"\\/";
	struct slice s = escaped;

	for (;;) {
		const char *slash = s.n ? memchr(s.p, '\\', s.n) : NULL;
		if (!slash) {
			buf_add(out, s.p, s.n);
			return true;
		}
		buf_add(out, s.p, (size_t)(slash - s.p));
		eat_n(&s, (size_t)(slash - s.p) + 1);
		if (s.n == 0)
			return false;
		char c = *eat_n(&s, 1).p;
		const char *known = c ? strchr(from, c) : NULL;
		if (known)
			buf_char(out, to[known - from]);
		else if (c != 'u' || !add_unicode(&s, out))
			return false;
	}
}

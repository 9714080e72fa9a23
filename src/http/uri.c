/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding as Go's net/url: which bytes are escaped differs between paths and queries. */
#include "http/uri.h"

#include <ctype.h>
#include <string.h>

#include "base/slice.h"

/* Decodes s into a; NULL for a bad escape or a NUL byte. */
static char *decode(struct arena *a, struct slice s, bool plus_is_blank)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%') {
			int hi = i + 2 < s.n ? parse_hex_digit(s.p[i + 1]) : -1;
			int lo = i + 2 < s.n ? parse_hex_digit(s.p[i + 2]) : -1;

			if (hi < 0 || lo < 0 || (hi == 0 && lo == 0))
				return NULL;
			c = (char)(hi << 4 | lo);
			i += 2;
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		}
		out[n++] = c;
	}
	return out;
}

void http_query_parse(struct arena *a, const char *raw, struct http_query *out)
{
	struct slice rest = slice_str(raw);

	*out = (struct http_query){ 0 };
	while (rest.n > 0) {
		struct slice pair, key, value;
		char *k, *v;

		slice_cut(rest, '&', &pair, &rest);
		if (pair.n == 0 || memchr(pair.p, ';', pair.n))
			continue;
		slice_cut(pair, '=', &key, &value);
		k = decode(a, key, true);
		v = decode(a, value, true);
		if (!k || !v)
			continue;
		out->v = arena_grow(a, out->v, &out->n, sizeof(*out->v));
		out->v[out->n - 1] = (struct http_param){ k, v };
	}
}

const char *http_query_get(const struct http_query *q, const char *key)
{
	for (size_t i = 0; i < q->n; i++)
		if (strcmp(q->v[i].key, key) == 0)
			return q->v[i].value;
	return NULL;
}

char *http_path_decode(struct arena *a, const char *path, struct err *e)
{
	char *out = decode(a, slice_str(path), false);

	if (!out)
		err_set(e, ERR_INVALID, "invalid URL escape in path");
	return out;
}

static void escape(struct buf *out, const char *s, const char *also_plain, bool blank_is_plus)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c < 0x80 && isalnum(c)) || strchr("-_.~", c) || strchr(also_plain, c))
			buf_char(out, *s);
		else if (c == ' ' && blank_is_plus)
			buf_char(out, '+');
		else
			buf_fmt(out, "%%%02X", c);
	}
}

void http_escape_path(struct buf *out, const char *s)
{
	escape(out, s, "$&+=:@", false);
}

void http_escape_query(struct buf *out, const char *s)
{
	escape(out, s, "", true);
}

void http_add_param(struct buf *target, const char *key, const char *value)
{
	buf_char(target, strchr(target->data, '?') ? '&' : '?');
	http_escape_query(target, key);
	buf_char(target, '=');
	http_escape_query(target, value);
}

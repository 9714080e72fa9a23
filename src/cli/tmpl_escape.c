/* SPDX-License-Identifier: Apache-2.0 */
/* html, js, urlquery: text made safe for where it goes. */
#include <string.h>

#include "tmpl_int.h"
#include "utf8.h"

#define MAX_TEXT (64U << 20)

static void html(struct buf *b, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '\0':
			buf_str(b, "\xef\xbf\xbd");
			break;
		case '"':
			buf_str(b, "&#34;");
			break;
		case '\'':
			buf_str(b, "&#39;");
			break;
		case '&':
			buf_str(b, "&amp;");
			break;
		case '<':
			buf_str(b, "&lt;");
			break;
		case '>':
			buf_str(b, "&gt;");
			break;
		default:
			buf_char(b, s.p[i]);
		}
	}
}

static void js(struct buf *b, struct slice s)
{
	for (size_t len; s.n > 0; s.p += len, s.n -= len) {
		uint32_t c = utf8_next(s, &len);

		if (c == '\\' || c == '\'' || c == '"')
			buf_fmt(b, "\\%c", (char)c);
		else if (c < ' ' || c == '<' || c == '>' || c == '&' || c == '=')
			buf_fmt(b, "\\u%04X", c);
		else if (c < 0x80 || utf8_is_print(c))
			buf_add(b, s.p, len);
		else
			buf_fmt(b, "\\u%04X", c);
	}
}

static void urlquery(struct buf *b, struct slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			(c && strchr("-_.~", c)))
			buf_char(b, (char)c);
		else if (c == ' ')
			buf_char(b, '+');
		else
			buf_fmt(b, "%%%02X", c);
	}
}

static bool escape(
	const struct func_call *c, void (*fn)(struct buf *, struct slice), struct go_val *out)
{
	own_buf b = { 0 };

	buf_init(&b, MAX_TEXT);
	fn(&b, func_sprint(c).s);
	*out = go_strn(arena_strndup(c->arena, b.data, b.len), b.len);
	return true;
}

bool func_html(const struct func_call *c, struct go_val *out, const char **why)
{
	return escape(c, html, out);
}

bool func_js(const struct func_call *c, struct go_val *out, const char **why)
{
	return escape(c, js, out);
}

bool func_urlquery(const struct func_call *c, struct go_val *out, const char **why)
{
	return escape(c, urlquery, out);
}

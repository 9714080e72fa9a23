/* SPDX-License-Identifier: Apache-2.0 */
#include "jsontext.h"

#include <string.h>

struct layout {
	struct buf *out;
	const char *indent;
	size_t depth;
	bool opened; /* a bracket was just opened: is it empty? */
};

static void new_line(struct layout *l)
{
	if (l->indent == NULL)
		return;
	buf_char(l->out, '\n');
	for (size_t i = 0; i < l->depth; i++)
		buf_str(l->out, l->indent);
}

static void before_token(struct layout *l)
{
	if (l->opened)
		new_line(l);
	l->opened = false;
}

/* The string at p; returns how long it is. */
static size_t copy_string(struct layout *l, const char *p, size_t n)
{
	size_t i = 1;

	while (i < n && p[i] != '"')
		i += p[i] == '\\' && i + 1 < n ? 2 : 1;
	i = i < n ? i + 1 : n;
	buf_add(l->out, p, i);
	return i;
}

void jsontext_layout(struct buf *out, const char *text, size_t n, const char *indent)
{
	struct layout l = { .out = out, .indent = indent };

	for (size_t i = 0; i < n;) {
		char c = text[i];

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			i++;
			continue;
		}
		if (c == '}' || c == ']') {
			l.depth -= l.depth > 0;
			if (!l.opened)
				new_line(&l);
			l.opened = false;
			buf_char(out, c);
			i++;
			continue;
		}
		before_token(&l);
		if (c == '"') {
			i += copy_string(&l, text + i, n - i);
			continue;
		}
		buf_char(out, c);
		i++;
		if (c == '{' || c == '[') {
			l.depth++;
			l.opened = true;
		} else if (c == ',') {
			new_line(&l);
		} else if (c == ':' && indent) {
			buf_char(out, ' ');
		}
	}
}

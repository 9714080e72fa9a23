/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes as text (for errors), and the meaning of literals. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tmpl_int.h"
#include "utf8.h"

static void print_idents(struct buf *out, const struct node *n, bool first_bare)
{
	for (size_t i = 0; i < n->idents.n; i++)
		buf_fmt(out, "%s%s", i == 0 && first_bare ? "" : ".", n->idents.v[i]);
}

static void print_parens(struct buf *out, const struct node *n)
{
	if (n->type != NODE_PIPE) {
		node_print(out, n);
		return;
	}
	buf_char(out, '(');
	node_print(out, n);
	buf_char(out, ')');
}

static void print_pipe(struct buf *out, const struct node *n)
{
	for (size_t i = 0; i < n->decls.n; i++) {
		if (i)
			buf_str(out, ", ");
		node_print(out, n->decls.v[i]);
	}
	if (n->decls.n)
		buf_str(out, n->is_assign ? " = " : " := ");
	for (size_t i = 0; i < n->kids.n; i++) {
		if (i)
			buf_str(out, " | ");
		node_print(out, n->kids.v[i]);
	}
}

static void print_branch(struct buf *out, const struct node *n, const char *word)
{
	buf_fmt(out, "{{%s ", word);
	node_print(out, n->pipe);
	buf_str(out, "}}");
	node_print(out, n->list);
	if (n->otherwise) {
		buf_str(out, "{{else}}");
		node_print(out, n->otherwise);
	}
	buf_str(out, "{{end}}");
}

static void print_template(struct buf *out, const struct node *n)
{
	buf_str(out, "{{template ");
	go_quote(out, n->text);
	if (n->pipe) {
		buf_char(out, ' ');
		node_print(out, n->pipe);
	}
	buf_str(out, "}}");
}

void node_print(struct buf *out, const struct node *n)
{
	switch (n->type) {
	case NODE_LIST:
		for (size_t i = 0; i < n->kids.n; i++)
			node_print(out, n->kids.v[i]);
		break;
	case NODE_TEXT:
	case NODE_IDENT:
	case NODE_NUMBER:
	case NODE_STRING:
		buf_add(out, n->text.p, n->text.n);
		break;
	case NODE_ACTION:
		buf_str(out, "{{");
		node_print(out, n->pipe);
		buf_str(out, "}}");
		break;
	case NODE_PIPE:
		print_pipe(out, n);
		break;
	case NODE_COMMAND:
		for (size_t i = 0; i < n->kids.n; i++) {
			if (i)
				buf_char(out, ' ');
			print_parens(out, n->kids.v[i]);
		}
		break;
	case NODE_BOOL:
		buf_str(out, n->truth ? "true" : "false");
		break;
	case NODE_DOT:
		buf_char(out, '.');
		break;
	case NODE_NIL:
		buf_str(out, "nil");
		break;
	case NODE_FIELD:
		print_idents(out, n, false);
		break;
	case NODE_VARIABLE:
		print_idents(out, n, true);
		break;
	case NODE_CHAIN:
		print_parens(out, n->pipe);
		print_idents(out, n, false);
		break;
	case NODE_IF:
		print_branch(out, n, "if");
		break;
	case NODE_RANGE:
		print_branch(out, n, "range");
		break;
	case NODE_WITH:
		print_branch(out, n, "with");
		break;
	case NODE_TEMPLATE:
		print_template(out, n);
		break;
	case NODE_BREAK:
		buf_str(out, "{{break}}");
		break;
	case NODE_CONTINUE:
		buf_str(out, "{{continue}}");
		break;
	case NODE_END:
		buf_str(out, "{{end}}");
		break;
	case NODE_ELSE:
		buf_str(out, "{{else}}");
		break;
	}
}

const char *node_str(struct arena *a, const struct node *n)
{
	own_buf b = { 0 };

	buf_init(&b, 1 << 16);
	node_print(&b, n);
	return arena_strndup(a, b.data, b.len);
}

/* \ooo, \xhh, \uhhhh, \Uhhhhhhhh: n digits of base; false when they are not there. */
static bool digits_of(struct slice *s, int n, int base, uint32_t *out)
{
	uint32_t v = 0;

	for (int i = 0; i < n; i++, s->p++, s->n--) {
		int c = s->n > 0 ? tolower((unsigned char)*s->p) : 0;
		int d = isdigit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;

		if (d >= base)
			return false;
		v = v * (uint32_t)base + (uint32_t)d;
	}
	*out = v;
	return true;
}

/* One character of a quoted text; *is_byte: it stands for a byte, not a rune. */
static bool unquote_one(struct slice *s, char quote, uint32_t *out, bool *is_byte)
{
	static const char shorts[] = "a\ab\bf\fn\nr\rt\tv\v\\\\";
	size_t len;
	char c;

	*is_byte = false;
	if (*s->p == quote || *s->p == '\n')
		return false;
	if (*s->p != '\\') {
		*is_byte = utf8_is_broken(*s);
		*out = *is_byte ? (unsigned char)*s->p : utf8_next(*s, &len);
		if (*is_byte)
			len = 1;
		s->p += len;
		s->n -= len;
		return true;
	}
	if (s->n < 2)
		return false;
	c = s->p[1];
	s->p += 2;
	s->n -= 2;
	for (const char *p = shorts; *p; p += 2) {
		if (*p == c) {
			*out = (unsigned char)p[1];
			return true;
		}
	}
	if (c == quote) {
		*out = (unsigned char)c;
		return true;
	}
	if (c == 'u' || c == 'U')
		return digits_of(s, c == 'u' ? 4 : 8, 16, out) && *out <= 0x10ffff &&
		       (*out < 0xd800 || *out > 0xdfff);
	*is_byte = true;
	if (c == 'x')
		return digits_of(s, 2, 16, out);
	s->p--;
	s->n++;
	return c >= '0' && c <= '7' && digits_of(s, 3, 8, out) && *out <= 255;
}

bool char_unquote(struct slice quoted, uint32_t *out, struct slice *rest)
{
	bool is_byte;

	if (quoted.n == 0 || !unquote_one(&quoted, '\'', out, &is_byte))
		return false;
	*rest = quoted;
	return true;
}

bool string_unquote(struct arena *a, struct slice quoted, struct slice *out)
{
	struct slice s = { quoted.p + 1, quoted.n - 2 };
	char *text = arena_alloc(a, 4 * quoted.n + 1);
	size_t n = 0;

	out->p = text;
	if (*quoted.p == '`') {
		for (size_t i = 0; i < s.n; i++) {
			if (s.p[i] != '\r')
				text[n++] = s.p[i];
		}
		out->n = n;
		return true;
	}
	while (s.n > 0) {
		uint32_t c;
		bool is_byte;

		if (!unquote_one(&s, '"', &c, &is_byte))
			return false;
		if (is_byte)
			text[n++] = (char)c;
		else
			n += utf8_encode(c, text + n);
	}
	out->n = n;
	return true;
}

static bool quoted_why(struct arena *a, const char *what, struct slice text, const char **why)
{
	own_buf q = { 0 };

	buf_init(&q, 4096);
	go_quote(&q, text);
	*why = arena_printf(a, "%s: %s", what, q.data);
	return false;
}

/* Without underscores and sign; *base by its prefix (010 is octal, as in Go). */
static const char *bare_digits(struct arena *a, struct slice text, int *base, bool *negative)
{
	char *s = arena_alloc(a, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != '_')
			s[n++] = text.p[i];
	}
	*negative = *s == '-';
	if (*s == '-' || *s == '+')
		s++;
	*base = 10;
	if (s[0] == '0' && s[1]) {
		char c = (char)tolower((unsigned char)s[1]);

		*base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
		s += c == 'x' || c == 'b' || c == 'o' ? 2 : 1;
	}
	return s;
}

static void parse_int(struct arena *a, struct slice text, struct number *out)
{
	int base;
	bool negative;
	const char *s = bare_digits(a, text, &base, &negative);
	char *end;

	if (!isalnum((unsigned char)*s))
		return;
	errno = 0;
	out->u = strtoull(s, &end, base);
	if (*end || errno)
		return;
	out->is_uint = !negative && isdigit((unsigned char)*text.p);
	out->is_int = out->u <= (uint64_t)INT64_MAX + (negative ? 1 : 0);
	out->i = negative ? (int64_t)(0 - out->u) : (int64_t)out->u;
	if (out->is_int && out->u == 0)
		out->is_uint = true;
}

bool number_parse(
	struct arena *a, struct slice text, bool is_char, struct number *out, const char **why)
{
	const char *s = arena_strndup(a, text.p, text.n);
	struct slice rest;
	uint32_t c;
	char *end;

	*out = (struct number){ 0 };
	if (is_char) {
		if (!char_unquote((struct slice){ text.p + 1, text.n - 1 }, &c, &rest) ||
			!slice_eq(rest, "'")) {
			*why = arena_printf(a, "malformed character constant: %s", s);
			return false;
		}
		*out = (struct number){ true, true, true, c, c, c };
		return true;
	}
	parse_int(a, text, out);
	if (out->is_int || out->is_uint) {
		out->is_float = true;
		out->f = out->is_int ? (double)out->i : (double)out->u;
		return true;
	}
	out->f = strtod(s, &end);
	if (*end || end == s)
		return quoted_why(a, "illegal number syntax", text, why);
	if (strpbrk(s, ".eEpP") == NULL)
		return quoted_why(a, "integer overflow", text, why);
	out->is_float = true;
	if (out->f > -9.2e18 && out->f < 9.2e18 && (double)(int64_t)out->f == out->f) {
		out->is_int = true;
		out->i = (int64_t)out->f;
		out->is_uint = out->f >= 0;
		out->u = (uint64_t)out->i;
	}
	return true;
}

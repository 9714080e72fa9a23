/* SPDX-License-Identifier: Apache-2.0 */
/* A parser by descent over the bytes; depth, keys and sizes are bounded by those of the text and DEPTH_MOST. */
#include "toml.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/slice.h"

#define DEPTH_MOST 16
#define TEXT_MOST  (1024 * 1024)

struct reader {
	struct arena *a;
	const char *p, *end;
	unsigned line;
	int depth;
	struct err *e;
};

static int complain(struct reader *r, const char *what)
{
	return err_set(r->e, ERR_INVALID, "line %u: %s", r->line, what);
}

static int peek(const struct reader *r)
{
	return r->p < r->end ? (unsigned char)*r->p : -1;
}

static void skip_blanks(struct reader *r)
{
	while (peek(r) == ' ' || peek(r) == '\t')
		r->p++;
}

static void skip_comment(struct reader *r)
{
	if (peek(r) == '#')
		while (r->p < r->end && *r->p != '\n')
			r->p++;
}

/* Blanks, comments and line ends: between lines and inside arrays. */
static void skip_lines(struct reader *r)
{
	for (;;) {
		skip_blanks(r);
		skip_comment(r);
		if (peek(r) == '\r' && r->p + 1 < r->end && r->p[1] == '\n')
			r->p++;
		if (peek(r) != '\n')
			return;
		r->line++;
		r->p++;
	}
}

static int end_line(struct reader *r)
{
	skip_blanks(r);
	skip_comment(r);
	if (peek(r) == '\r')
		r->p++;
	if (peek(r) != '\n' && peek(r) != -1)
		return complain(r, "a line end is expected");
	return 0;
}

/* --- tables -------------------------------------------------------------------------------------- */

static struct toml *make(struct reader *r, enum toml_type type)
{
	struct toml *t = ARENA_NEW(r->a, struct toml);

	t->type = type;
	return t;
}

const struct toml *toml_get(const struct toml *table, const char *key)
{
	for (size_t i = 0; table && table->type == TOML_TABLE && i < table->n; i++)
		if (strcmp(table->keys[i], key) == 0)
			return table->v[i];
	return NULL;
}

static void add_member(struct reader *r, struct toml *table, const char *key, struct toml *value)
{
	size_t n = table->n;

	if (key)
		table->keys = arena_grow(r->a, table->keys, &n, sizeof(*table->keys));
	table->v = arena_grow(r->a, table->v, &table->n, sizeof(*table->v));
	if (key)
		table->keys[table->n - 1] = key;
	table->v[table->n - 1] = value;
}

/* --- strings ------------------------------------------------------------------------------------- */

static void add_utf8(struct buf *b, uint32_t c)
{
	char out[4];
	size_t n;

	if (c < 0x80) {
		out[0] = (char)c, n = 1;
	} else if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6), out[1] = (char)(0x80 | (c & 63)), n = 2;
	} else if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12), out[1] = (char)(0x80 | (c >> 6 & 63));
		out[2] = (char)(0x80 | (c & 63)), n = 3;
	} else {
		out[0] = (char)(0xf0 | c >> 18), out[1] = (char)(0x80 | (c >> 12 & 63));
		out[2] = (char)(0x80 | (c >> 6 & 63)), out[3] = (char)(0x80 | (c & 63)), n = 4;
	}
	buf_add(b, out, n);
}

static int read_escape(struct reader *r, struct buf *b)
{
	static const char from[] = "btnfre\"\\", to[] = "\b\t\n\f\r\033\"\\";
	int c = peek(r);
	const char *at = c > 0 ? strchr(from, c) : NULL;
	int digits = c == 'u' ? 4 : c == 'U' ? 8 : 0;
	uint32_t code = 0;

	r->p++;
	if (at) {
		buf_char(b, to[at - from]);
		return 0;
	}
	if (!digits || r->end - r->p < digits)
		return complain(r, "unknown escape in string");
	for (; digits > 0; digits--, r->p++) {
		int digit = parse_hex_digit(*r->p);
		if (digit < 0)
			return complain(r, "unknown escape in string");
		code = code << 4 | (uint32_t)digit;
	}
	if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return complain(r, "escape of no character in string");
	add_utf8(b, code);
	return 0;
}

static int read_string(struct reader *r, const char **out)
{
	char quote = *r->p++;
	own_buf b = { 0 };

	if (r->end - r->p >= 2 && r->p[0] == quote && r->p[1] == quote)
		return complain(r, "strings over several lines are not supported");
	buf_init(&b, TEXT_MOST);
	while (peek(r) != quote) {
		int c = peek(r);
		if (c == -1 || c == '\n' || c == '\r')
			return complain(r, "string without an end");
		if ((c < 32 && c != '\t') || c == 127)
			return complain(r, "control character in string");
		r->p++;
		if (c == '\\' && quote == '"') {
			if (read_escape(r, &b))
				return -1;
		} else {
			buf_char(&b, (char)c);
		}
	}
	r->p++;
	*out = arena_strndup(r->a, b.data, b.len);
	return 0;
}

/* --- keys ---------------------------------------------------------------------------------------- */

static bool is_bare(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

static int read_key(struct reader *r, const char **out)
{
	const char *from = r->p;

	if (peek(r) == '"' || peek(r) == '\'')
		return read_string(r, out);
	while (is_bare(peek(r)))
		r->p++;
	if (r->p == from)
		return complain(r, "a key is expected");
	*out = arena_strndup(r->a, from, (size_t)(r->p - from));
	return 0;
}

/* All parts of a dotted key but the last lead to *table, made on the way. */
static int read_path(struct reader *r, struct toml **table, const char **last)
{
	for (int n = 0; n < DEPTH_MOST; n++) {
		skip_blanks(r);
		if (read_key(r, last))
			return -1;
		skip_blanks(r);
		if (peek(r) != '.')
			return 0;
		r->p++;
		struct toml *next = (struct toml *)toml_get(*table, *last);
		if (!next) {
			next = make(r, TOML_TABLE);
			add_member(r, *table, *last, next);
		}
		if (next->type != TOML_TABLE)
			return complain(r, "a key goes on where a value is");
		if (next->is_closed)
			return complain(r, "a table is said twice");
		*table = next;
	}
	return complain(r, "key has too many parts");
}

/* --- values -------------------------------------------------------------------------------------- */

static int read_value(struct reader *r, struct toml **out);

static int read_pair(struct reader *r, struct toml *table)
{
	const char *key;
	struct toml *value;

	if (read_path(r, &table, &key))
		return -1;
	if (peek(r) != '=')
		return complain(r, "= is expected");
	r->p++;
	skip_blanks(r);
	if (toml_get(table, key) || table->is_closed)
		return complain(r, "a key is said twice");
	if (read_value(r, &value))
		return -1;
	add_member(r, table, key, value);
	return 0;
}

static int read_array(struct reader *r, struct toml *out)
{
	r->p++;
	for (;;) {
		struct toml *value;

		skip_lines(r);
		if (peek(r) == ']')
			return r->p++, 0;
		if (read_value(r, &value))
			return -1;
		add_member(r, out, NULL, value);
		skip_lines(r);
		if (peek(r) == ',')
			r->p++;
		else if (peek(r) != ']')
			return complain(r, ", or ] is expected");
	}
}

static int read_inline_table(struct reader *r, struct toml *out)
{
	r->p++;
	skip_blanks(r);
	if (peek(r) == '}') {
		r->p++;
		out->is_closed = true;
		return 0;
	}
	for (;;) {
		if (read_pair(r, out))
			return -1;
		skip_blanks(r);
		int c = peek(r);
		if (c != ',' && c != '}')
			return complain(r, ", or } is expected");
		r->p++;
		if (c == '}') {
			out->is_closed = true;
			return 0;
		}
	}
}

static int read_word(struct reader *r, struct toml *out)
{
	const char *from = r->p;
	char digits[32];
	size_t n = 0;

	while (is_bare(peek(r)) || peek(r) == '+' || peek(r) == '.' || peek(r) == ':')
		r->p++;
	struct slice word = { from, (size_t)(r->p - from) };
	if (slice_eq(word, "true") || slice_eq(word, "false")) {
		out->type = TOML_BOOL;
		out->b = *from == 't';
		return 0;
	}
	out->type = TOML_INT;
	for (size_t i = word.n > 1 && *from == '+'; i < word.n && n + 1 < sizeof(digits); i++)
		if (word.p[i] != '_')
			digits[n++] = word.p[i];
	if (word.n == 0 || !parse_i64((struct slice){ digits, n }, &out->i))
		return complain(
			r, "a value is expected: string, whole number, true, false or list");
	return 0;
}

static int read_value(struct reader *r, struct toml **out)
{
	int rc;

	if (++r->depth > DEPTH_MOST)
		return complain(r, "values are nested too deeply");
	*out = make(r, TOML_STR);
	if (peek(r) == '"' || peek(r) == '\'') {
		rc = read_string(r, &(*out)->str);
	} else if (peek(r) == '[') {
		(*out)->type = TOML_ARR;
		rc = read_array(r, *out);
	} else if (peek(r) == '{') {
		(*out)->type = TOML_TABLE;
		rc = read_inline_table(r, *out);
	} else {
		rc = read_word(r, *out);
	}
	r->depth--;
	return rc;
}

/* --- the document -------------------------------------------------------------------------------- */

static int read_header(struct reader *r, struct toml *top, struct toml **current)
{
	const char *key;

	r->p++;
	if (peek(r) == '[')
		return complain(r, "arrays of tables are not supported");
	*current = top;
	if (read_path(r, current, &key))
		return -1;
	if (peek(r) != ']')
		return complain(r, "] is expected");
	r->p++;
	struct toml *table = (struct toml *)toml_get(*current, key);
	if (table && (table->type != TOML_TABLE || table->is_closed))
		return complain(r, "a table is said twice");
	if (!table) {
		table = make(r, TOML_TABLE);
		add_member(r, *current, key, table);
	}
	*current = table;
	return end_line(r);
}

int toml_parse(struct arena *a, const char *text, size_t n, struct toml **out, struct err *e)
{
	struct reader r = { .a = a, .p = text, .end = text + n, .line = 1, .e = e };
	struct toml *current;

	if (n > TEXT_MOST)
		return err_set(e, ERR_INVALID, "larger than %d bytes", TEXT_MOST);
	*out = current = make(&r, TOML_TABLE);
	for (;;) {
		skip_lines(&r);
		if (peek(&r) == -1)
			return 0;
		if (peek(&r) == '[' ? read_header(&r, *out, &current)
				    : read_pair(&r, current) || end_line(&r))
			return -1;
	}
}

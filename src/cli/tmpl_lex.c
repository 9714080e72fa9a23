/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Template text to tokens. Blanks inside an action are tokens too: "$x .y" and "$x.y" differ. Trim
 * markers ({{- and -}}) and comments are dealt with here.
 */
#include <ctype.h>
#include <string.h>

#include "tmpl_int.h"
#include "utf8.h"

#define LEXER_EOF 0xffffffffU

void lexer_init(struct lexer *l, struct arena *a, struct slice input)
{
	*l = (struct lexer){ .arena = a, .input = input, .line = 1, .start_line = 1 };
}

static uint32_t peek(const struct lexer *l)
{
	size_t len;

	if (l->pos >= l->input.n)
		return LEXER_EOF;
	return utf8_next((struct slice){ l->input.p + l->pos, l->input.n - l->pos }, &len);
}

static uint32_t next(struct lexer *l)
{
	size_t len;
	uint32_t c;

	if (l->pos >= l->input.n)
		return LEXER_EOF;
	c = utf8_next((struct slice){ l->input.p + l->pos, l->input.n - l->pos }, &len);
	l->pos += len;
	if (c == '\n')
		l->line++;
	return c;
}

static bool at(const struct lexer *l, size_t ahead, const char *s)
{
	size_t n = strlen(s);

	return l->pos + ahead + n <= l->input.n && memcmp(l->input.p + l->pos + ahead, s, n) == 0;
}

static bool is_space(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_space_at(const struct lexer *l, size_t pos)
{
	return pos < l->input.n && is_space((unsigned char)l->input.p[pos]);
}

static bool is_alnum(uint32_t c)
{
	return c == '_' || (c < 0x80 ? isalnum((int)c) : c != LEXER_EOF && utf8_is_print(c));
}

static void ignore(struct lexer *l)
{
	l->start = l->pos;
	l->start_line = l->line;
}

static struct token emit(struct lexer *l, enum token_type type)
{
	struct token t = { type, l->start, l->start_line,
		{ l->input.p + l->start, l->pos - l->start } };

	ignore(l);
	return t;
}

static struct token fail(struct lexer *l, const char *sentence)
{
	struct token t = { TOK_ERROR, l->start, l->start_line, slice_str(sentence) };

	l->is_done = true;
	l->pos = l->start = l->input.n;
	return t;
}

static struct token fail_char(struct lexer *l, const char *what, uint32_t c)
{
	char text[4];
	size_t n;

	if (c == LEXER_EOF)
		return fail(l, arena_printf(l->arena, "%s U+FFFFFFFFFFFFFFFF", what));
	n = utf8_encode(c, text);
	if (!utf8_is_print(c))
		return fail(l, arena_printf(l->arena, "%s U+%04X", what, c));
	return fail(l, arena_printf(l->arena, "%s U+%04X '%.*s'", what, c, (int)n, text));
}

/* "}}" or " -}}"; *trim tells the second. */
static bool at_right_delim(const struct lexer *l, bool *trim)
{
	*trim = is_space_at(l, l->pos) && at(l, 1, "-}}");
	return *trim || at(l, 0, "}}");
}

static void skip_spaces(struct lexer *l)
{
	while (is_space_at(l, l->pos))
		next(l);
}

/* After "{{" at pos: "- " follows. */
static bool has_left_trim(const struct lexer *l, size_t pos)
{
	return pos + 1 < l->input.n && l->input.p[pos] == '-' && is_space_at(l, pos + 1);
}

/* At "{{" of a comment: passes it; false with *t an error. */
static bool skip_comment(struct lexer *l, size_t head, struct token *t)
{
	const char *end;
	bool trim;

	l->pos += head + 2;
	end = memmem(l->input.p + l->pos, l->input.n - l->pos, "*/", 2);
	if (end == NULL) {
		*t = fail(l, "unclosed comment");
		return false;
	}
	while (l->input.p + l->pos < end + 2)
		next(l);
	if (!at_right_delim(l, &trim)) {
		*t = fail(l, "comment ends before closing delimiter");
		return false;
	}
	l->pos += trim ? 4 : 2;
	if (trim)
		skip_spaces(l);
	ignore(l);
	return true;
}

/* Text up to the next action, or the left delimiter itself. */
static struct token lex_text(struct lexer *l)
{
	for (;;) {
		const char *open = memmem(l->input.p + l->pos, l->input.n - l->pos, "{{", 2);
		size_t end = open ? (size_t)(open - l->input.p) : l->input.n;
		bool trim = open && has_left_trim(l, end + 2);
		size_t head = trim ? 4 : 2;
		size_t keep = end;
		struct token t;

		while (trim && keep > l->start && is_space_at(l, keep - 1))
			keep--;
		while (l->pos < keep)
			next(l);
		if (l->pos > l->start) {
			t = emit(l, TOK_TEXT);
			while (l->pos < end)
				next(l);
			ignore(l);
			return t;
		}
		while (l->pos < end)
			next(l);
		ignore(l);
		if (open == NULL) {
			l->is_done = true;
			return emit(l, TOK_EOF);
		}
		if (at(l, head, "/*")) {
			if (!skip_comment(l, head, &t))
				return t;
			continue;
		}
		l->pos += 2;
		t = emit(l, TOK_LEFT_DELIM);
		l->pos += head - 2;
		ignore(l);
		l->in_action = true;
		l->paren_depth = 0;
		return t;
	}
}

static struct token lex_right_delim(struct lexer *l, bool trim)
{
	struct token t;

	l->pos += trim ? 2 : 0;
	ignore(l);
	l->pos += 2;
	t = emit(l, TOK_RIGHT_DELIM);
	if (trim)
		skip_spaces(l);
	ignore(l);
	l->in_action = false;
	return t;
}

/* May a name end here? */
static bool at_terminator(const struct lexer *l)
{
	uint32_t c = peek(l);

	return is_space(c) || c == LEXER_EOF || c == '.' || c == ',' || c == '|' || c == ':' ||
	       c == ')' || c == '(' || at(l, 0, "}}");
}

static struct token lex_name(struct lexer *l, enum token_type type)
{
	while (is_alnum(peek(l)))
		next(l);
	if (!at_terminator(l))
		return fail_char(l, "bad character", peek(l));
	return emit(l, type);
}

static struct token lex_identifier(struct lexer *l)
{
	static const struct {
		const char *word;
		enum token_type type;
	} words[] = {
		{ "block", TOK_BLOCK },
		{ "break", TOK_BREAK },
		{ "continue", TOK_CONTINUE },
		{ "define", TOK_DEFINE },
		{ "else", TOK_ELSE },
		{ "end", TOK_END },
		{ "if", TOK_IF },
		{ "nil", TOK_NIL },
		{ "range", TOK_RANGE },
		{ "template", TOK_TEMPLATE },
		{ "with", TOK_WITH },
		{ "true", TOK_BOOL },
		{ "false", TOK_BOOL },
	};
	struct token t = lex_name(l, TOK_IDENT);

	for (size_t i = 0; t.type == TOK_IDENT && i < sizeof(words) / sizeof(words[0]); i++) {
		if (slice_eq(t.text, words[i].word))
			t.type = words[i].type;
	}
	return t;
}

static struct token lex_space(struct lexer *l)
{
	bool trim;

	/* a blank before -}} belongs to the marker */
	while (is_space(peek(l))) {
		if (at_right_delim(l, &trim) && trim) {
			if (l->pos == l->start)
				return lex_right_delim(l, true);
			break;
		}
		next(l);
	}
	return emit(l, TOK_SPACE);
}

/* "…" and '…': a backslash hides what follows, a newline ends it. */
static struct token lex_quoted(struct lexer *l, uint32_t quote)
{
	bool is_char = quote == '\'';

	for (;;) {
		uint32_t c = next(l);

		if (c == quote)
			return emit(l, is_char ? TOK_CHAR_CONST : TOK_STRING);
		if (c == '\\') {
			c = next(l);
			if (c != LEXER_EOF && c != '\n')
				continue;
		}
		if (c == LEXER_EOF || c == '\n')
			return fail(l, is_char ? "unterminated character constant"
					       : "unterminated quoted string");
	}
}

static struct token lex_raw_quoted(struct lexer *l)
{
	for (;;) {
		uint32_t c = next(l);

		if (c == LEXER_EOF)
			return fail(l, "unterminated raw quoted string");
		if (c == '`')
			return emit(l, TOK_RAW_STRING);
	}
}

static bool accept(struct lexer *l, const char *set)
{
	uint32_t c = peek(l);

	if (c == 0 || c >= 0x80 || strchr(set, (int)c) == NULL)
		return false;
	next(l);
	return true;
}

static void accept_run(struct lexer *l, const char *set)
{
	while (accept(l, set))
		;
}

static struct token lex_number(struct lexer *l)
{
	const char *digits = "0123456789_";
	bool hex = false, decimal = true;

	accept(l, "+-");
	if (accept(l, "0")) {
		decimal = false;
		if (accept(l, "xX")) {
			digits = "0123456789abcdefABCDEF_";
			hex = true;
		} else if (accept(l, "oO")) {
			digits = "01234567_";
		} else if (accept(l, "bB")) {
			digits = "01_";
		} else {
			decimal = true;
		}
	}
	accept_run(l, digits);
	if (accept(l, "."))
		accept_run(l, digits);
	if (decimal ? accept(l, "eE") : hex && accept(l, "pP")) {
		accept(l, "+-");
		accept_run(l, "0123456789_");
	}
	accept(l, "i");
	if (is_alnum(peek(l))) {
		own_buf q = { 0 };

		next(l);
		buf_init(&q, 4096);
		go_quote(&q, (struct slice){ l->input.p + l->start, l->pos - l->start });
		return fail(l, arena_printf(l->arena, "bad number syntax: %s", q.data));
	}
	return emit(l, TOK_NUMBER);
}

/* One character that is a token, or the start of one. */
static struct token lex_sign(struct lexer *l)
{
	uint32_t c = next(l);

	switch (c) {
	case '=':
		return emit(l, TOK_ASSIGN);
	case ':':
		if (next(l) != '=')
			return fail(l, "expected :=");
		return emit(l, TOK_DECLARE);
	case '|':
		return emit(l, TOK_PIPE);
	case '"':
	case '\'':
		return lex_quoted(l, c);
	case '`':
		return lex_raw_quoted(l);
	case '$':
		return at_terminator(l) ? emit(l, TOK_VARIABLE) : lex_name(l, TOK_VARIABLE);
	case '.':
		return at_terminator(l) ? emit(l, TOK_DOT) : lex_name(l, TOK_FIELD);
	case '(':
		l->paren_depth++;
		return emit(l, TOK_LEFT_PAREN);
	case ')':
		if (--l->paren_depth < 0)
			return fail(l, "unexpected right paren");
		return emit(l, TOK_RIGHT_PAREN);
	default:
		if (c > ' ' && c < 0x7f)
			return emit(l, TOK_CHAR);
		return fail_char(l, "unrecognized character in action:", c);
	}
}

static struct token lex_action(struct lexer *l)
{
	uint32_t c = peek(l);
	bool trim;

	if (at_right_delim(l, &trim)) {
		if (l->paren_depth != 0)
			return fail(l, "unclosed left paren");
		return lex_right_delim(l, trim);
	}
	if (c == LEXER_EOF)
		return fail(l, "unclosed action");
	if (is_space(c))
		return lex_space(l);
	if ((c == '.' &&
		    (l->pos + 1 >= l->input.n || isdigit((unsigned char)l->input.p[l->pos + 1]))) ||
		c == '+' || c == '-' || (c < 0x80 && isdigit((int)c)))
		return lex_number(l);
	if (is_alnum(c))
		return lex_identifier(l);
	return lex_sign(l);
}

struct token lexer_next(struct lexer *l)
{
	if (l->is_done)
		return (struct token){ TOK_EOF, l->input.n, l->line, { "", 0 } };
	return l->in_action ? lex_action(l) : lex_text(l);
}

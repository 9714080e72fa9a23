/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lower half of the template parser: tokens with up to three of look-ahead, errors, and what
 * stands inside one action: terms, commands, pipelines. Text and control structures are
 * tmpl_parse.c's.
 */
#include <stdio.h>
#include <string.h>

#include "tmpl_int.h"

/* --- errors and tokens --- */

void *parser_fail(struct parser *p, const char *fmt, ...)
{
	char text[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err_set(p->e, ERR_INVALID, "template: %s:%d: %s", p->t->name, p->token[0].line, text);
	return NULL;
}

struct token parser_next(struct parser *p)
{
	if (p->n_peeked > 0)
		p->n_peeked--;
	else
		p->token[0] = lexer_next(&p->lexer);
	return p->token[p->n_peeked];
}

void parser_backup(struct parser *p)
{
	p->n_peeked++;
}

/* Puts t back before what was peeked (token[0] is still there). */
void parser_backup2(struct parser *p, struct token t)
{
	p->token[1] = t;
	p->n_peeked = 2;
}

/* Puts back two: first t2, then t1, then token[0] come again. */
static void backup3(struct parser *p, struct token t2, struct token t1)
{
	p->token[1] = t1;
	p->token[2] = t2;
	p->n_peeked = 3;
}

struct token parser_peek(struct parser *p)
{
	if (p->n_peeked > 0)
		return p->token[p->n_peeked - 1];
	p->n_peeked = 1;
	p->token[0] = lexer_next(&p->lexer);
	return p->token[0];
}

struct token parser_next_non_space(struct parser *p)
{
	struct token t;

	do
		t = parser_next(p);
	while (t.type == TOK_SPACE);
	return t;
}

struct token parser_peek_non_space(struct parser *p)
{
	struct token t = parser_next_non_space(p);

	parser_backup(p);
	return t;
}

static const char *token_str(struct parser *p, struct token t)
{
	own_buf b = { 0 };

	buf_init(&b, 4096);
	if (t.type == TOK_EOF)
		return "EOF";
	if (t.type == TOK_ERROR)
		return arena_strndup(p->arena, t.text.p, t.text.n);
	if (t.type >= TOK_BLOCK)
		return arena_printf(p->arena, "<%.*s>", (int)t.text.n, t.text.p);
	if (t.text.n > 10) {
		go_quote(&b, (struct slice){ t.text.p, 10 });
		buf_str(&b, "...");
	} else {
		go_quote(&b, t.text);
	}
	return arena_strndup(p->arena, b.data, b.len);
}

void *parser_unexpected(struct parser *p, struct token t, const char *context)
{
	const char *text = token_str(p, t);

	if (t.type != TOK_ERROR)
		return parser_fail(p, "unexpected %s in %s", text, context);
	if (p->action_line != 0 && p->action_line != t.line)
		return parser_fail(p, "%s%s started at %s:%d", text,
			str_ends(text, " action") ? "" : " in action", p->t->name, p->action_line);
	return parser_fail(p, "%s", text);
}

bool parser_expect(struct parser *p, enum token_type type, const char *context)
{
	struct token t = parser_next_non_space(p);

	if (t.type != type)
		parser_unexpected(p, t, context);
	return t.type == type;
}

/* --- nodes --- */

struct node *parser_new_node(struct parser *p, enum node_type type, struct token at)
{
	struct node *n = ARENA_NEW(p->arena, struct node);

	*n = (struct node){ .type = type, .pos = at.pos, .line = at.line, .tree = p->tree };
	n->text = at.text;
	return n;
}

void parser_append(struct parser *p, struct node_list *l, struct node *n)
{
	l->v = arena_grow(p->arena, l->v, &l->n, sizeof(*l->v));
	l->v[l->n - 1] = n;
}

/* ".a.b" or "$x.a.b" to its names. */
static void set_idents(struct parser *p, struct node *n, const char *text)
{
	for (const char *s = text; s;) {
		const char *dot = strchr(s, '.');
		size_t len = dot ? (size_t)(dot - s) : strlen(s);

		str_list_add(p->arena, &n->idents, arena_strndup(p->arena, s, len));
		s = dot ? dot + 1 : NULL;
	}
}

static struct node *new_idents(
	struct parser *p, enum node_type type, struct token at, const char *text)
{
	struct node *n = parser_new_node(p, type, at);

	set_idents(p, n, text);
	return n;
}

static const char *text_of(struct parser *p, struct token t)
{
	return arena_strndup(p->arena, t.text.p, t.text.n);
}

static struct node *number_term(struct parser *p, struct token t)
{
	struct node *n = parser_new_node(p, NODE_NUMBER, t);
	const char *why;

	if (!number_parse(p->arena, t.text, t.type == TOK_CHAR_CONST, &n->number, &why))
		return parser_fail(p, "%s", why);
	return n;
}

static struct node *string_term(struct parser *p, struct token t)
{
	struct node *n = parser_new_node(p, NODE_STRING, t);

	if (!string_unquote(p->arena, t.text, &n->str))
		return parser_fail(p, "invalid syntax");
	return n;
}

static struct node *variable_term(struct parser *p, struct token t)
{
	if (!str_list_has(&p->vars, text_of(p, t)))
		return parser_fail(p, "undefined variable \"%s\"", text_of(p, t));
	return new_idents(p, NODE_VARIABLE, t, text_of(p, t));
}

/* A literal, function, field, variable or (pipeline). False: error; *out NULL: none of these is next. */
static bool term(struct parser *p, struct node **out)
{
	struct token t = parser_next_non_space(p);

	*out = NULL;
	switch (t.type) {
	case TOK_IDENT:
		if (func_find(t.text, 0) == NULL)
			return parser_fail(p, "function \"%s\" not defined", text_of(p, t));
		*out = parser_new_node(p, NODE_IDENT, t);
		break;
	case TOK_DOT:
		*out = parser_new_node(p, NODE_DOT, t);
		break;
	case TOK_NIL:
		*out = parser_new_node(p, NODE_NIL, t);
		break;
	case TOK_BOOL:
		*out = parser_new_node(p, NODE_BOOL, t);
		(*out)->truth = slice_eq(t.text, "true");
		break;
	case TOK_VARIABLE:
		*out = variable_term(p, t);
		break;
	case TOK_FIELD:
		*out = new_idents(p, NODE_FIELD, t, text_of(p, t) + 1);
		break;
	case TOK_CHAR_CONST:
	case TOK_NUMBER:
		*out = number_term(p, t);
		break;
	case TOK_LEFT_PAREN:
		*out = parser_pipeline(p, "parenthesized pipeline", TOK_RIGHT_PAREN);
		break;
	case TOK_STRING:
	case TOK_RAW_STRING:
		*out = string_term(p, t);
		break;
	default:
		parser_backup(p);
		return true;
	}
	return *out != NULL;
}

/* A term with .fields behind it. */
static bool operand(struct parser *p, struct node **out)
{
	struct node *chain;

	if (!term(p, out))
		return false;
	if (*out == NULL || parser_peek(p).type != TOK_FIELD)
		return true;
	chain = parser_new_node(p, NODE_CHAIN, parser_peek(p));
	chain->pipe = *out;
	while (parser_peek(p).type == TOK_FIELD)
		str_list_add(p->arena, &chain->idents, text_of(p, parser_next(p)) + 1);
	switch ((*out)->type) {
	case NODE_FIELD:
	case NODE_VARIABLE:
		for (size_t i = 0; i < chain->idents.n; i++)
			str_list_add(p->arena, &(*out)->idents, chain->idents.v[i]);
		(*out)->pos = chain->pos;
		return true;
	case NODE_BOOL:
	case NODE_STRING:
	case NODE_NUMBER:
	case NODE_NIL:
	case NODE_DOT: {
		own_buf q = { 0 };

		buf_init(&q, 4096);
		go_quote(&q, slice_str(node_str(p->arena, *out)));
		return parser_fail(p, "unexpected . after term %s", q.data);
	}
	default:
		*out = chain;
		return true;
	}
}

static struct node *command(struct parser *p)
{
	struct node *cmd = parser_new_node(p, NODE_COMMAND, parser_peek_non_space(p));
	struct token t;

	do {
		struct node *arg;

		parser_peek_non_space(p);
		if (!operand(p, &arg))
			return NULL;
		if (arg)
			parser_append(p, &cmd->kids, arg);
		t = parser_next(p);
	} while (t.type == TOK_SPACE);
	if (t.type == TOK_RIGHT_DELIM || t.type == TOK_RIGHT_PAREN)
		parser_backup(p);
	else if (t.type != TOK_PIPE)
		return parser_unexpected(p, t, "operand");
	if (cmd->kids.n == 0)
		return parser_fail(p, "empty command");
	return cmd;
}

static void declare(struct parser *p, struct node *pipe, struct token v)
{
	parser_append(p, &pipe->decls, new_idents(p, NODE_VARIABLE, v, text_of(p, v)));
	str_list_add(p->arena, &p->vars, text_of(p, v));
}

/* "$x :=", "$x =", "$i, $x :=" in front of a pipeline. */
static bool declarations(struct parser *p, struct node *pipe, const char *context)
{
	while (parser_peek_non_space(p).type == TOK_VARIABLE) {
		struct token v = parser_next_non_space(p);
		struct token after = parser_peek(p);
		struct token t = parser_peek_non_space(p);

		if (t.type == TOK_ASSIGN || t.type == TOK_DECLARE) {
			pipe->is_assign = t.type == TOK_ASSIGN;
			parser_next_non_space(p);
			declare(p, pipe, v);
			return true;
		}
		if (t.type != TOK_CHAR || !slice_eq(t.text, ",")) {
			if (after.type == TOK_SPACE)
				backup3(p, v, after);
			else
				parser_backup2(p, v);
			return true;
		}
		parser_next_non_space(p);
		declare(p, pipe, v);
		if (!str_eq(context, "range") || pipe->decls.n >= 2)
			return parser_fail(p, "too many declarations in %s", context);
		t = parser_peek_non_space(p);
		if (t.type != TOK_VARIABLE && t.type != TOK_RIGHT_DELIM &&
			t.type != TOK_RIGHT_PAREN)
			return parser_fail(p, "range can only initialize variables");
	}
	return true;
}

static struct node *check_pipeline(struct parser *p, struct node *pipe, const char *context)
{
	if (pipe->kids.n == 0)
		return parser_fail(p, "missing value for %s", context);
	for (size_t i = 1; i < pipe->kids.n; i++) {
		enum node_type type = pipe->kids.v[i]->kids.v[0]->type;

		if (type == NODE_BOOL || type == NODE_DOT || type == NODE_NIL ||
			type == NODE_NUMBER || type == NODE_STRING)
			return parser_fail(
				p, "non executable command in pipeline stage %zu", i + 1);
	}
	return pipe;
}

static struct node *pipeline_in(struct parser *p, const char *context, enum token_type end)
{
	struct node *pipe = parser_new_node(p, NODE_PIPE, parser_peek_non_space(p));

	if (!declarations(p, pipe, context))
		return NULL;
	for (;;) {
		struct token t = parser_next_non_space(p);
		struct node *cmd;

		if (t.type == end)
			return check_pipeline(p, pipe, context);
		switch (t.type) {
		case TOK_BOOL:
		case TOK_CHAR_CONST:
		case TOK_DOT:
		case TOK_FIELD:
		case TOK_IDENT:
		case TOK_NUMBER:
		case TOK_NIL:
		case TOK_RAW_STRING:
		case TOK_STRING:
		case TOK_VARIABLE:
		case TOK_LEFT_PAREN:
			parser_backup(p);
			cmd = command(p);
			if (cmd == NULL)
				return NULL;
			parser_append(p, &pipe->kids, cmd);
			break;
		default:
			return parser_unexpected(p, t, context);
		}
	}
}

struct node *parser_pipeline(struct parser *p, const char *context, enum token_type end)
{
	struct node *pipe = NULL;

	if (++p->depth > TMPL_MAX_DEPTH)
		parser_fail(p, "template: exceeded maximum depth");
	else
		pipe = pipeline_in(p, context, end);
	p->depth--;
	return pipe;
}

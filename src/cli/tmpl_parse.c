/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens to trees by recursive descent: text, control structures, definitions. The first error ends it
 * and is told in Go's words with the line of the token last read.
 */
#include <stdio.h>
#include <string.h>

#include "tmpl_int.h"

/* --- text and control structures --- */

static struct node *text_or_action(struct parser *p);

/* Up to {{end}} or {{else}}, which *stop becomes. */
static struct node *item_list(struct parser *p, struct node **stop)
{
	struct node *list = parser_new_node(p, NODE_LIST, parser_peek_non_space(p));

	while (parser_peek_non_space(p).type != TOK_EOF) {
		struct node *n = text_or_action(p);

		if (n == NULL)
			return NULL;
		if (n->type == NODE_END || n->type == NODE_ELSE) {
			*stop = n;
			return list;
		}
		parser_append(p, &list->kids, n);
	}
	return parser_fail(p, "unexpected EOF");
}

static struct node *control(struct parser *p, enum node_type type, struct token at);

/* What stands between {{else}} and {{end}}; "else if" and "else with" share the outer end. */
static struct node *otherwise(struct parser *p, enum node_type type, struct node *stop)
{
	struct token t = parser_peek(p);
	struct node *list, *inner;

	if ((type == NODE_IF && t.type == TOK_IF) || (type == NODE_WITH && t.type == TOK_WITH)) {
		list = parser_new_node(p, NODE_LIST, t);
		list->pos = stop->pos;
		parser_next(p);
		inner = control(p, type, t);
		if (inner == NULL)
			return NULL;
		parser_append(p, &list->kids, inner);
		return list;
	}
	list = item_list(p, &stop);
	if (list && stop->type != NODE_END)
		return parser_fail(p, "expected end; found %s", node_str(p->arena, stop));
	return list;
}

static struct node *control_in(struct parser *p, enum node_type type, const char *context)
{
	struct node *n = NULL, *stop = NULL;
	struct node *pipe = parser_pipeline(p, context, TOK_RIGHT_DELIM);

	if (pipe == NULL)
		return NULL;
	n = parser_new_node(p, type, (struct token){ .pos = pipe->pos, .line = pipe->line });
	n->pipe = pipe;
	p->range_depth += type == NODE_RANGE;
	n->list = item_list(p, &stop);
	p->range_depth -= type == NODE_RANGE;
	if (n->list == NULL)
		return NULL;
	if (stop->type == NODE_ELSE) {
		n->otherwise = otherwise(p, type, stop);
		if (n->otherwise == NULL)
			return NULL;
	}
	return n;
}

static struct node *control(struct parser *p, enum node_type type, struct token at)
{
	size_t mark = p->vars.n;
	struct node *n = NULL;

	if (++p->depth > TMPL_MAX_DEPTH)
		parser_fail(p, "template: exceeded maximum depth");
	else
		n = control_in(p, type,
			type == NODE_IF	    ? "if"
			: type == NODE_WITH ? "with"
					    : "range");
	p->depth--;
	p->vars.n = mark;
	return n;
}

static struct node *else_control(struct parser *p, struct token at)
{
	struct token t = parser_peek_non_space(p);

	if (t.type == TOK_IF || t.type == TOK_WITH)
		return parser_new_node(p, NODE_ELSE, t);
	if (!parser_expect(p, TOK_RIGHT_DELIM, "else"))
		return NULL;
	return parser_new_node(p, NODE_ELSE, at);
}

static struct node *loop_control(struct parser *p, enum node_type type, struct token at)
{
	const char *word = type == NODE_BREAK ? "{{break}}" : "{{continue}}";
	struct token t = parser_next_non_space(p);

	if (t.type != TOK_RIGHT_DELIM)
		return parser_unexpected(p, t, word);
	if (p->range_depth == 0)
		return parser_fail(p, "%s outside {{range}}", word);
	return parser_new_node(p, type, at);
}

static bool template_name(struct parser *p, struct token t, const char *context, struct slice *out)
{
	if (t.type != TOK_STRING && t.type != TOK_RAW_STRING)
		return parser_unexpected(p, t, context);
	if (!string_unquote(p->arena, t.text, out))
		return parser_fail(p, "invalid syntax");
	return true;
}

static struct node *template_control(struct parser *p)
{
	struct token name = parser_next_non_space(p);
	struct node *n = parser_new_node(p, NODE_TEMPLATE, name);

	if (!template_name(p, name, "template clause", &n->text))
		return NULL;
	if (parser_next_non_space(p).type == TOK_RIGHT_DELIM)
		return n;
	parser_backup(p);
	n->pipe = parser_pipeline(p, "template clause", TOK_RIGHT_DELIM);
	return n->pipe ? n : NULL;
}

static bool is_blank_list(const struct node *list)
{
	for (size_t i = 0; i < list->kids.n; i++) {
		const struct node *n = list->kids.v[i];

		if (n->type != NODE_TEXT || slice_trim(n->text).n > 0)
			return false;
	}
	return true;
}

static bool add_tree(struct parser *p, struct tree *tree)
{
	struct tmpl *t = p->t;

	for (size_t i = 0; i < t->n_trees; i++) {
		struct slice name = t->trees[i]->name;

		if (name.n != tree->name.n || memcmp(name.p, tree->name.p, name.n) != 0)
			continue;
		if (is_blank_list(t->trees[i]->root))
			t->trees[i] = tree;
		else if (!is_blank_list(tree->root))
			return parser_fail(p, "template: multiple definition of template \"%.*s\"",
				(int)name.n, name.p);
		return true;
	}
	t->trees = arena_grow(p->arena, t->trees, &t->n_trees, sizeof(*t->trees));
	t->trees[t->n_trees - 1] = tree;
	return true;
}

static struct tree *new_tree(struct parser *p, struct slice name)
{
	struct tree *tree = ARENA_NEW(p->arena, struct tree);

	*tree = (struct tree){ name, p->t->name, p->lexer.input, NULL };
	return tree;
}

/* The body of a define or block: a tree of its own, with "$" only. */
static bool definition(struct parser *p, struct slice name, const char *context)
{
	struct tree *outer = p->tree;
	struct str_list vars = p->vars;
	int range_depth = p->range_depth;
	struct node *stop = NULL;
	bool ok = false;

	p->tree = new_tree(p, name);
	p->vars = (struct str_list){ 0 };
	str_list_add(p->arena, &p->vars, "$");
	p->range_depth = 0;
	if (++p->depth > TMPL_MAX_DEPTH)
		parser_fail(p, "template: exceeded maximum depth");
	else
		p->tree->root = item_list(p, &stop);
	p->depth--;
	if (p->tree->root && stop->type != NODE_END)
		parser_fail(p, "unexpected %s in %s", node_str(p->arena, stop), context);
	else
		ok = p->tree->root && add_tree(p, p->tree);
	p->tree = outer;
	p->vars = vars;
	p->range_depth = range_depth;
	return ok;
}

static struct node *block_control(struct parser *p)
{
	struct token name = parser_next_non_space(p);
	struct node *n = parser_new_node(p, NODE_TEMPLATE, name);

	if (!template_name(p, name, "block clause", &n->text))
		return NULL;
	n->pipe = parser_pipeline(p, "block clause", TOK_RIGHT_DELIM);
	if (n->pipe == NULL || !definition(p, n->text, "block clause"))
		return NULL;
	return n;
}

static struct node *action(struct parser *p)
{
	struct token t = parser_next_non_space(p);
	struct node *n;

	switch (t.type) {
	case TOK_BLOCK:
		return block_control(p);
	case TOK_BREAK:
		return loop_control(p, NODE_BREAK, t);
	case TOK_CONTINUE:
		return loop_control(p, NODE_CONTINUE, t);
	case TOK_ELSE:
		return else_control(p, t);
	case TOK_END:
		if (!parser_expect(p, TOK_RIGHT_DELIM, "end"))
			return NULL;
		return parser_new_node(p, NODE_END, t);
	case TOK_IF:
		return control(p, NODE_IF, t);
	case TOK_RANGE:
		return control(p, NODE_RANGE, t);
	case TOK_TEMPLATE:
		return template_control(p);
	case TOK_WITH:
		return control(p, NODE_WITH, t);
	default:
		parser_backup(p);
		n = parser_new_node(p, NODE_ACTION, parser_peek(p));
		n->pipe = parser_pipeline(p, "command", TOK_RIGHT_DELIM);
		return n->pipe ? n : NULL;
	}
}

static struct node *text_or_action(struct parser *p)
{
	struct token t = parser_next_non_space(p);
	struct node *n;

	if (t.type == TOK_TEXT)
		return parser_new_node(p, NODE_TEXT, t);
	if (t.type != TOK_LEFT_DELIM)
		return parser_unexpected(p, t, "input");
	p->action_line = t.line;
	n = action(p);
	p->action_line = 0;
	return n;
}

/* {{define "name"}} at the top: 1 was one, 0 is none (and put back), -1 error. */
static int top_define(struct parser *p, struct token delim)
{
	struct token t = parser_next_non_space(p);
	struct slice name;

	if (t.type != TOK_DEFINE) {
		parser_backup2(p, delim);
		return 0;
	}
	if (!template_name(p, parser_next_non_space(p), "define clause", &name) ||
		!parser_expect(p, TOK_RIGHT_DELIM, "define clause") ||
		!definition(p, name, "define clause"))
		return -1;
	return 1;
}

static bool parse_all(struct parser *p)
{
	struct node *root = parser_new_node(p, NODE_LIST, parser_peek(p));

	p->tree->root = root;
	while (parser_peek(p).type != TOK_EOF) {
		struct node *n;

		if (parser_peek(p).type == TOK_LEFT_DELIM) {
			int found = top_define(p, parser_next(p));

			if (found < 0)
				return false;
			if (found > 0)
				continue;
		}
		n = text_or_action(p);
		if (n == NULL)
			return false;
		if (n->type == NODE_END || n->type == NODE_ELSE)
			return parser_fail(p, "unexpected %s", node_str(p->arena, n));
		parser_append(p, &root->kids, n);
	}
	return add_tree(p, p->tree);
}

struct tmpl *tmpl_parse(struct arena *a, const char *name, const char *text, struct err *e)
{
	struct tmpl *t = ARENA_NEW(a, struct tmpl);
	struct parser p = { .arena = a, .t = t, .e = e };

	*t = (struct tmpl){ .arena = a, .name = arena_strdup(a, name) };
	lexer_init(&p.lexer, a, slice_str(arena_strdup(a, text)));
	p.tree = new_tree(&p, slice_str(t->name));
	str_list_add(a, &p.vars, "$");
	return parse_all(&p) ? t : NULL;
}

const struct tree *tmpl_tree(const struct tmpl *t, struct slice name)
{
	for (size_t i = 0; i < t->n_trees; i++) {
		if (t->trees[i]->name.n == name.n &&
			memcmp(t->trees[i]->name.p, name.p, name.n) == 0)
			return t->trees[i];
	}
	return NULL;
}

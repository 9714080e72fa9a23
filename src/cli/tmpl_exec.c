/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a parsed template over a value: text, if, with, range, template, break, continue. */
#include <string.h>

#include "tmpl_int.h"

#define MAX_CALLS 100 /* {{template}} within {{template}} */
#define MAX_STEPS 10000000

static bool walk(struct exec *s, struct go_val dot, const struct node *n);

static void print_value(struct exec *s, struct go_val v)
{
	bool is_nil;

	if (v.type && v.type->kind == GO_PTR)
		v = go_indirect(v, &is_nil);
	if (v.type == NULL)
		buf_str(s->out, "<no value>");
	else
		go_print(s->out, s->arena, v);
}

static bool walk_if(struct exec *s, struct go_val dot, const struct node *n)
{
	size_t mark = s->n_vars;
	struct go_val v;
	bool ok;

	if (!exec_eval_pipe(s, dot, n->pipe, &v))
		return false;
	if (go_truth(v))
		ok = walk(s, n->type == NODE_WITH ? v : dot, n->list);
	else
		ok = n->otherwise == NULL || walk(s, dot, n->otherwise);
	s->n_vars = mark;
	return ok;
}

static bool one_round(struct exec *s, const struct node *n, struct go_val key, struct go_val v)
{
	const struct node *pipe = n->pipe;
	size_t mark = s->n_vars;
	bool ok;

	if (pipe->decls.n > 0 && pipe->is_assign) {
		const struct node *first = pipe->decls.v[0];

		if (!exec_assign(s, first->idents.v[0], pipe->decls.n > 1 ? key : v))
			return false;
		if (pipe->decls.n > 1 && !exec_assign(s, pipe->decls.v[1]->idents.v[0], v))
			return false;
	} else if (pipe->decls.n > 0) {
		s->vars[mark - 1].value = v;
		if (pipe->decls.n > 1)
			s->vars[mark - 2].value = key;
	}
	ok = walk(s, v, n->list);
	s->n_vars = mark;
	if (s->flow == FLOW_CONTINUE)
		s->flow = FLOW_ON;
	return ok;
}

static bool range_map(struct exec *s, const struct node *n, struct go_val map)
{
	struct str_list keys = go_keys(s->arena, map);

	for (size_t i = 0; i < keys.n && s->flow == FLOW_ON; i++) {
		struct go_val v = GO_NONE;

		go_entry(map, keys.v[i], &v);
		if (!one_round(s, n, go_str(keys.v[i]), v))
			return false;
	}
	return true;
}

/* False: error. *empty: there was nothing, so {{else}} is due. */
static bool range_over(struct exec *s, const struct node *n, struct go_val v, bool *empty)
{
	*empty = true;
	if (v.type == NULL)
		return true;
	switch (v.type->kind) {
	case GO_SLICE:
		*empty = go_len(v) == 0;
		for (size_t i = 0; i < go_len(v) && s->flow == FLOW_ON; i++) {
			if (!one_round(s, n, go_int((int64_t)i), go_at(v, i)))
				return false;
		}
		return true;
	case GO_MAP:
		*empty = go_len(v) == 0;
		return range_map(s, n, v);
	case GO_INT:
		if (n->pipe->decls.n > 1)
			return exec_fail(s, "can't use %s to iterate over more than one variable",
				exec_printed(s, v));
		*empty = v.i <= 0;
		for (int64_t i = 0; i < v.i && s->flow == FLOW_ON; i++) {
			struct go_val k = v;

			k.i = i;
			if (!one_round(s, n, k, k))
				return false;
		}
		return true;
	default:
		return exec_fail(s, "range can't iterate over %s", exec_printed(s, v));
	}
}

static bool walk_range(struct exec *s, struct go_val dot, const struct node *n)
{
	size_t mark = s->n_vars;
	struct go_val v;
	bool is_nil, empty, ok;

	if (!exec_eval_pipe(s, dot, n->pipe, &v))
		return false;
	v = go_indirect(v, &is_nil);
	ok = range_over(s, n, v, &empty);
	if (s->flow == FLOW_BREAK)
		s->flow = FLOW_ON;
	if (ok && empty && n->otherwise)
		ok = walk(s, dot, n->otherwise);
	s->n_vars = mark;
	return ok;
}

static bool walk_template(struct exec *s, struct go_val dot, const struct node *n)
{
	const struct tree *tree = tmpl_tree(s->t, n->text), *outer = s->tree;
	struct variable *vars = s->vars;
	size_t n_vars = s->n_vars;
	struct go_val v = GO_NONE;
	bool ok;

	if (tree == NULL)
		return exec_fail(s, "template \"%.*s\" not defined", (int)n->text.n, n->text.p);
	if (++s->calls > MAX_CALLS)
		return exec_fail(s, "exceeded maximum template depth (%d)", MAX_CALLS);
	if (n->pipe && !exec_eval_pipe(s, dot, n->pipe, &v))
		return false;
	s->vars = NULL;
	s->n_vars = 0;
	exec_push(s, "$", v);
	s->tree = tree;
	ok = walk(s, v, tree->root);
	s->calls--;
	if (ok)
		s->tree = outer;
	s->vars = vars;
	s->n_vars = n_vars;
	return ok;
}

static bool walk(struct exec *s, struct go_val dot, const struct node *n)
{
	struct go_val v;

	s->node = n;
	if (++s->steps > MAX_STEPS || !buf_ok(s->out))
		return exec_fail(s, "too much output, or too many steps (%d)", MAX_STEPS);
	switch (n->type) {
	case NODE_LIST:
		for (size_t i = 0; i < n->kids.n && s->flow == FLOW_ON; i++) {
			if (!walk(s, dot, n->kids.v[i]))
				return false;
		}
		return true;
	case NODE_TEXT:
		buf_add(s->out, n->text.p, n->text.n);
		return true;
	case NODE_ACTION:
		if (!exec_eval_pipe(s, dot, n->pipe, &v))
			return false;
		if (n->pipe->decls.n == 0)
			print_value(s, v);
		return true;
	case NODE_IF:
	case NODE_WITH:
		return walk_if(s, dot, n);
	case NODE_RANGE:
		return walk_range(s, dot, n);
	case NODE_TEMPLATE:
		return walk_template(s, dot, n);
	case NODE_BREAK:
		s->flow = FLOW_BREAK;
		return true;
	case NODE_CONTINUE:
		s->flow = FLOW_CONTINUE;
		return true;
	default:
		return exec_fail(s, "unknown node: %s", node_str(s->arena, n));
	}
}

int tmpl_exec(
	const struct tmpl *t, struct go_val data, unsigned options, struct buf *out, struct err *e)
{
	struct exec s = { .t = t, .arena = t->arena, .options = options, .out = out, .e = e };

	s.tree = tmpl_tree(t, slice_str(t->name));
	exec_push(&s, "$", data);
	if (!walk(&s, data, s.tree->root))
		return -1;
	if (!buf_ok(out))
		return err_set(e, ERR_INVALID, "template: output too long");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a pipeline of a template comes to: fields, variables, methods, functions with their arguments.
 * `final` is what comes out of the stage before (NULL: this is the first). The node at hand is kept in
 * the state, because errors name its line, column and text; false everywhere means an error is told.
 */
#include <stdio.h>
#include <string.h>

#include "tmpl_int.h"

/* --- errors --- */

bool exec_fail(struct exec *s, const char *fmt, ...)
{
	char text[ERR_MSG_MAX];
	const struct slice src = s->tree->source;
	size_t line = 1, start = 0;
	own_buf name = { 0 };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < s->node->pos && i < src.n; i++) {
		if (src.p[i] == '\n') {
			line++;
			start = i + 1;
		}
	}
	buf_init(&name, 1024);
	go_quote(&name, s->tree->name);
	err_set(s->e, ERR_INVALID, "template: %s:%zu:%zu: executing %s at <%s>: %s",
		s->tree->parse_name, line, s->node->pos - start, name.data,
		node_str(s->arena, s->node), text);
	return false;
}

static const char *quoted(struct exec *s, const char *text)
{
	own_buf b = { 0 };

	buf_init(&b, 4096);
	go_quote(&b, slice_str(text));
	return arena_strndup(s->arena, b.data, b.len);
}

const char *exec_printed(struct exec *s, struct go_val v)
{
	own_buf b = { 0 };

	buf_init(&b, 4096);
	go_print(&b, s->arena, v);
	return arena_strndup(s->arena, b.data, b.len);
}

/* --- variables --- */

void exec_push(struct exec *s, const char *name, struct go_val v)
{
	s->vars = arena_grow(s->arena, s->vars, &s->n_vars, sizeof(*s->vars));
	s->vars[s->n_vars - 1] = (struct variable){ name, v };
}

static struct variable *find(struct exec *s, const char *name)
{
	for (size_t i = s->n_vars; i-- > 0;) {
		if (strcmp(s->vars[i].name, name) == 0)
			return &s->vars[i];
	}
	return NULL;
}

bool exec_assign(struct exec *s, const char *name, struct go_val v)
{
	struct variable *var = find(s, name);

	if (var == NULL)
		return exec_fail(s, "undefined variable: %s", name);
	var->value = v;
	return true;
}

/* --- fields --- */

static bool eval_arg(struct exec *s, struct go_val dot, enum param type, const struct node *n,
	struct go_val *out);

static bool not_a_function(struct exec *s, const struct node_list *args, const struct go_val *final)
{
	if ((args && args->n > 1) || final)
		return exec_fail(s, "can't give argument to non-function %s",
			node_str(s->arena, args->v[0]));
	return true;
}

static bool call_method(struct exec *s, struct go_val dot, const struct go_method *m,
	struct go_val self, const struct node_list *args, const struct go_val *final,
	struct go_val *out)
{
	size_t n = (args ? args->n - 1 : 0) + (final ? 1 : 0);
	struct go_val arg;
	struct slice text;

	if (n != (m->has_arg ? 1 : 0))
		return exec_fail(s, "wrong number of args for %s: want %d got %zu", m->name,
			m->has_arg ? 1 : 0, n);
	if (n == 0) {
		*out = m->call(self.self, s->arena, NULL);
		return true;
	}
	arg = final ? *final : GO_NONE;
	if (!final && !eval_arg(s, dot, PARAM_STRING, args->v[1], &arg))
		return false;
	if (arg.type == NULL || (arg.type->kind != GO_STRING && arg.type->kind != GO_NUMBER))
		return exec_fail(s, "wrong type for value; expected string; got %s",
			go_type_name(s->arena, arg.type));
	text = go_text(s->arena, arg);
	*out = m->call(self.self, s->arena, &text);
	return true;
}

/* A table's header: the column's title; Label "a.b-c" makes "b c". */
static bool header_field(struct exec *s, struct go_val dot, const struct go_method *m,
	const struct node_list *args, struct go_val *out)
{
	struct go_val arg;
	struct slice head, last;
	char *text;

	if (m == NULL || (!m->has_arg && m->header == NULL)) {
		*out = GO_NONE;
		return true;
	}
	if (!m->has_arg) {
		*out = go_str(m->header);
		return true;
	}
	if (args == NULL || args->n != 2)
		return exec_fail(s, "wrong number of args for %s: want 1 got %zu", m->name,
			args ? args->n - 1 : 0);
	if (!eval_arg(s, dot, PARAM_STRING, args->v[1], &arg))
		return false;
	if (!slice_rcut(go_text(s->arena, arg), '.', &head, &last))
		last = go_text(s->arena, arg);
	text = arena_strndup(s->arena, last.p, last.n);
	for (char *c = text; *c; c++) {
		if (*c == '-' || *c == '_')
			*c = ' ';
	}
	*out = go_str(text);
	return true;
}

static bool map_field(
	struct exec *s, struct go_val map, const char *name, bool has_args, struct go_val *out)
{
	if (has_args)
		return exec_fail(s, "%s is not a method but has arguments", name);
	if (go_entry(map, name, out))
		return true;
	if (s->options & TMPL_MISSING_KEY_ERROR)
		return exec_fail(s, "map has no entry for key %s", quoted(s, name));
	*out = GO_NONE;
	return true;
}

struct field_of {
	struct go_val dot;
	const char *name;
	const struct node_list *args; /* with the field itself in front; or NULL */
	const struct go_val *final;
};

static bool eval_field(
	struct exec *s, const struct field_of *f, struct go_val receiver, struct go_val *out)
{
	bool is_nil, has_args = (f->args && f->args->n > 1) || f->final;
	const struct go_type *type = receiver.type;
	const struct go_method *m;

	if (type == NULL) {
		if (s->options & TMPL_MISSING_KEY_ERROR)
			return exec_fail(s, "nil data; no entry for key %s", quoted(s, f->name));
		*out = GO_NONE;
		return true;
	}
	receiver = go_indirect(receiver, &is_nil);
	if (receiver.type->kind == GO_ANY && is_nil)
		return exec_fail(
			s, "nil pointer evaluating %s.%s", go_type_name(s->arena, type), f->name);
	m = go_method_find(receiver.type, f->name);
	if (receiver.type->kind == GO_OBJECT && (s->options & TMPL_HEADER))
		return header_field(s, f->dot, m, f->args, out);
	if (m)
		return call_method(s, f->dot, m, receiver, f->args, f->final, out);
	if (receiver.type->kind == GO_STRUCT && go_field(receiver, f->name, out)) {
		if (has_args)
			return exec_fail(
				s, "%s has arguments but cannot be invoked as function", f->name);
		return true;
	}
	if (receiver.type->kind == GO_MAP)
		return map_field(s, receiver, f->name, has_args, out);
	if (receiver.type->kind == GO_PTR && is_nil &&
		(receiver.type->elem->kind != GO_STRUCT ||
			go_type_has_field(receiver.type->elem, f->name)))
		return exec_fail(
			s, "nil pointer evaluating %s.%s", go_type_name(s->arena, type), f->name);
	return exec_fail(
		s, "can't evaluate field %s in type %s", f->name, go_type_name(s->arena, type));
}

/* .a.b.c on v: only the last may take arguments. */
static bool eval_fields(struct exec *s, struct go_val dot, struct go_val v, const struct node *n,
	size_t first, const struct node_list *args, const struct go_val *final, struct go_val *out)
{
	for (size_t i = first; i < n->idents.n; i++) {
		bool is_last = i + 1 == n->idents.n;
		struct field_of f = { dot, n->idents.v[i], is_last ? args : NULL,
			is_last ? final : NULL };

		s->node = n;
		if (!eval_field(s, &f, v, &v))
			return false;
	}
	*out = v;
	return true;
}

/* --- functions --- */

static const char *const param_names[] = { [PARAM_ANY] = "interface {}",
	[PARAM_VALUE] = "reflect.Value",
	[PARAM_STRING] = "string",
	[PARAM_INT] = "int",
	[PARAM_STRINGS] = "[]string" };

static bool fits(enum param type, struct go_val v)
{
	switch (type) {
	case PARAM_STRING:
		return v.type->kind == GO_STRING;
	case PARAM_INT:
		return v.type == &go_int_type;
	case PARAM_STRINGS:
		return v.type->kind == GO_SLICE && v.type->elem->kind == GO_STRING;
	default:
		return true;
	}
}

static bool validate(struct exec *s, enum param type, struct go_val *v)
{
	if (v->type == NULL) {
		if (type == PARAM_STRING || type == PARAM_INT)
			return exec_fail(s, "invalid value; expected %s", param_names[type]);
		if (type == PARAM_STRINGS)
			*v = go_of(&go_strings_type, NULL);
		return true;
	}
	if (fits(type, *v))
		return true;
	if (v->type->kind == GO_ANY && v->node)
		*v = go_elem(*v);
	if (fits(type, *v))
		return true;
	if (v->type->kind == GO_PTR) {
		struct go_val elem = go_of(v->type->elem, v->node);

		if (fits(type, elem)) {
			if (v->node == NULL)
				return exec_fail(s, "dereference of nil pointer of type %s",
					param_names[type]);
			*v = elem;
			return true;
		}
	}
	return exec_fail(s, "wrong type for value; expected %s; got %s", param_names[type],
		go_type_name(s->arena, v->type));
}

static bool constant(struct exec *s, const struct node *n, struct go_val *out)
{
	const struct number *num = &n->number;
	const char *text = arena_strndup(s->arena, n->text.p, n->text.n);
	bool is_plain = text[0] != '\'' && !str_starts(text, "0x") && !str_starts(text, "0X");

	s->node = n;
	if (num->is_float && is_plain && strpbrk(text, ".eEpP")) {
		*out = (struct go_val){ .type = &go_float_type, .f = num->f };
		return true;
	}
	if (!num->is_int)
		return exec_fail(s, "%s overflows int", text);
	*out = go_int(num->i);
	return true;
}

static bool eval_function(struct exec *s, struct go_val dot, const struct node *ident,
	const struct node *at, const struct node_list *args, const struct go_val *final,
	struct go_val *out);

static bool eval_literal(struct exec *s, enum param type, const struct node *n, struct go_val *out)
{
	static const char *const nouns[] = { [PARAM_STRING] = "string", [PARAM_INT] = "integer" };

	switch (type) {
	case PARAM_STRING:
		if (n->type == NODE_STRING) {
			*out = go_strn(n->str.p, n->str.n);
			return true;
		}
		return exec_fail(s, "expected %s; found %s", nouns[type], node_str(s->arena, n));
	case PARAM_INT:
		if (n->type == NODE_NUMBER && n->number.is_int) {
			*out = go_int(n->number.i);
			return true;
		}
		return exec_fail(s, "expected %s; found %s", nouns[type], node_str(s->arena, n));
	case PARAM_STRINGS:
		return exec_fail(
			s, "can't handle %s for arg of type []string", node_str(s->arena, n));
	default:
		break;
	}
	if (n->type == NODE_NUMBER)
		return constant(s, n, out);
	*out = n->type == NODE_BOOL ? go_bool(n->truth) : go_strn(n->str.p, n->str.n);
	return true;
}

static bool eval_variable(struct exec *s, struct go_val dot, const struct node *n,
	const struct node_list *args, const struct go_val *final, struct go_val *out)
{
	struct variable *var = find(s, n->idents.v[0]);

	s->node = n;
	if (var == NULL)
		return exec_fail(s, "undefined variable: %s", n->idents.v[0]);
	if (n->idents.n > 1)
		return eval_fields(s, dot, var->value, n, 1, args, final, out);
	*out = var->value;
	return not_a_function(s, args, final);
}

static bool eval_chain(struct exec *s, struct go_val dot, const struct node *n,
	const struct node_list *args, const struct go_val *final, struct go_val *out)
{
	struct go_val v;

	s->node = n;
	if (n->pipe->type == NODE_NIL)
		return exec_fail(
			s, "indirection through explicit nil in %s", node_str(s->arena, n));
	if (!eval_arg(s, dot, PARAM_ANY, n->pipe, &v))
		return false;
	return eval_fields(s, dot, v, n, 0, args, final, out);
}

static bool eval_arg(struct exec *s, struct go_val dot, enum param type, const struct node *n,
	struct go_val *out)
{
	bool ok;

	s->node = n;
	switch (n->type) {
	case NODE_DOT:
		*out = dot;
		ok = true;
		break;
	case NODE_NIL:
		if (type == PARAM_STRING || type == PARAM_INT)
			return exec_fail(s, "cannot assign nil to %s", param_names[type]);
		*out = GO_NONE;
		ok = true;
		break;
	case NODE_FIELD:
		ok = eval_fields(s, dot, dot, n, 0, NULL, NULL, out);
		break;
	case NODE_VARIABLE:
		ok = eval_variable(s, dot, n, NULL, NULL, out);
		break;
	case NODE_PIPE:
		ok = exec_eval_pipe(s, dot, n, out);
		break;
	case NODE_IDENT:
		ok = eval_function(s, dot, n, n, NULL, NULL, out);
		break;
	case NODE_CHAIN:
		ok = eval_chain(s, dot, n, NULL, NULL, out);
		break;
	default:
		return eval_literal(s, type, n, out);
	}
	return ok && validate(s, type, out);
}

static size_t n_params(const struct func *f)
{
	size_t n = 0;

	while (f->params[n] != PARAM_END)
		n++;
	return n;
}

/* and, or: the first argument that decides is the result, the rest is not looked at. */
static bool short_circuit(struct exec *s, struct go_val dot, bool is_or,
	const struct node_list *args, const struct go_val *final, struct go_val *out)
{
	*out = GO_NONE;
	for (size_t i = 1; args && i < args->n; i++) {
		if (!eval_arg(s, dot, PARAM_VALUE, args->v[i], out))
			return false;
		if (go_truth(*out) == is_or)
			return true;
	}
	if (final)
		*out = *final;
	return true;
}

static bool count_args(struct exec *s, const struct func *f, size_t given, size_t n)
{
	size_t want = n_params(f);

	if (f->is_variadic && n < want - 1)
		return exec_fail(s, "wrong number of args for %s: want at least %zu got %zu",
			f->name, want - 1, given);
	if (!f->is_variadic && n != want)
		return exec_fail(
			s, "wrong number of args for %s: want %zu got %zu", f->name, want, n);
	return true;
}

static bool eval_function(struct exec *s, struct go_val dot, const struct node *ident,
	const struct node *at, const struct node_list *args, const struct go_val *final,
	struct go_val *out)
{
	const struct func *f = func_find(ident->text, s->options);
	size_t given = args ? args->n - 1 : 0;
	size_t n = given + (final ? 1 : 0);
	size_t last = n_params(f) - 1;
	struct go_val *argv = arena_array(s->arena, n + 1, sizeof(*argv));
	struct func_call call = { s->arena, argv, n, s->options,
		given && str_eq(f->name, "call") ? node_str(s->arena, args->v[1]) : NULL };
	const char *why;

	s->node = ident;
	if (!count_args(s, f, given, n))
		return false;
	if (str_eq(f->name, "and") || str_eq(f->name, "or"))
		return short_circuit(s, dot, f->name[0] == 'o', args, final, out);
	for (size_t i = 0; i < given; i++) {
		if (!eval_arg(s, dot, f->params[i < last ? i : last], args->v[i + 1], &argv[i]))
			return false;
	}
	if (final) {
		argv[n - 1] = *final;
		if (!validate(s, f->params[n - 1 < last ? n - 1 : last], &argv[n - 1]))
			return false;
	}
	if (f->call(&call, out, &why))
		return true;
	s->node = at;
	return exec_fail(s, "error calling %s: %s", f->name, why);
}

/* --- pipelines --- */

static bool eval_command(struct exec *s, struct go_val dot, const struct node *cmd,
	const struct go_val *final, struct go_val *out)
{
	const struct node *first = cmd->kids.v[0];

	switch (first->type) {
	case NODE_FIELD:
		return eval_fields(s, dot, dot, first, 0, &cmd->kids, final, out);
	case NODE_CHAIN:
		return eval_chain(s, dot, first, &cmd->kids, final, out);
	case NODE_IDENT:
		return eval_function(s, dot, first, cmd, &cmd->kids, final, out);
	case NODE_PIPE:
		return not_a_function(s, &cmd->kids, final) && exec_eval_pipe(s, dot, first, out);
	case NODE_VARIABLE:
		return eval_variable(s, dot, first, &cmd->kids, final, out);
	default:
		break;
	}
	s->node = first;
	if (!not_a_function(s, &cmd->kids, final))
		return false;
	if (first->type == NODE_DOT) {
		*out = dot;
		return true;
	}
	if (first->type == NODE_NIL)
		return exec_fail(s, "nil is not a command");
	return eval_literal(s, PARAM_ANY, first, out);
}

bool exec_eval_pipe(struct exec *s, struct go_val dot, const struct node *pipe, struct go_val *out)
{
	struct go_val v = GO_NONE;

	s->node = pipe;
	for (size_t i = 0; i < pipe->kids.n; i++) {
		struct go_val before = v;

		if (!eval_command(s, dot, pipe->kids.v[i], i ? &before : NULL, &v))
			return false;
		v = go_unwrap(v);
	}
	for (size_t i = 0; i < pipe->decls.n; i++) {
		const char *name = pipe->decls.v[i]->idents.v[0];

		if (!pipe->is_assign)
			exec_push(s, name, v);
		else if (!exec_assign(s, name, v))
			return false;
	}
	*out = v;
	return true;
}

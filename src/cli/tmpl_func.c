/* SPDX-License-Identifier: Apache-2.0 */
/* The functions a template may call: one table, Go's built-ins and docker's. */
#include <stdio.h>
#include <string.h>

#include "tmpl_int.h"
#include "utf8.h"

#define MAX_TEXT (64U << 20)

static bool fail(const struct func_call *c, const char **why, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static bool fail(const struct func_call *c, const char **why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*why = arena_vprintf(c->arena, fmt, ap);
	va_end(ap);
	return false;
}

static struct go_val text_val(const struct func_call *c, const struct buf *b)
{
	return go_strn(arena_strndup(c->arena, b->data, b->len), b->len);
}

static bool is_text(struct go_val v)
{
	return v.type && (v.type->kind == GO_STRING || v.type->kind == GO_NUMBER);
}

/* fmt.Sprint: a blank between two operands that are no strings. */
static void sprint(struct buf *b, const struct func_call *c)
{
	bool was_text = true;

	for (size_t i = 0; i < c->n; i++) {
		bool text = c->args[i].type && go_unwrap(c->args[i]).type &&
			    go_unwrap(c->args[i]).type->kind == GO_STRING;

		if (i > 0 && !text && !was_text)
			buf_char(b, ' ');
		go_print(b, c->arena, c->args[i]);
		was_text = text;
	}
}

struct go_val func_sprint(const struct func_call *c)
{
	own_buf b = { 0 };

	if (c->n == 1 && is_text(c->args[0])) {
		struct slice s = go_text(c->arena, c->args[0]);

		return go_strn(s.p, s.n);
	}
	buf_init(&b, MAX_TEXT);
	sprint(&b, c);
	return text_val(c, &b);
}

static bool func_print(const struct func_call *c, struct go_val *out, const char **why)
{
	own_buf b = { 0 };

	buf_init(&b, MAX_TEXT);
	sprint(&b, c);
	*out = text_val(c, &b);
	return true;
}

static bool func_println(const struct func_call *c, struct go_val *out, const char **why)
{
	own_buf b = { 0 };

	buf_init(&b, MAX_TEXT);
	for (size_t i = 0; i < c->n; i++) {
		if (i > 0)
			buf_char(&b, ' ');
		go_print(&b, c->arena, c->args[i]);
	}
	buf_char(&b, '\n');
	*out = text_val(c, &b);
	return true;
}

static bool func_printf(const struct func_call *c, struct go_val *out, const char **why)
{
	own_buf b = { 0 };

	buf_init(&b, MAX_TEXT);
	go_printf(&b, c->arena, c->args[0].s, c->args + 1, c->n - 1);
	*out = text_val(c, &b);
	return true;
}

static bool func_not(const struct func_call *c, struct go_val *out, const char **why)
{
	*out = go_bool(!go_truth(c->args[0]));
	return true;
}

static bool func_never(const struct func_call *c, struct go_val *out, const char **why)
{
	*out = GO_NONE;
	return true;
}

static bool func_call_value(const struct func_call *c, struct go_val *out, const char **why)
{
	if (c->args[0].type == NULL)
		return fail(c, why, "call of nil");
	return fail(c, why, "non-function %s of type %s", c->first,
		go_type_name(c->arena, go_unwrap(c->args[0]).type));
}

static bool func_len(const struct func_call *c, struct go_val *out, const char **why)
{
	bool is_nil;
	struct go_val v = go_indirect(c->args[0], &is_nil);

	if (v.type == NULL)
		return fail(c, why, "reflect: call of reflect.Value.Type on zero Value");
	if (is_nil)
		return fail(c, why, "len of nil pointer");
	if (v.type->kind == GO_NUMBER)
		v = (struct go_val){ .type = &go_string_type, .s = go_text(c->arena, v) };
	if (v.type->kind != GO_STRING && v.type->kind != GO_SLICE && v.type->kind != GO_MAP)
		return fail(c, why, "len of type %s", go_type_name(c->arena, v.type));
	*out = go_int((int64_t)go_len(v));
	return true;
}

static bool index_arg(
	const struct func_call *c, struct go_val i, size_t len, size_t *out, const char **why)
{
	int64_t n;

	i = go_unwrap(i);
	if (i.type == NULL)
		return fail(c, why, "cannot index slice/array with nil");
	if (i.type->kind != GO_INT && i.type->kind != GO_UINT)
		return fail(c, why, "cannot index slice/array with type %s",
			go_type_name(c->arena, i.type));
	n = i.i;
	if (n < 0 || (uint64_t)n > len)
		return fail(c, why, "index out of range: %lld", (long long)n);
	*out = (size_t)n;
	return true;
}

static bool index_map(const struct func_call *c, struct go_val map, struct go_val key,
	struct go_val *out, const char **why)
{
	struct slice s;

	key = go_unwrap(key);
	if (key.type == NULL)
		return fail(c, why, "value is nil; should be of type string");
	if (key.type->kind != GO_STRING)
		return fail(c, why, "value has type %s; should be string",
			go_type_name(c->arena, key.type));
	s = key.s;
	if (!go_entry(map, arena_strndup(c->arena, s.p, s.n), out))
		*out = go_of(map.type->elem, NULL);
	return true;
}

static bool func_index(const struct func_call *c, struct go_val *out, const char **why)
{
	struct go_val v = go_unwrap(c->args[0]);

	if (v.type == NULL)
		return fail(c, why, "index of untyped nil");
	for (size_t i = 1; i < c->n; i++) {
		bool is_nil;
		size_t at;

		v = go_indirect(v, &is_nil);
		if (is_nil || v.type == NULL)
			return fail(c, why, "index of nil pointer");
		switch (v.type->kind) {
		case GO_SLICE:
		case GO_STRING:
			if (!index_arg(c, c->args[i], go_len(v), &at, why))
				return false;
			if (at >= go_len(v))
				return fail(c, why, "index out of range: %zu", at);
			if (v.type->kind == GO_STRING)
				v = (struct go_val){ .type = &go_uint_type,
					.u = (unsigned char)v.s.p[at] };
			else
				v = go_at(v, at);
			break;
		case GO_MAP:
			if (!index_map(c, v, c->args[i], &v, why))
				return false;
			break;
		default:
			return fail(c, why, "can't index item of type %s",
				go_type_name(c->arena, v.type));
		}
	}
	*out = v;
	return true;
}

static struct go_val made_list(const struct func_call *c, size_t n)
{
	struct go_list *l = ARENA_NEW(c->arena, struct go_list);

	l->v = arena_array(c->arena, n + 1, sizeof(*l->v));
	l->n = n;
	return (struct go_val){ .type = &go_strings_type, .list = l, .is_list = true };
}

static bool func_slice(const struct func_call *c, struct go_val *out, const char **why)
{
	bool is_nil;
	struct go_val v = go_indirect(c->args[0], &is_nil);
	size_t bound[2] = { 0, 0 };

	if (v.type == NULL || is_nil)
		return fail(c, why, "slice of untyped nil");
	if (c->n > 4)
		return fail(c, why, "too many slice indexes: %zu", c->n - 1);
	if (v.type->kind != GO_STRING && v.type->kind != GO_SLICE)
		return fail(c, why, "can't slice item of type %s", go_type_name(c->arena, v.type));
	if (v.type->kind == GO_STRING && c->n == 4)
		return fail(c, why, "cannot 3-index slice a string");
	bound[1] = go_len(v);
	for (size_t i = 1; i < c->n && i <= 2; i++) {
		if (!index_arg(c, c->args[i], go_len(v), &bound[i - 1], why))
			return false;
	}
	if (bound[0] > bound[1])
		return fail(c, why, "invalid slice index: %zu > %zu", bound[0], bound[1]);
	if (v.type->kind == GO_STRING) {
		*out = go_strn(v.s.p + bound[0], bound[1] - bound[0]);
		return true;
	}
	*out = made_list(c, bound[1] - bound[0]);
	out->type = v.type;
	for (size_t i = bound[0]; i < bound[1]; i++)
		out->list->v[i - bound[0]] = go_at(v, i);
	return true;
}

/* --- docker's --- */

static bool func_json(const struct func_call *c, struct go_val *out, const char **why)
{
	own_buf b = { 0 };

	buf_init(&b, MAX_TEXT);
	go_json(&b, c->arena, c->args[0], false);
	*out = text_val(c, &b);
	return true;
}

static bool func_split(const struct func_call *c, struct go_val *out, const char **why)
{
	struct slice s = c->args[0].s, sep = c->args[1].s, rest = s;
	size_t n = 0;

	*out = made_list(c, s.n + 1);
	while (sep.n > 0) {
		const char *cut = memmem(rest.p, rest.n, sep.p, sep.n);

		if (cut == NULL)
			break;
		out->list->v[n++] = go_strn(rest.p, (size_t)(cut - rest.p));
		rest.n -= (size_t)(cut - rest.p) + sep.n;
		rest.p = cut + sep.n;
	}
	for (size_t len; sep.n == 0 && rest.n > 0; rest.p += len, rest.n -= len) {
		utf8_next(rest, &len);
		out->list->v[n++] = go_strn(rest.p, len);
	}
	if (sep.n > 0)
		out->list->v[n++] = go_strn(rest.p, rest.n);
	((struct go_list *)out->list)->n = n;
	return true;
}

static bool func_join(const struct func_call *c, struct go_val *out, const char **why)
{
	own_buf b = { 0 };

	buf_init(&b, MAX_TEXT);
	for (size_t i = 0; i < go_len(c->args[0]); i++) {
		struct go_val v = go_at(c->args[0], i);

		if (i)
			buf_add(&b, c->args[1].s.p, c->args[1].s.n);
		buf_add(&b, v.s.p, v.s.n);
	}
	*out = text_val(c, &b);
	return true;
}

/* Each letter through fn. */
static struct go_val map_letters(const struct func_call *c, uint32_t (*fn)(uint32_t))
{
	struct slice s = c->args[0].s;
	char *out = arena_alloc(c->arena, 4 * s.n + 1);
	size_t n = 0;

	for (size_t len; s.n > 0; s.p += len, s.n -= len) {
		uint32_t rune = utf8_next(s, &len);

		n += utf8_encode(fn(rune), out + n);
	}
	return go_strn(out, n);
}

static bool func_lower(const struct func_call *c, struct go_val *out, const char **why)
{
	*out = map_letters(c, utf8_lower);
	return true;
}

static bool func_upper(const struct func_call *c, struct go_val *out, const char **why)
{
	*out = map_letters(c, utf8_upper);
	return true;
}

/* strings.Title: the first letter of each word; letters, digits and '_' make a word. */
static bool func_title(const struct func_call *c, struct go_val *out, const char **why)
{
	struct slice s = c->args[0].s;
	char *text = arena_alloc(c->arena, 4 * s.n + 1);
	size_t n = 0;
	bool in_word = false;

	for (size_t len; s.n > 0; s.p += len, s.n -= len) {
		uint32_t rune = utf8_next(s, &len);

		n += utf8_encode(in_word ? rune : utf8_upper(rune), text + n);
		in_word = utf8_upper(rune) != utf8_lower(rune) || (rune >= '0' && rune <= '9') ||
			  rune == '_' || rune >= 0x80;
	}
	*out = go_strn(text, n);
	return true;
}

static bool func_pad(const struct func_call *c, struct go_val *out, const char **why)
{
	own_buf b = { 0 };
	struct slice s = c->args[0].s;

	if (c->args[1].i < 0 || c->args[2].i < 0)
		return fail(c, why, "strings: negative Repeat count");
	if (c->args[1].i > 1 << 20 || c->args[2].i > 1 << 20)
		return fail(c, why, "strings: Repeat output length overflow");
	buf_init(&b, MAX_TEXT);
	if (s.n > 0) {
		buf_pad(&b, ' ', (size_t)c->args[1].i);
		buf_add(&b, s.p, s.n);
		buf_pad(&b, ' ', (size_t)c->args[2].i);
	}
	*out = text_val(c, &b);
	return true;
}

static bool func_truncate(const struct func_call *c, struct go_val *out, const char **why)
{
	int64_t n = c->args[1].i;

	*out = c->args[0];
	if ((int64_t)out->s.n < n)
		return true;
	if (n < 0)
		return fail(
			c, why, "runtime error: slice bounds out of range [:%lld]", (long long)n);
	out->s.n = (size_t)n;
	return true;
}

static bool func_first(const struct func_call *c, struct go_val *out, const char **why)
{
	*out = c->args[0];
	return true;
}

static const struct func funcs[] = {
	{ "and", { PARAM_VALUE, PARAM_VALUE }, true, func_never },
	{ "call", { PARAM_VALUE, PARAM_VALUE }, true, func_call_value },
	{ "eq", { PARAM_VALUE, PARAM_VALUE }, true, func_eq },
	{ "ge", { PARAM_VALUE, PARAM_VALUE }, false, func_ge },
	{ "gt", { PARAM_VALUE, PARAM_VALUE }, false, func_gt },
	{ "html", { PARAM_ANY }, true, func_html },
	{ "index", { PARAM_VALUE, PARAM_VALUE }, true, func_index },
	{ "join", { PARAM_STRINGS, PARAM_STRING }, false, func_join },
	{ "js", { PARAM_ANY }, true, func_js },
	{ "json", { PARAM_ANY }, false, func_json },
	{ "le", { PARAM_VALUE, PARAM_VALUE }, false, func_le },
	{ "len", { PARAM_VALUE }, false, func_len },
	{ "lower", { PARAM_STRING }, false, func_lower },
	{ "lt", { PARAM_VALUE, PARAM_VALUE }, false, func_lt },
	{ "ne", { PARAM_VALUE, PARAM_VALUE }, false, func_ne },
	{ "not", { PARAM_VALUE }, false, func_not },
	{ "or", { PARAM_VALUE, PARAM_VALUE }, true, func_never },
	{ "pad", { PARAM_STRING, PARAM_INT, PARAM_INT }, false, func_pad },
	{ "print", { PARAM_ANY }, true, func_print },
	{ "printf", { PARAM_STRING, PARAM_ANY }, true, func_printf },
	{ "println", { PARAM_ANY }, true, func_println },
	{ "slice", { PARAM_VALUE, PARAM_VALUE }, true, func_slice },
	{ "split", { PARAM_STRING, PARAM_STRING }, false, func_split },
	{ "title", { PARAM_STRING }, false, func_title },
	{ "truncate", { PARAM_STRING, PARAM_INT }, false, func_truncate },
	{ "upper", { PARAM_STRING }, false, func_upper },
	{ "urlquery", { PARAM_ANY }, true, func_urlquery },
};

/* A table's header line runs through the same template: the titles stay as they are. */
static const struct func header_funcs[] = {
	{ "json", { PARAM_STRING }, false, func_first },
	{ "split", { PARAM_STRING, PARAM_STRING }, false, func_first },
	{ "join", { PARAM_STRING, PARAM_STRING }, false, func_first },
	{ "title", { PARAM_STRING }, false, func_first },
	{ "lower", { PARAM_STRING }, false, func_first },
	{ "upper", { PARAM_STRING }, false, func_first },
	{ "truncate", { PARAM_STRING, PARAM_INT }, false, func_first },
};

const struct func *func_find(struct slice name, unsigned options)
{
	const size_t n_header = sizeof(header_funcs) / sizeof(header_funcs[0]);

	for (size_t i = 0; (options & TMPL_HEADER) && i < n_header; i++) {
		if (slice_eq(name, header_funcs[i].name))
			return &header_funcs[i];
	}
	for (size_t i = 0; i < sizeof(funcs) / sizeof(funcs[0]); i++) {
		if (slice_eq(name, funcs[i].name))
			return &funcs[i];
	}
	return NULL;
}

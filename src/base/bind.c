/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding by table. bind_encode.c is the way back. */
#include "bind.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bind_int.h"

/* Where in the document we are, for error texts: Config.Env */
struct path {
	const struct path *up;
	const char *key;
};

static void path_text(const struct path *p, char *out, size_t size)
{
	if (!p) {
		out[0] = 0;
		return;
	}
	path_text(p->up, out, size);
	size_t n = strlen(out);
	snprintf(out + n, size - n, "%s%s", n ? "." : "", p->key);
}

static int mismatch(const struct json *v, const struct path *at, const char *wanted, struct err *e)
{
	static const char *const kinds[] = { "null", "bool", "number", "number", "string", "array",
		"object" };
	char where[256];

	path_text(at, where, sizeof(where));
	return err_set(e, ERR_INVALID,
		"json: cannot unmarshal %s into Go struct field %s of type %s", kinds[json_type(v)],
		where, wanted);
}

static int decode_object(struct arena *a, const struct json *obj, const struct bind_field *fields,
	const struct path *at, void *out, struct err *e);

struct decode {
	struct arena *arena;
	const struct bind_field *field;
	const struct path *at;
};

static int get_signed(const struct decode *d, const struct json *v, int64_t min, int64_t max,
	int64_t *out, struct err *e)
{
	if (json_type(v) != JSON_INT)
		return mismatch(v, d->at, "int64", e);
	*out = json_i64(v, 0);
	if (*out < min || *out > max || (*out == INT64_MAX && json_u64(v, 0) > INT64_MAX))
		return mismatch(v, d->at, max == INT32_MAX ? "int32" : "int64", e);
	return 0;
}

static int get_unsigned(
	const struct decode *d, const struct json *v, uint64_t max, uint64_t *out, struct err *e)
{
	if (json_type(v) != JSON_INT || (json_i64(v, 0) < 0))
		return mismatch(v, d->at, "uint64", e);
	*out = json_u64(v, 0);
	return *out > max ? mismatch(v, d->at, max == UINT16_MAX ? "uint16" : "uint32", e) : 0;
}

static int decode_number(const struct decode *d, const struct json *v, void *out, struct err *e)
{
	enum bind_type type = d->field->type;
	int64_t i;
	uint64_t u;

	switch (type) {
	case BIND_T_I32:
		if (get_signed(d, v, INT32_MIN, INT32_MAX, &i, e))
			return -1;
		*(int32_t *)out = (int32_t)i;
		return 0;
	case BIND_T_I64:
		return get_signed(d, v, INT64_MIN, INT64_MAX, out, e);
	case BIND_T_U16:
		if (get_unsigned(d, v, UINT16_MAX, &u, e))
			return -1;
		*(uint16_t *)out = (uint16_t)u;
		return 0;
	case BIND_T_U32:
		if (get_unsigned(d, v, UINT32_MAX, &u, e))
			return -1;
		*(uint32_t *)out = (uint32_t)u;
		return 0;
	case BIND_T_U64:
		return get_unsigned(d, v, UINT64_MAX, out, e);
	default:
		if (json_type(v) != JSON_INT && json_type(v) != JSON_FLOAT)
			return mismatch(v, d->at, "float64", e);
		*(double *)out = json_f64(v, 0);
		return 0;
	}
}

/* BOOLP, I64P, U32P, U64P: the value goes into a cell of its own. */
static int decode_pointer(const struct decode *d, const struct json *v, void *out, struct err *e)
{
	struct bind_field plain = *d->field;
	struct decode inner = { d->arena, &plain, d->at };
	void *cell = arena_alloc(d->arena, sizeof(uint64_t));

	if (d->field->type == BIND_T_BOOLP) {
		if (json_type(v) != JSON_BOOL)
			return mismatch(v, d->at, "bool", e);
		*(bool *)cell = json_bool(v, false);
	} else {
		plain.type = d->field->type == BIND_T_I64P   ? BIND_T_I64
			     : d->field->type == BIND_T_U32P ? BIND_T_U32
							     : BIND_T_U64;
		if (decode_number(&inner, v, cell, e))
			return -1;
	}
	*(void **)out = cell;
	return 0;
}

static int decode_strs(const struct decode *d, const struct json *v, void *out, struct err *e)
{
	struct str_list *l = out;

	if (d->field->type == BIND_T_STRS1 && json_type(v) == JSON_STR) {
		*l = (struct str_list){ 0 };
		str_list_add(d->arena, l, json_str(v, ""));
		return 0;
	}
	if (json_type(v) != JSON_ARR)
		return mismatch(v, d->at, "[]string", e);
	size_t n = json_len(v);
	l->v = arena_array(d->arena, n ? n : 1, sizeof(*l->v));
	for (l->n = 0; l->n < n; l->n++) {
		const struct json *item = json_at(v, l->n);
		if (json_type(item) != JSON_STR && json_type(item) != JSON_NULL)
			return mismatch(item, d->at, "string", e);
		l->v[l->n] = arena_strdup(d->arena, json_str(item, ""));
	}
	return 0;
}

static int decode_u32s(
	const struct decode *d, const struct json *v, struct bind_list *l, struct err *e)
{
	uint64_t u;

	if (json_type(v) != JSON_ARR)
		return mismatch(v, d->at, "[]uint32", e);
	size_t n = json_len(v);
	l->v = arena_array(d->arena, n ? n : 1, sizeof(uint32_t));
	for (l->n = 0; l->n < n; l->n++) {
		if (get_unsigned(d, json_at(v, l->n), UINT32_MAX, &u, e))
			return -1;
		((uint32_t *)l->v)[l->n] = (uint32_t)u;
	}
	return 0;
}

static int decode_strmap(const struct decode *d, const struct json *v, void *out, struct err *e)
{
	struct str_map *m = out;

	if (json_type(v) != JSON_OBJ)
		return mismatch(v, d->at, "map[string]string", e);
	size_t n = json_len(v);
	m->keys = arena_array(d->arena, n ? n : 1, sizeof(*m->keys));
	m->v = arena_array(d->arena, n ? n : 1, sizeof(*m->v));
	m->n = 0;
	for (struct json_iter it = json_iter(v); json_next(&it); m->n++) {
		if (json_type(it.value) != JSON_STR && json_type(it.value) != JSON_NULL)
			return mismatch(it.value, d->at, "string", e);
		m->keys[m->n] = arena_strdup(d->arena, it.key);
		m->v[m->n] = arena_strdup(d->arena, json_str(it.value, ""));
	}
	return 0;
}

static int decode_set(const struct decode *d, const struct json *v, void *out, struct err *e)
{
	struct str_list *l = out;

	if (json_type(v) != JSON_OBJ)
		return mismatch(v, d->at, "map[string]struct {}", e);
	size_t n = json_len(v);
	l->v = arena_array(d->arena, n ? n : 1, sizeof(*l->v));
	l->n = 0;
	for (struct json_iter it = json_iter(v); json_next(&it);)
		l->v[l->n++] = arena_strdup(d->arena, it.key);
	return 0;
}

static int decode_objs(
	const struct decode *d, const struct json *v, struct bind_list *l, struct err *e)
{
	const struct bind_field *f = d->field;

	if (json_type(v) != JSON_ARR)
		return mismatch(v, d->at, "[]object", e);
	size_t n = json_len(v);
	l->v = arena_array(d->arena, n ? n : 1, f->size);
	for (l->n = 0; l->n < n; l->n++)
		if (decode_object(d->arena, json_at(v, l->n), f->fields, d->at,
			    (char *)l->v + l->n * f->size, e))
			return -1;
	return 0;
}

static int decode_map(
	const struct decode *d, const struct json *v, struct bind_map *m, struct err *e)
{
	const struct bind_field *f = d->field;
	bool lists = f->type == BIND_T_OBJSMAP;
	size_t size = lists ? sizeof(struct bind_list) : f->size;

	if (json_type(v) != JSON_OBJ)
		return mismatch(v, d->at, "map[string]object", e);
	size_t n = json_len(v);
	m->keys = arena_array(d->arena, n ? n : 1, sizeof(*m->keys));
	m->v = arena_array(d->arena, n ? n : 1, size);
	m->n = 0;
	for (struct json_iter it = json_iter(v); json_next(&it); m->n++) {
		void *item = (char *)m->v + m->n * size;
		m->keys[m->n] = arena_strdup(d->arena, it.key);
		if (json_type(it.value) == JSON_NULL)
			continue;
		if (lists ? decode_objs(d, it.value, item, e)
			  : decode_object(d->arena, it.value, f->fields, d->at, item, e))
			return -1;
	}
	return 0;
}

static int decode_nested(const struct decode *d, const struct json *v, void *out, struct err *e)
{
	const struct bind_field *f = d->field;

	switch (f->type) {
	case BIND_T_OBJ:
		return decode_object(d->arena, v, f->fields, d->at, out, e);
	case BIND_T_OBJP:
		*(void **)out = arena_alloc(d->arena, f->size);
		return decode_object(d->arena, v, f->fields, d->at, *(void **)out, e);
	case BIND_T_OBJS:
		return decode_objs(d, v, out, e);
	default:
		return decode_map(d, v, out, e);
	}
}

static const char *node_text(struct arena *a, const struct json *v)
{
	own_buf b = { 0 };

	buf_init(&b, SIZE_MAX / 4);
	json_print(v, NULL, &b);
	return arena_strndup(a, b.data, b.len);
}

static int decode_value(const struct decode *d, const struct json *v, void *out, struct err *e)
{
	switch (d->field->type) {
	case BIND_T_STR:
	case BIND_T_STRP:
		if (json_type(v) != JSON_STR)
			return mismatch(v, d->at, "string", e);
		*(const char **)out = arena_strdup(d->arena, json_str(v, ""));
		return 0;
	case BIND_T_BOOL:
		if (json_type(v) != JSON_BOOL)
			return mismatch(v, d->at, "bool", e);
		*(bool *)out = json_bool(v, false);
		return 0;
	case BIND_T_I32:
	case BIND_T_I64:
	case BIND_T_U16:
	case BIND_T_U32:
	case BIND_T_U64:
	case BIND_T_F64:
		return decode_number(d, v, out, e);
	case BIND_T_BOOLP:
	case BIND_T_I64P:
	case BIND_T_U32P:
	case BIND_T_U64P:
		return decode_pointer(d, v, out, e);
	case BIND_T_STRS:
	case BIND_T_STRS1:
		return decode_strs(d, v, out, e);
	case BIND_T_STRMAP:
		return decode_strmap(d, v, out, e);
	case BIND_T_U32S:
		return decode_u32s(d, v, out, e);
	case BIND_T_SET:
		return decode_set(d, v, out, e);
	case BIND_T_RAW:
		*(const char **)out = node_text(d->arena, v);
		return 0;
	case BIND_T_OBJ:
	case BIND_T_OBJP:
	case BIND_T_OBJS:
	case BIND_T_OBJMAP:
	case BIND_T_OBJSMAP:
		return decode_nested(d, v, out, e);
	case BIND_T_REST:
	case BIND_T_END:
		break;
	}
	return 0;
}

static const struct bind_field *field_for(const struct bind_field *fields, const char *key)
{
	const struct bind_field *loose = NULL;

	for (const struct bind_field *f = fields; f->type; f++) {
		if (!f->key)
			continue;
		if (strcmp(f->key, key) == 0)
			return f;
		if (!loose && strcasecmp(f->key, key) == 0)
			loose = f;
	}
	return loose;
}

static const struct bind_field *rest_field(const struct bind_field *fields)
{
	for (const struct bind_field *f = fields; f->type; f++)
		if (f->type == BIND_T_REST)
			return f;
	return NULL;
}

/* Gathers members without a row as the text of an object; NULL when there is none. */
static const char *rest_text(
	struct arena *a, const struct json *obj, const struct bind_field *fields)
{
	struct jsonw w;
	own_buf b = { 0 }, value = { 0 };
	size_t n = 0;

	buf_init(&b, SIZE_MAX / 4);
	buf_init(&value, SIZE_MAX / 4);
	jsonw_init(&w, &b, NULL);
	jsonw_obj(&w);
	for (struct json_iter it = json_iter(obj); json_next(&it);) {
		if (field_for(fields, it.key))
			continue;
		buf_clear(&value);
		json_print(it.value, NULL, &value);
		jsonw_key(&w, it.key);
		jsonw_raw(&w, value.data);
		n++;
	}
	jsonw_obj_end(&w);
	return n ? arena_strndup(a, b.data, b.len) : NULL;
}

static int decode_object(struct arena *a, const struct json *obj, const struct bind_field *fields,
	const struct path *at, void *out, struct err *e)
{
	if (json_type(obj) == JSON_NULL)
		return 0;
	if (json_type(obj) != JSON_OBJ)
		return mismatch(obj, at, "object", e);
	for (struct json_iter it = json_iter(obj); json_next(&it);) {
		const struct bind_field *f = field_for(fields, it.key);
		if (!f || json_type(it.value) == JSON_NULL)
			continue;
		struct path here = { at, f->key };
		struct decode d = { a, f, &here };
		if (decode_value(&d, it.value, (char *)out + f->offset, e))
			return -1;
	}
	const struct bind_field *rest = rest_field(fields);
	if (rest)
		*(const char **)((char *)out + rest->offset) = rest_text(a, obj, fields);
	return 0;
}

int bind_decode(struct arena *a, const struct json *obj, const struct bind_field *fields, void *out,
	struct err *e)
{
	return decode_object(a, obj, fields, NULL, out, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Looking into values; printing them is go_print.c's, JSON go_json.c's. */
#include "go_value.h"

#include <stdlib.h>
#include <string.h>

const struct go_type go_bool_type = { GO_BOOL, "bool", NULL, NULL, NULL };
const struct go_type go_int_type = { GO_INT, "int", NULL, NULL, NULL };
const struct go_type go_int64_type = { GO_INT, "int64", NULL, NULL, NULL };
const struct go_type go_uint_type = { GO_UINT, "uint", NULL, NULL, NULL };
const struct go_type go_uint16_type = { GO_UINT, "uint16", NULL, NULL, NULL };
const struct go_type go_uint64_type = { GO_UINT, "uint64", NULL, NULL, NULL };
const struct go_type go_float_type = { GO_FLOAT, "float64", NULL, NULL, NULL };
const struct go_type go_string_type = { GO_STRING, "string", NULL, NULL, NULL };
const struct go_type go_number_type = { GO_NUMBER, "json.Number", NULL, NULL, NULL };
const struct go_type go_any_type = { GO_ANY, "interface {}", NULL, NULL, NULL };
const struct go_type go_any_slice_type = { GO_SLICE, NULL, &go_any_type, NULL, NULL };
const struct go_type go_any_map_type = { GO_MAP, NULL, &go_any_type, NULL, NULL };
const struct go_type go_strings_type = { GO_SLICE, NULL, &go_string_type, NULL, NULL };
const struct go_type go_string_map_type = { GO_MAP, NULL, &go_string_type, NULL, NULL };
const struct go_type go_time_type = { GO_TIME, "time.Time", NULL, NULL, NULL };

static const struct go_field no_fields[] = { { 0 } };
const struct go_type go_empty_type = { GO_STRUCT, "struct {}", NULL, no_fields, NULL };

struct go_val go_of(const struct go_type *type, struct json *node)
{
	struct go_val v = { .type = type };

	if (json_type(node) == JSON_NULL)
		node = NULL;
	switch (type->kind) {
	case GO_BOOL:
		v.b = json_bool(node, false);
		break;
	case GO_INT:
		v.i = json_i64(node, 0);
		break;
	case GO_UINT:
		v.u = json_u64(node, 0);
		break;
	case GO_FLOAT:
		v.f = json_f64(node, 0);
		break;
	case GO_STRING:
		v.s = slice_str(json_str(node, ""));
		break;
	default:
		v.node = node;
	}
	return v;
}

struct go_val go_str(const char *s)
{
	return (struct go_val){ .type = &go_string_type, .s = slice_str(s ? s : "") };
}

struct go_val go_strn(const char *s, size_t n)
{
	return (struct go_val){ .type = &go_string_type, .s = { s, n } };
}

struct go_val go_int(int64_t i)
{
	return (struct go_val){ .type = &go_int_type, .i = i };
}

struct go_val go_bool(bool b)
{
	return (struct go_val){ .type = &go_bool_type, .b = b };
}

struct go_val go_object(const struct go_type *type, void *self)
{
	return (struct go_val){ .type = type, .self = self };
}

const char *go_type_name(struct arena *a, const struct go_type *t)
{
	const char *elem;

	if (t == NULL)
		return "<nil>";
	if (t->name)
		return t->name;
	elem = go_type_name(a, t->elem);
	if (t->kind == GO_SLICE)
		return arena_printf(a, "[]%s", elem);
	if (t->kind == GO_MAP)
		return arena_printf(a, "map[string]%s", elem);
	return arena_printf(a, "*%s", elem);
}

bool go_is_nil(struct go_val v)
{
	if (v.type == NULL)
		return true;
	switch (v.type->kind) {
	case GO_PTR:
	case GO_ANY:
	case GO_MAP:
		return v.node == NULL;
	case GO_SLICE:
		return v.is_list ? v.list == NULL : v.node == NULL;
	default:
		return false;
	}
}

static struct go_val any_elem(struct json *node)
{
	switch (json_type(node)) {
	case JSON_BOOL:
		return go_of(&go_bool_type, node);
	case JSON_STR:
		return go_of(&go_string_type, node);
	case JSON_ARR:
		return go_of(&go_any_slice_type, node);
	case JSON_OBJ:
		return go_of(&go_any_map_type, node);
	case JSON_INT:
	case JSON_FLOAT:
		return go_of(&go_number_type, node);
	default:
		return GO_NONE;
	}
}

struct go_val go_elem(struct go_val v)
{
	if (v.type == NULL)
		return GO_NONE;
	if (v.type->kind == GO_ANY)
		return any_elem(v.node);
	if (v.type->kind == GO_PTR)
		return v.node ? go_of(v.type->elem, v.node) : GO_NONE;
	return v;
}

struct go_val go_indirect(struct go_val v, bool *is_nil)
{
	*is_nil = false;
	while (v.type && (v.type->kind == GO_PTR || v.type->kind == GO_ANY)) {
		if (v.node == NULL) {
			*is_nil = true;
			return v;
		}
		v = go_elem(v);
	}
	return v;
}

struct go_val go_unwrap(struct go_val v)
{
	return v.type && v.type->kind == GO_ANY ? go_elem(v) : v;
}

bool go_truth(struct go_val v)
{
	v = go_unwrap(v);
	if (v.type == NULL)
		return false;
	switch (v.type->kind) {
	case GO_BOOL:
		return v.b;
	case GO_INT:
		return v.i != 0;
	case GO_UINT:
		return v.u != 0;
	case GO_FLOAT:
		return v.f != 0;
	case GO_STRING:
	case GO_SLICE:
	case GO_MAP:
		return go_len(v) > 0;
	case GO_PTR:
		return v.node != NULL;
	default:
		return true;
	}
}

struct slice go_text(struct arena *a, struct go_val v)
{
	if (v.type->kind == GO_STRING)
		return v.s;
	if (v.type->kind == GO_NUMBER) {
		own_buf b = { 0 };

		buf_init(&b, 512);
		json_print(v.node, NULL, &b);
		return slice_str(arena_strndup(a, b.data, b.len));
	}
	return slice_str("");
}

size_t go_len(struct go_val v)
{
	if (v.type == NULL)
		return 0;
	if (v.type->kind == GO_STRING)
		return v.s.n;
	if (v.type->kind == GO_SLICE && v.is_list)
		return v.list ? v.list->n : 0;
	return json_len(v.node);
}

struct go_val go_at(struct go_val slice, size_t i)
{
	if (slice.is_list)
		return slice.list->v[i];
	return go_of(slice.type->elem, json_at(slice.node, i));
}

static const struct go_type *embedded_struct(const struct go_field *f)
{
	return f->type->kind == GO_PTR ? f->type->elem : f->type;
}

bool go_type_has_field(const struct go_type *t, const char *name)
{
	struct go_val none = { .type = t };

	return t->kind == GO_STRUCT && go_field(none, name, &none);
}

bool go_field(struct go_val v, const char *name, struct go_val *out)
{
	const struct go_field *f;

	for (f = v.type->fields; f->name; f++) {
		if (strcmp(f->name, name) != 0)
			continue;
		if (f->flags & GO_EMBEDDED)
			*out = go_of(f->type, v.node);
		else
			*out = go_of(f->type, json_get_ci(v.node, f->key ? f->key : f->name));
		return true;
	}
	for (f = v.type->fields; f->name; f++) {
		struct go_val inner = v;

		if (!(f->flags & GO_EMBEDDED))
			continue;
		inner.type = embedded_struct(f);
		if (go_field(inner, name, out))
			return true;
	}
	return false;
}

bool go_entry(struct go_val map, const char *key, struct go_val *out)
{
	for (struct json_iter it = json_iter(map.node); json_next(&it);) {
		if (strcmp(it.key, key) == 0) {
			*out = go_of(map.type->elem, it.value);
			return true;
		}
	}
	return false;
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct str_list go_keys(struct arena *a, struct go_val map)
{
	struct str_list keys = { 0 };

	keys.v = arena_array(a, json_len(map.node) + 1, sizeof(*keys.v));
	for (struct json_iter it = json_iter(map.node); json_next(&it);)
		keys.v[keys.n++] = it.key;
	qsort(keys.v, keys.n, sizeof(*keys.v), compare_keys);
	return keys;
}

const struct go_method *go_method_find(const struct go_type *t, const char *name)
{
	if (t->kind != GO_OBJECT)
		return NULL;
	for (const struct go_method *m = t->methods; m->name; m++) {
		if (strcmp(m->name, name) == 0)
			return m;
	}
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Encoding by table; maps are written sorted by key, as Go writes them. */
#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "bind_int.h"

static bool is_empty(const struct bind_field *f, const void *p)
{
	switch (f->type) {
	case BIND_T_STR:
		return !*(char *const *)p || !**(char *const *)p;
	case BIND_T_BOOL:
		return !*(const bool *)p;
	case BIND_T_I32:
	case BIND_T_U32:
		return !*(const uint32_t *)p;
	case BIND_T_I64:
	case BIND_T_U64:
		return !*(const uint64_t *)p;
	case BIND_T_U16:
		return !*(const uint16_t *)p;
	case BIND_T_F64:
		return *(const double *)p == 0;
	case BIND_T_STRS:
	case BIND_T_STRS1:
	case BIND_T_SET:
		return ((const struct str_list *)p)->n == 0;
	case BIND_T_U32S:
	case BIND_T_OBJS:
		return ((const struct bind_list *)p)->n == 0;
	case BIND_T_STRMAP:
	case BIND_T_OBJMAP:
	case BIND_T_OBJSMAP:
		return ((const struct bind_map *)p)->n == 0;
	case BIND_T_OBJ:
		return false; /* Go never omits a struct value */
	default:
		return !*(void *const *)p;
	}
}

static int by_key(const void *a, const void *b, void *keys)
{
	const char *const *k = keys;

	return strcmp(k[*(const size_t *)a], k[*(const size_t *)b]);
}

/* The order in which n keys sort; the caller frees it. */
static size_t *sorted(const char *const *keys, size_t n)
{
	size_t *order = calloc(n ? n : 1, sizeof(*order));

	if (!order)
		abort();
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	qsort_r(order, n, sizeof(*order), by_key, (void *)keys);
	return order;
}

static void encode_absent_list(struct jsonw *w, unsigned flags)
{
	if (flags & BIND_EMPTY_LIST) {
		jsonw_arr(w);
		jsonw_arr_end(w);
	} else {
		jsonw_null(w);
	}
}

static void encode_absent_map(struct jsonw *w, unsigned flags)
{
	if (flags & BIND_EMPTY_LIST) {
		jsonw_obj(w);
		jsonw_obj_end(w);
	} else {
		jsonw_null(w);
	}
}

static void encode_strs(struct jsonw *w, const struct bind_field *f, const struct str_list *l)
{
	if (!l->v) {
		encode_absent_list(w, f->flags);
		return;
	}
	jsonw_arr(w);
	for (size_t i = 0; i < l->n; i++)
		jsonw_str(w, l->v[i]);
	jsonw_arr_end(w);
}

static void encode_u32s(struct jsonw *w, const struct bind_field *f, const struct bind_list *l)
{
	if (!l->v) {
		encode_absent_list(w, f->flags);
		return;
	}
	jsonw_arr(w);
	for (size_t i = 0; i < l->n; i++)
		jsonw_u64(w, ((const uint32_t *)l->v)[i]);
	jsonw_arr_end(w);
}

static void encode_objs(struct jsonw *w, const struct bind_field *f, const struct bind_list *l)
{
	if (!l->v) {
		encode_absent_list(w, f->flags);
		return;
	}
	jsonw_arr(w);
	for (size_t i = 0; i < l->n; i++)
		bind_encode(w, f->fields, (const char *)l->v + i * f->size);
	jsonw_arr_end(w);
}

static void encode_map_value(
	struct jsonw *w, const struct bind_field *f, const struct bind_map *m, size_t i)
{
	switch (f->type) {
	case BIND_T_STRMAP:
		jsonw_str(w, ((const char *const *)m->v)[i]);
		break;
	case BIND_T_OBJMAP:
		bind_encode(w, f->fields, (const char *)m->v + i * f->size);
		break;
	default:
		encode_objs(w, f, (const struct bind_list *)m->v + i);
		break;
	}
}

static void encode_map(struct jsonw *w, const struct bind_field *f, const struct bind_map *m)
{
	if (!m->keys) {
		encode_absent_map(w, f->flags);
		return;
	}
	size_t *order = sorted(m->keys, m->n);
	jsonw_obj(w);
	for (size_t i = 0; i < m->n; i++) {
		jsonw_key(w, m->keys[order[i]]);
		encode_map_value(w, f, m, order[i]);
	}
	jsonw_obj_end(w);
	free(order);
}

static void encode_set(struct jsonw *w, const struct bind_field *f, const struct str_list *l)
{
	if (!l->v) {
		encode_absent_map(w, f->flags);
		return;
	}
	size_t *order = sorted(l->v, l->n);
	jsonw_obj(w);
	for (size_t i = 0; i < l->n; i++) {
		jsonw_key(w, l->v[order[i]]);
		jsonw_obj(w);
		jsonw_obj_end(w);
	}
	jsonw_obj_end(w);
	free(order);
}

/* Pointer kinds: NULL has been written as null already. */
static void encode_pointer(struct jsonw *w, const struct bind_field *f, const void *target)
{
	switch (f->type) {
	case BIND_T_BOOLP:
		jsonw_bool(w, *(const bool *)target);
		break;
	case BIND_T_I64P:
		jsonw_i64(w, *(const int64_t *)target);
		break;
	case BIND_T_U32P:
		jsonw_u64(w, *(const uint32_t *)target);
		break;
	case BIND_T_U64P:
		jsonw_u64(w, *(const uint64_t *)target);
		break;
	case BIND_T_STRP:
		jsonw_str(w, target);
		break;
	case BIND_T_RAW:
		jsonw_raw(w, target);
		break;
	default:
		bind_encode(w, f->fields, target);
		break;
	}
}

static void encode_value(struct jsonw *w, const struct bind_field *f, const void *p)
{
	switch (f->type) {
	case BIND_T_STR:
		jsonw_str(w, *(char *const *)p);
		break;
	case BIND_T_BOOL:
		jsonw_bool(w, *(const bool *)p);
		break;
	case BIND_T_I32:
		jsonw_i64(w, *(const int32_t *)p);
		break;
	case BIND_T_I64:
		jsonw_i64(w, *(const int64_t *)p);
		break;
	case BIND_T_U16:
		jsonw_u64(w, *(const uint16_t *)p);
		break;
	case BIND_T_U32:
		jsonw_u64(w, *(const uint32_t *)p);
		break;
	case BIND_T_U64:
		jsonw_u64(w, *(const uint64_t *)p);
		break;
	case BIND_T_F64:
		jsonw_f64(w, *(const double *)p);
		break;
	case BIND_T_STRS:
	case BIND_T_STRS1:
		encode_strs(w, f, p);
		break;
	case BIND_T_U32S:
		encode_u32s(w, f, p);
		break;
	case BIND_T_SET:
		encode_set(w, f, p);
		break;
	case BIND_T_STRMAP:
	case BIND_T_OBJMAP:
	case BIND_T_OBJSMAP:
		encode_map(w, f, p);
		break;
	case BIND_T_OBJ:
		bind_encode(w, f->fields, p);
		break;
	case BIND_T_OBJS:
		encode_objs(w, f, p);
		break;
	default:
		if (*(void *const *)p)
			encode_pointer(w, f, *(void *const *)p);
		else
			jsonw_null(w);
		break;
	}
}

/* The kept text is an object "{…}"; its members go on without the braces. */
static void encode_rest(struct jsonw *w, const char *text)
{
	struct err e;
	own_json doc = text ? json_parse(text, strlen(text), &e) : NULL;
	own_buf value = { 0 };

	buf_init(&value, SIZE_MAX / 4);
	for (struct json_iter it = json_iter(doc); json_next(&it);) {
		buf_clear(&value);
		json_print(it.value, NULL, &value);
		jsonw_key(w, it.key);
		jsonw_raw(w, value.data);
	}
}

void bind_encode_members(struct jsonw *w, const struct bind_field *fields, const void *in)
{
	for (const struct bind_field *f = fields; f->type; f++) {
		const void *p = (const char *)in + f->offset;
		if (f->type == BIND_T_REST) {
			encode_rest(w, *(char *const *)p);
			continue;
		}
		if ((f->flags & BIND_OMITEMPTY) && is_empty(f, p))
			continue;
		jsonw_key(w, f->key);
		encode_value(w, f, p);
	}
}

void bind_encode(struct jsonw *w, const struct bind_field *fields, const void *in)
{
	jsonw_obj(w);
	bind_encode_members(w, fields, in);
	jsonw_obj_end(w);
}

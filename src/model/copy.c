/* SPDX-License-Identifier: Apache-2.0 */
/* Walking a binding table to duplicate what its members point to. Absent stays absent. */
#include "copy.h"

#include <string.h>

/* What all list members look like, whatever they list (base/bind.h). */
struct any_list {
	void *v;
	size_t n;
};

struct any_map {
	const char **keys;
	void *v;
	size_t n;
};

static const char **copy_strings(struct arena *a, const char *const *in, size_t n)
{
	const char **out = arena_array(a, n ? n : 1, sizeof(*out));

	for (size_t i = 0; i < n; i++)
		out[i] = arena_strdup(a, in[i]);
	return out;
}

void str_list_copy(struct arena *a, const struct str_list *in, struct str_list *out)
{
	*out = (struct str_list){ 0 };
	if (!in->v)
		return;
	out->v = copy_strings(a, in->v, in->n);
	out->n = in->n;
}

void str_map_copy(struct arena *a, const struct str_map *in, struct str_map *out)
{
	*out = (struct str_map){ 0 };
	if (!in->keys)
		return;
	out->keys = copy_strings(a, in->keys, in->n);
	out->v = copy_strings(a, in->v, in->n);
	out->n = in->n;
}

static void copy_objects(struct arena *a, const struct bind_field *f, struct any_list *l)
{
	const char *from = l->v;

	if (!from)
		return;
	l->v = arena_array(a, l->n ? l->n : 1, f->size);
	for (size_t i = 0; i < l->n; i++)
		model_copy(a, f->fields, from + i * f->size, (char *)l->v + i * f->size, f->size);
}

static void copy_map(struct arena *a, const struct bind_field *f, struct any_map *m)
{
	if (!m->keys)
		return;
	m->keys = copy_strings(a, m->keys, m->n);
	if (f->type == BIND_T_OBJMAP) {
		struct any_list values = { m->v, m->n };

		copy_objects(a, f, &values);
		m->v = values.v;
		return;
	}
	const struct any_list *from = m->v;
	struct any_list *to = arena_array(a, m->n ? m->n : 1, sizeof(*to));

	for (size_t i = 0; i < m->n; i++) {
		to[i] = from[i];
		copy_objects(a, f, &to[i]);
	}
	m->v = to;
}

static void *copy_cell(struct arena *a, const void *from, size_t size)
{
	void *to = from ? arena_alloc(a, size) : NULL;

	if (to)
		memcpy(to, from, size);
	return to;
}

static void copy_list_in_place(struct arena *a, struct str_list *l)
{
	struct str_list from = *l;

	str_list_copy(a, &from, l);
}

static void copy_strmap_in_place(struct arena *a, struct str_map *m)
{
	struct str_map from = *m;

	str_map_copy(a, &from, m);
}

static void copy_pointed(struct arena *a, const struct bind_field *f, void **p)
{
	void *from = *p;

	if (!from)
		return;
	*p = arena_alloc(a, f->size);
	model_copy(a, f->fields, from, *p, f->size);
}

/* p is the member inside the copy: it still points to what the source points to. */
static void copy_member(struct arena *a, const struct bind_field *f, void *p)
{
	switch (f->type) {
	case BIND_T_STR:
	case BIND_T_STRP:
	case BIND_T_RAW:
	case BIND_T_REST:
		*(char **)p = arena_strdup(a, *(char **)p);
		break;
	case BIND_T_BOOLP:
		*(void **)p = copy_cell(a, *(void **)p, sizeof(bool));
		break;
	case BIND_T_U32P:
		*(void **)p = copy_cell(a, *(void **)p, sizeof(uint32_t));
		break;
	case BIND_T_I64P:
	case BIND_T_U64P:
		*(void **)p = copy_cell(a, *(void **)p, sizeof(uint64_t));
		break;
	case BIND_T_STRS:
	case BIND_T_STRS1:
	case BIND_T_SET:
		copy_list_in_place(a, p);
		break;
	case BIND_T_STRMAP:
		copy_strmap_in_place(a, p);
		break;
	case BIND_T_OBJ:
		model_copy(a, f->fields, p, p, f->size);
		break;
	case BIND_T_OBJP:
		copy_pointed(a, f, p);
		break;
	case BIND_T_OBJS:
		copy_objects(a, f, p);
		break;
	case BIND_T_OBJMAP:
	case BIND_T_OBJSMAP:
		copy_map(a, f, p);
		break;
	default: /* numbers and booleans were copied with the struct */
		break;
	}
}

void model_copy(
	struct arena *a, const struct bind_field *fields, const void *in, void *out, size_t size)
{
	if (in != out)
		memcpy(out, in, size);
	for (const struct bind_field *f = fields; f->type; f++)
		copy_member(a, f, (char *)out + f->offset);
}

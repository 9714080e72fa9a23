/* SPDX-License-Identifier: Apache-2.0 */
/* encoding/json's Marshal over template values: struct members in Go's order, maps sorted. */
#include "go_value.h"

#include "base/jsonw.h"

static void write_val(struct jsonw *w, struct arena *a, struct go_val v);

static bool is_empty(struct go_val v)
{
	switch (v.type->kind) {
	case GO_STRUCT:
	case GO_TIME:
	case GO_OBJECT:
		return false;
	case GO_ANY:
	case GO_PTR:
		return v.node == NULL;
	default:
		return !go_truth(v);
	}
}

static void write_members(struct jsonw *w, struct arena *a, struct go_val v)
{
	for (const struct go_field *f = v.type->fields; f->name; f++) {
		struct go_val member = GO_NONE;

		if (f->flags & GO_NOT_JSON)
			continue;
		go_field(v, f->name, &member);
		if (f->flags & GO_EMBEDDED) {
			if (member.type->kind == GO_PTR)
				member = go_elem(member);
			if (member.type)
				write_members(w, a, member);
			continue;
		}
		if ((f->flags & GO_OMITEMPTY) && is_empty(member))
			continue;
		jsonw_key(w, f->key ? f->key : f->name);
		write_val(w, a, member);
	}
}

static void write_map(struct jsonw *w, struct arena *a, struct go_val v)
{
	struct str_list keys;

	if (v.node == NULL) {
		jsonw_null(w);
		return;
	}
	keys = go_keys(a, v);
	jsonw_obj(w);
	for (size_t i = 0; i < keys.n; i++) {
		struct go_val value = GO_NONE;

		go_entry(v, keys.v[i], &value);
		jsonw_key(w, keys.v[i]);
		write_val(w, a, value);
	}
	jsonw_obj_end(w);
}

static void write_slice(struct jsonw *w, struct arena *a, struct go_val v)
{
	if (go_is_nil(v)) {
		jsonw_null(w);
		return;
	}
	jsonw_arr(w);
	for (size_t i = 0; i < go_len(v); i++)
		write_val(w, a, go_at(v, i));
	jsonw_arr_end(w);
}

/* formatter.MarshalJSON: a map of what the methods without arguments say, HTML escaped. */
static void write_object(struct jsonw *w, struct arena *a, struct go_val v)
{
	bool before = w->escape_html;

	w->escape_html = true;
	jsonw_obj(w);
	for (const struct go_method *m = v.type->methods; m->name; m++) {
		if (m->has_arg)
			continue;
		jsonw_key(w, m->name);
		write_val(w, a, m->call(v.self, a, NULL));
	}
	jsonw_obj_end(w);
	w->escape_html = before;
}

static void write_val(struct jsonw *w, struct arena *a, struct go_val v)
{
	struct slice s;

	if (v.type == NULL) {
		jsonw_null(w);
		return;
	}
	switch (v.type->kind) {
	case GO_BOOL:
		jsonw_bool(w, v.b);
		break;
	case GO_INT:
		jsonw_i64(w, v.i);
		break;
	case GO_UINT:
		jsonw_u64(w, v.u);
		break;
	case GO_FLOAT:
		jsonw_f64(w, v.f);
		break;
	case GO_STRING:
		jsonw_strn(w, v.s.p, v.s.n);
		break;
	case GO_NUMBER:
		s = go_text(a, v);
		jsonw_raw(w, s.p);
		break;
	case GO_SLICE:
		write_slice(w, a, v);
		break;
	case GO_MAP:
		write_map(w, a, v);
		break;
	case GO_STRUCT:
		jsonw_obj(w);
		write_members(w, a, v);
		jsonw_obj_end(w);
		break;
	case GO_PTR:
	case GO_ANY:
		write_val(w, a, go_elem(v));
		break;
	case GO_TIME:
		jsonw_str(w, json_str(v.node, "0001-01-01T00:00:00Z"));
		break;
	case GO_OBJECT:
		write_object(w, a, v);
		break;
	}
}

void go_json(struct buf *out, struct arena *a, struct go_val v, bool escape_html)
{
	struct jsonw w;

	jsonw_init(&w, out, NULL);
	w.escape_html = escape_html;
	write_val(&w, a, v);
}

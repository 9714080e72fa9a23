/* SPDX-License-Identifier: Apache-2.0 */
/* Small members of answers, so that null, [] and {} are told apart in one place. */
#include "write.h"

#include "base/slice.h"

void write_list_or_empty(struct jsonw *w, const char *key, const struct str_list *l)
{
	jsonw_key(w, key);
	jsonw_arr(w);
	for (size_t i = 0; i < l->n; i++)
		jsonw_str(w, l->v[i]);
	jsonw_arr_end(w);
}

void write_list(struct jsonw *w, const char *key, const struct str_list *l)
{
	if (l->v)
		write_list_or_empty(w, key, l);
	else
		jsonw_knull(w, key);
}

void write_map_or_empty(struct jsonw *w, const char *key, const struct str_map *m)
{
	jsonw_key(w, key);
	jsonw_obj(w);
	for (size_t i = 0; i < m->n; i++)
		jsonw_kstr(w, m->keys[i], m->v[i]);
	jsonw_obj_end(w);
}

void write_map(struct jsonw *w, const char *key, const struct str_map *m)
{
	if (m->keys)
		write_map_or_empty(w, key, m);
	else
		jsonw_knull(w, key);
}

void write_set(struct jsonw *w, const char *key, const struct str_list *l)
{
	if (l->n == 0)
		return;
	jsonw_key(w, key);
	jsonw_obj(w);
	for (size_t i = 0; i < l->n; i++) {
		jsonw_key(w, l->v[i]);
		jsonw_obj(w);
		jsonw_obj_end(w);
	}
	jsonw_obj_end(w);
}

void write_str_if(struct jsonw *w, const char *key, const char *s)
{
	if (!str_empty(s))
		jsonw_kstr(w, key, s);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and applying the filters parameter. What each name means is its user's business. */
#include "filters.h"

#include <string.h>

#include "base/json.h"
#include "base/slice.h"

static int values_read(struct arena *a, struct json *from, struct str_list *out, struct err *e)
{
	enum json_type type = json_type(from);

	if (type == JSON_ARR) {
		for (size_t i = 0; i < json_len(from); i++) {
			const char *s = json_str(json_at(from, i), NULL);

			if (!s)
				return err_set(e, ERR_INVALID, "invalid filter");
			str_list_add(a, out, s);
		}
		return 0;
	}
	if (type != JSON_OBJ)
		return err_set(e, ERR_INVALID, "invalid filter");
	for (struct json_iter it = json_iter(from); json_next(&it);)
		if (json_bool(it.value, false))
			str_list_add(a, out, it.key);
	return 0;
}

int filters_parse(struct arena *a, const char *text, struct filters *out, struct err *e)
{
	*out = (struct filters){ 0 };
	if (str_empty(text))
		return 0;
	own_json doc = json_parse(text, strlen(text), e);
	if (!doc || json_type(doc) != JSON_OBJ)
		return err_set(e, ERR_INVALID, "invalid filter");
	for (struct json_iter it = json_iter(doc); json_next(&it);) {
		out->v = arena_grow(a, out->v, &out->n, sizeof(*out->v));
		struct filter *f = &out->v[out->n - 1];

		f->name = arena_strdup(a, it.key);
		if (values_read(a, it.value, &f->values, e))
			return -1;
	}
	return 0;
}

const struct str_list *filters_get(const struct filters *f, const char *name)
{
	for (size_t i = 0; f && i < f->n; i++)
		if (str_eq(f->v[i].name, name) && f->v[i].values.n)
			return &f->v[i].values;
	return NULL;
}

static bool is_listed(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (str_eq(*list, name))
			return true;
	return false;
}

int filters_check(const struct filters *f, const char *const *allowed, struct err *e)
{
	for (size_t i = 0; f && i < f->n; i++)
		if (!is_listed(allowed, f->v[i].name))
			return err_set(e, ERR_INVALID, "invalid filter '%s'", f->v[i].name);
	return 0;
}

bool filters_match(const struct filters *f, const char *name, const char *value)
{
	const struct str_list *values = filters_get(f, name);

	return !values || str_list_has(values, value);
}

int filters_bool(const struct filters *f, const char *name, bool dflt, bool *out, struct err *e)
{
	const struct str_list *values = filters_get(f, name);

	*out = dflt;
	if (!values)
		return 0;
	bool yes = str_list_has(values, "1") || str_list_has(values, "true");
	bool no = str_list_has(values, "0") || str_list_has(values, "false");
	if (yes == no)
		return err_set(e, ERR_INVALID, "invalid filter '%s=[%s]'", name, values->v[0]);
	*out = yes;
	return 0;
}

static bool label_matches(const struct str_map *labels, const char *want)
{
	struct slice key, value;
	bool has_value = slice_cut(slice_str(want), '=', &key, &value);

	for (size_t i = 0; labels && i < labels->n; i++)
		if (slice_eq(key, labels->keys[i]))
			return !has_value || slice_eq(value, labels->v[i]);
	return false;
}

bool filters_match_labels(const struct filters *f, const char *name, const struct str_map *labels)
{
	const struct str_list *values = filters_get(f, name);

	for (size_t i = 0; values && i < values->n; i++)
		if (!label_matches(labels, values->v[i]))
			return false;
	return true;
}

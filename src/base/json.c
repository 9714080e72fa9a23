/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that knows json-c. A struct json is a json_object seen from outside. */
#include "json.h"

/* json-c's own json_type and json_bool step aside for ours. */
#define json_type jsonc_type
#define json_bool jsonc_bool
#include <json-c/json.h>
#undef json_type
#undef json_bool
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fs.h"
#include "jsonw.h"

#define DEPTH_MOST 64

/* The node as json-c sees it. */
static json_object *raw(const struct json *j)
{
	return (json_object *)(uintptr_t)j;
}

static bool only_blanks(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strchr(" \t\r\n", p[i]) || !p[i])
			return false;
	return true;
}

/*
 * What json-c's strict mode still lets pass outside strings: NaN, Infinity, 'single quotes'. Returns the
 * offset of the first such byte, or n.
 */
static size_t find_laxness(const char *p, size_t n)
{
	bool quoted = false;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '"')
			quoted = !quoted;
		else if (quoted && p[i] == '\\')
			i++;
		else if (!quoted && (p[i] == 'N' || p[i] == 'I' || p[i] == '\''))
			return i;
	}
	return n;
}

struct json *json_parse(const char *text, size_t n, struct err *e)
{
	json_tokener *tok = json_tokener_new_ex(DEPTH_MOST);
	json_object *doc = NULL;

	if (!tok)
		abort();
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS |
					    JSON_TOKENER_VALIDATE_UTF8);
	if (only_blanks(text, n)) {
		err_set(e, ERR_INVALID, "unexpected end of JSON input");
		goto out;
	}
	size_t lax = find_laxness(text, n);
	if (lax < n) {
		err_set(e, ERR_INVALID, "invalid JSON at byte %zu: unexpected character", lax);
		goto out;
	}
	if (n < INT32_MAX)
		doc = json_tokener_parse_ex(tok, text, (int)n);
	enum json_tokener_error why = json_tokener_get_error(tok);
	size_t used = json_tokener_get_parse_end(tok);
	if (why == json_tokener_continue) { /* a bare number ends only where the text does */
		doc = json_tokener_parse_ex(tok, "", 1);
		why = json_tokener_get_error(tok);
		used = n;
	}
	if (n >= INT32_MAX)
		err_set(e, ERR_INVALID, "JSON text of %zu bytes is too long", n);
	else if (why == json_tokener_continue)
		err_set(e, ERR_INVALID, "unexpected end of JSON input");
	else if (why != json_tokener_success)
		err_set(e, ERR_INVALID, "invalid JSON at byte %zu: %s", used,
			json_tokener_error_desc(why));
	else if (used < n && !only_blanks(text + used, n - used)) {
		err_set(e, ERR_INVALID, "invalid JSON: more data after the top-level value");
		json_object_put(doc);
		doc = NULL;
	} else if (!doc) { /* json-c knows null only as NULL */
		err_set(e, ERR_INVALID, "JSON document is null");
	}
out:
	json_tokener_free(tok);
	return (struct json *)doc;
}

struct json *json_read(int dir, const char *name, size_t max, struct err *e)
{
	own_buf b = { 0 };

	buf_init(&b, max + 1);
	if (fs_read(dir, name, max, &b, e))
		return NULL;
	struct json *j = json_parse(b.data, b.len, e);
	if (!j)
		err_in(e, "%s", name);
	return j;
}

void json_free(struct json *doc)
{
	json_object_put(raw(doc));
}

enum json_type json_type(const struct json *j)
{
	switch (json_object_get_type(raw(j))) {
	case json_type_null:
		return JSON_NULL;
	case json_type_boolean:
		return JSON_BOOL;
	case json_type_double:
		return JSON_FLOAT;
	case json_type_int:
		return JSON_INT;
	case json_type_object:
		return JSON_OBJ;
	case json_type_array:
		return JSON_ARR;
	case json_type_string:
		return JSON_STR;
	}
	return JSON_NULL;
}

struct json *json_get(const struct json *obj, const char *key)
{
	json_object *v = NULL;

	if (json_type(obj) != JSON_OBJ)
		return NULL;
	json_object_object_get_ex(raw(obj), key, &v);
	return (struct json *)v;
}

struct json *json_get_ci(const struct json *obj, const char *key)
{
	struct json *exact = json_get(obj, key);

	if (exact)
		return exact;
	for (struct json_iter it = json_iter(obj); json_next(&it);)
		if (strcasecmp(it.key, key) == 0)
			return it.value;
	return NULL;
}

size_t json_len(const struct json *j)
{
	if (json_type(j) == JSON_ARR)
		return json_object_array_length(raw(j));
	return json_type(j) == JSON_OBJ ? (size_t)json_object_object_length(raw(j)) : 0;
}

struct json *json_at(const struct json *arr, size_t i)
{
	return json_type(arr) == JSON_ARR ? (struct json *)json_object_array_get_idx(raw(arr), i)
					  : NULL;
}

struct json_iter json_iter(const struct json *obj)
{
	struct json_iter it = { 0 };

	if (json_type(obj) == JSON_OBJ)
		it.at = json_object_get_object(raw(obj))->head;
	return it;
}

bool json_next(struct json_iter *it)
{
	struct lh_entry *entry = it->at;

	if (!entry)
		return false;
	it->key = lh_entry_k(entry);
	it->value = lh_entry_v(entry);
	it->at = entry->next;
	return true;
}

const char *json_str(const struct json *j, const char *dflt)
{
	return json_type(j) == JSON_STR ? json_object_get_string(raw(j)) : dflt;
}

size_t json_str_len(const struct json *j)
{
	return json_type(j) == JSON_STR ? (size_t)json_object_get_string_len(raw(j)) : 0;
}

bool json_bool(const struct json *j, bool dflt)
{
	return json_type(j) == JSON_BOOL ? json_object_get_boolean(raw(j)) : dflt;
}

int64_t json_i64(const struct json *j, int64_t dflt)
{
	return json_type(j) == JSON_INT ? json_object_get_int64(raw(j)) : dflt;
}

uint64_t json_u64(const struct json *j, uint64_t dflt)
{
	return json_type(j) == JSON_INT ? json_object_get_uint64(raw(j)) : dflt;
}

double json_f64(const struct json *j, double dflt)
{
	enum json_type t = json_type(j);

	return t == JSON_FLOAT || t == JSON_INT ? json_object_get_double(raw(j)) : dflt;
}

static void print_node(struct jsonw *w, const struct json *j)
{
	switch (json_type(j)) {
	case JSON_NULL:
		jsonw_null(w);
		break;
	case JSON_BOOL:
		jsonw_bool(w, json_bool(j, false));
		break;
	case JSON_INT:
	case JSON_FLOAT:
		/* json-c keeps the text of a double as it came; integers print plainly. */
		jsonw_raw(w, json_object_to_json_string_ext(raw(j), JSON_C_TO_STRING_PLAIN));
		break;
	case JSON_STR:
		jsonw_strn(w, json_object_get_string(raw(j)),
			(size_t)json_object_get_string_len(raw(j)));
		break;
	case JSON_ARR:
		jsonw_arr(w);
		for (size_t i = 0; i < json_len(j); i++)
			print_node(w, json_at(j, i));
		jsonw_arr_end(w);
		break;
	case JSON_OBJ:
		jsonw_obj(w);
		for (struct json_iter it = json_iter(j); json_next(&it);) {
			jsonw_key(w, it.key);
			print_node(w, it.value);
		}
		jsonw_obj_end(w);
		break;
	}
}

void json_print(const struct json *j, const char *indent, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, indent);
	print_node(&w, j);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON. Hides json-c: strict (no comments, no trailing commas, UTF-8 only), depth at most 64,
 * integers keep 64 bits signed and unsigned, one document, nothing behind it.
 */
#ifndef TARE_BASE_JSON_H
#define TARE_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "buf.h"
#include "err.h"

struct json; /* a node; owned by its document */

enum json_type { JSON_NULL, JSON_BOOL, JSON_INT, JSON_FLOAT, JSON_STR, JSON_ARR, JSON_OBJ };

/* Parses text[0..n); the caller frees the document with json_free. Errors are ERR_INVALID. */
struct json *json_parse(const char *text, size_t n, struct err *e);
/* Reads and parses dir/name of at most max bytes. */
struct json *json_read(int dir, const char *name, size_t max, struct err *e);
void json_free(struct json *doc);
static inline void json_cleanup(struct json **j)
{
	json_free(*j);
}
#define own_json __attribute__((cleanup(json_cleanup))) struct json *

/* NULL nodes are of type JSON_NULL, so lookups may be chained. */
enum json_type json_type(const struct json *j);
/* Member by exact key, or NULL. json_get_ci also takes any case, as Go's decoder does. */
struct json *json_get(const struct json *obj, const char *key);
struct json *json_get_ci(const struct json *obj, const char *key);
/* Elements of an array or members of an object; 0 for anything else. */
size_t json_len(const struct json *j);
struct json *json_at(const struct json *arr, size_t i);

/* Members in document order: for (struct json_iter it = json_iter(o); json_next(&it);) it.key, it.value */
struct json_iter {
	const char *key;
	struct json *value;
	void *at;
};
struct json_iter json_iter(const struct json *obj);
bool json_next(struct json_iter *it);

/* Value or the default when the node is missing or of another type. */
const char *json_str(const struct json *j, const char *dflt);
/* Bytes in a string, which may hold NULs ("\u0000"); 0 for anything else. */
size_t json_str_len(const struct json *j);
bool json_bool(const struct json *j, bool dflt);
int64_t json_i64(const struct json *j, int64_t dflt);
uint64_t json_u64(const struct json *j, uint64_t dflt);
double json_f64(const struct json *j, double dflt);

/* Writes the node as compact JSON text (indent NULL) or indented, Go style ("    "), HTML unescaped. */
void json_print(const struct json *j, const char *indent, struct buf *out);

#endif

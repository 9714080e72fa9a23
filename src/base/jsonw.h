/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing JSON onto a buf, as Go's encoding/json writes it: control characters as \u00XX (\n \r \t \b \f
 * short), U+2028/9 escaped, invalid UTF-8 as \ufffd, and < > & as \u003c… only when escape_html is set.
 * Commas and colons come by themselves. indent NULL writes compactly.
 */
#ifndef TARE_BASE_JSONW_H
#define TARE_BASE_JSONW_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

struct jsonw {
	struct buf *out;
	const char *indent;
	bool escape_html;
	int depth;
	bool first; /* nothing written yet at this depth */
	bool after_key;
};

void jsonw_init(struct jsonw *w, struct buf *out, const char *indent);
void jsonw_obj(struct jsonw *w);
void jsonw_obj_end(struct jsonw *w);
void jsonw_arr(struct jsonw *w);
void jsonw_arr_end(struct jsonw *w);
void jsonw_key(struct jsonw *w, const char *key);
void jsonw_str(struct jsonw *w, const char *s); /* NULL writes "" (Go's zero string) */
void jsonw_strn(struct jsonw *w, const char *s, size_t n);
void jsonw_i64(struct jsonw *w, int64_t v);
void jsonw_u64(struct jsonw *w, uint64_t v);
void jsonw_f64(struct jsonw *w, double v); /* shortest form that reads back, as Go */
void jsonw_bool(struct jsonw *w, bool v);
void jsonw_null(struct jsonw *w);
/* Finished JSON text of one value, taken as it is. */
void jsonw_raw(struct jsonw *w, const char *json);
/* key + value in one call. */
void jsonw_kstr(struct jsonw *w, const char *key, const char *s);
void jsonw_ki64(struct jsonw *w, const char *key, int64_t v);
void jsonw_kbool(struct jsonw *w, const char *key, bool v);
void jsonw_knull(struct jsonw *w, const char *key);

#endif

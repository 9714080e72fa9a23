/* SPDX-License-Identifier: Apache-2.0 */
/* Members that occur in several answers. Stays in this room. */
#ifndef TARE_API_WRITE_H
#define TARE_API_WRITE_H

#include "base/arena.h"
#include "base/jsonw.h"

/* A list or map of texts: null when absent. */
void write_list(struct jsonw *w, const char *key, const struct str_list *l);
void write_map(struct jsonw *w, const char *key, const struct str_map *m);
/* A list whose absence is []. */
void write_list_or_empty(struct jsonw *w, const char *key, const struct str_list *l);
/* A map whose absence is {}. */
void write_map_or_empty(struct jsonw *w, const char *key, const struct str_map *m);
/* A set {"k":{},…}; nothing at all when it is empty. */
void write_set(struct jsonw *w, const char *key, const struct str_list *l);
/* The member only when s is not empty (Go's omitempty). */
void write_str_if(struct jsonw *w, const char *key, const char *s);
#endif

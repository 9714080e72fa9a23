/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that lives together: what one request or document brings is allocated here and dies with
 * the arena. Nothing in an arena is ever freed alone. Allocation never fails: it aborts.
 */
#ifndef TARE_BASE_ARENA_H
#define TARE_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* Makes an empty arena; arena_free ends it and all that was allocated from it. */
struct arena *arena_new(void);
void arena_free(struct arena *a);

static inline void arena_cleanup(struct arena **a)
{
	arena_free(*a);
}
#define own_arena __attribute__((cleanup(arena_cleanup))) struct arena *

/* size bytes, zeroed, aligned for any type. */
void *arena_alloc(struct arena *a, size_t size);
/*
 * n elements of size bytes each, zeroed; aborts when n * size overflows. There is room for as many more as
 * arena_grow counts on, so such a list may be grown (by its count of n) like any other.
 */
void *arena_array(struct arena *a, size_t n, size_t size);
#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))

/* Copies; NULL stays NULL. */
char *arena_strdup(struct arena *a, const char *s);
/* Copies n bytes and ends them with NUL. */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/*
 * Grows the list v of *n elements of size bytes by one zeroed element; returns the (moved) list
 * and counts *n up. Capacity doubles, so pass the same v and n each time.
 */
void *arena_grow(struct arena *a, void *v, size_t *n, size_t size);

/* A list of strings. v == NULL means "absent" (null in JSON), v != NULL with n == 0 an empty one. */
struct str_list {
	const char **v;
	size_t n;
};

/* Appends a copy of s. */
void str_list_add(struct arena *a, struct str_list *l, const char *s);
/* NULL is in no list. */
int str_list_has(const struct str_list *l, const char *s);

/* A map of strings in the order it came. keys == NULL means absent, n == 0 with keys empty. */
struct str_map {
	const char **keys;
	const char **v;
	size_t n;
};

/* Sets key to a copy of value, replacing an earlier one. */
void str_map_set(struct arena *a, struct str_map *m, const char *key, const char *value);
/* NULL when there is none. */
const char *str_map_get(const struct str_map *m, const char *key);

#endif

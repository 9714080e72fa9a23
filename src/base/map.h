/* SPDX-License-Identifier: Apache-2.0 */
/* A hash map from strings (copied) to pointers (not owned). Not thread-safe: its holder locks. */
#ifndef TARE_BASE_MAP_H
#define TARE_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

struct map;

struct map *map_new(void);
void map_free(struct map *m);
/* Returns the earlier value, or NULL. */
void *map_set(struct map *m, const char *key, void *value);
void *map_get(const struct map *m, const char *key);
void *map_remove(struct map *m, const char *key);
size_t map_len(const struct map *m);

/* for (struct map_iter it = map_iter(m); map_next(&it);) it.key, it.value; no change meanwhile. Order
 * is unspecified. */
struct map_iter {
	const struct map *m;
	size_t at;
	const char *key;
	void *value;
};
struct map_iter map_iter(const struct map *m);
bool map_next(struct map_iter *it);

#endif

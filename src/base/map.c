/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear probing and backward-shift deletion; FNV-1a, eight bytes at a time; at most 3/4 full. */
#include "map.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct slot {
	char *key; /* NULL: free */
	void *value;
};

struct map {
	struct slot *slots;
	size_t cap, len;
};

/* Keys are digests mostly: long, and random in every part. */
static uint64_t hash(const char *key)
{
	uint64_t h = 0xcbf29ce484222325, word;
	size_t n = strlen(key);

	for (; n >= sizeof(word); key += sizeof(word), n -= sizeof(word)) {
		memcpy(&word, key, sizeof(word));
		h = (h ^ word) * 0x100000001b3;
		h ^= h >> 32;
	}
	for (; n; key++, n--)
		h = (h ^ (unsigned char)*key) * 0x100000001b3;
	return h ^ h >> 32;
}

struct map *map_new(void)
{
	struct map *m = calloc(1, sizeof(*m));

	if (!m)
		abort();
	return m;
}

void map_free(struct map *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->cap; i++)
		free(m->slots[i].key);
	free(m->slots);
	free(m);
}

/* The slot that holds key, or the free one where it belongs. */
static struct slot *find(const struct map *m, const char *key)
{
	size_t i = hash(key) & (m->cap - 1);

	while (m->slots[i].key && strcmp(m->slots[i].key, key) != 0)
		i = (i + 1) & (m->cap - 1);
	return &m->slots[i];
}

static void grow(struct map *m)
{
	struct map bigger = { .cap = m->cap ? m->cap * 2 : 16, .len = m->len };

	bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
	if (!bigger.slots)
		abort();
	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].key)
			*find(&bigger, m->slots[i].key) = m->slots[i];
	free(m->slots);
	*m = bigger;
}

void *map_set(struct map *m, const char *key, void *value)
{
	if (m->len * 4 >= m->cap * 3)
		grow(m);
	struct slot *s = find(m, key);
	void *old = s->value;
	if (!s->key) {
		s->key = strdup(key);
		if (!s->key)
			abort();
		m->len++;
		old = NULL;
	}
	s->value = value;
	return old;
}

void *map_get(const struct map *m, const char *key)
{
	return m->cap ? find(m, key)->value : NULL;
}

void *map_remove(struct map *m, const char *key)
{
	struct slot *s = m->cap ? find(m, key) : NULL;

	if (!s || !s->key)
		return NULL;
	void *old = s->value;
	free(s->key);
	*s = (struct slot){ 0 };
	m->len--;
	/* Entries that probed over the hole move back into it. */
	size_t hole = (size_t)(s - m->slots), mask = m->cap - 1;
	for (size_t i = (hole + 1) & mask; m->slots[i].key; i = (i + 1) & mask) {
		size_t home = hash(m->slots[i].key) & mask;
		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		m->slots[hole] = m->slots[i];
		m->slots[i] = (struct slot){ 0 };
		hole = i;
	}
	return old;
}

size_t map_len(const struct map *m)
{
	return m->len;
}

struct map_iter map_iter(const struct map *m)
{
	return (struct map_iter){ .m = m };
}

bool map_next(struct map_iter *it)
{
	while (it->at < it->m->cap) {
		const struct slot *s = &it->m->slots[it->at++];
		if (!s->key)
			continue;
		it->key = s->key;
		it->value = s->value;
		return true;
	}
	return false;
}

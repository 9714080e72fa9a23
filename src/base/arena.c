/* SPDX-License-Identifier: Apache-2.0 */
/* A chain of blocks, each twice the one before; large requests get a block of their own. */
#include "arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_FIRST 2048
#define BLOCK_MOST  (64 * 1024)
#define ALIGN	    (sizeof(max_align_t))

struct block {
	struct block *next;
	size_t size, used;
	_Alignas(max_align_t) char data[];
};

struct arena {
	struct block *blocks; /* the newest first; allocation happens there */
	size_t next_size;
};

static struct block *block_new(size_t size)
{
	struct block *b = calloc(1, sizeof(*b) + size);

	if (!b)
		abort();
	b->size = size;
	return b;
}

struct arena *arena_new(void)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		abort();
	a->next_size = BLOCK_FIRST;
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	for (struct block *b = a->blocks; b;) {
		struct block *next = b->next;
		free(b);
		b = next;
	}
	free(a);
}

/* A block of its own behind the newest one, which keeps its free room. */
static void *alloc_large(struct arena *a, size_t size)
{
	struct block *b = block_new(size);

	b->used = size;
	if (a->blocks) {
		b->next = a->blocks->next;
		a->blocks->next = b;
	} else {
		a->blocks = b;
	}
	return b->data;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct block *b = a->blocks;

	if (size > SIZE_MAX - ALIGN - sizeof(struct block))
		abort();
	size = (size + ALIGN - 1) & ~(ALIGN - 1);
	if (!b || b->size - b->used < size) {
		if (size > a->next_size / 2)
			return alloc_large(a, size);
		b = block_new(a->next_size);
		b->next = a->blocks;
		a->blocks = b;
		if (a->next_size < BLOCK_MOST)
			a->next_size *= 2;
	}
	void *p = b->data + b->used;
	b->used += size;
	return p;
}

/* What arena_grow believes a list of n elements has room for. */
static size_t capacity_for(size_t n)
{
	size_t capacity = 4;

	while (capacity < n && capacity < SIZE_MAX / 2)
		capacity *= 2;
	return capacity;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(capacity_for(n), size, &total))
		abort();
	return arena_alloc(a, total);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	memcpy(p, s, n);
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		abort();
	char *p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *p = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return p;
}

/* Capacities are the powers of two from 4, so a full list is one whose count is such a number. */
void *arena_grow(struct arena *a, void *v, size_t *n, size_t size)
{
	bool full = *n == 0 || (*n >= 4 && (*n & (*n - 1)) == 0);

	if (!v || full) {
		void *moved = arena_array(a, *n + 1, size);
		if (*n)
			memcpy(moved, v, *n * size);
		v = moved;
	}
	++*n;
	return v;
}

void str_list_add(struct arena *a, struct str_list *l, const char *s)
{
	size_t at = l->n;

	l->v = arena_grow(a, l->v, &l->n, sizeof(*l->v));
	l->v[at] = arena_strdup(a, s);
}

int str_list_has(const struct str_list *l, const char *s)
{
	for (size_t i = 0; s && i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return 1;
	return 0;
}

void str_map_set(struct arena *a, struct str_map *m, const char *key, const char *value)
{
	for (size_t i = 0; i < m->n; i++) {
		if (strcmp(m->keys[i], key) == 0) {
			m->v[i] = arena_strdup(a, value);
			return;
		}
	}
	size_t at = m->n, n = m->n;
	m->keys = arena_grow(a, m->keys, &n, sizeof(*m->keys));
	m->v = arena_grow(a, m->v, &m->n, sizeof(*m->v));
	m->keys[at] = arena_strdup(a, key);
	m->v[at] = arena_strdup(a, value);
}

const char *str_map_get(const struct str_map *m, const char *key)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->keys[i], key) == 0)
			return m->v[i];
	return NULL;
}

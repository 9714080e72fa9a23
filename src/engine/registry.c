/* SPDX-License-Identifier: Apache-2.0 */
/* The registry: a map of names to ids and an array of containers sorted by id. */
#include "registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/map.h"
#include "base/slice.h"

struct registry {
	pthread_mutex_t lock; /* guards all below; before a container's lock */
	struct map *names;    /* name → id (owned copy) */
	struct container **v; /* sorted by id */
	size_t n, cap;
};

struct registry *registry_new(void)
{
	struct registry *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	pthread_mutex_init(&r->lock, NULL);
	r->names = map_new();
	return r;
}

void registry_free(struct registry *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++)
		ctr_unref(r->v[i]);
	for (struct map_iter it = map_iter(r->names); map_next(&it);)
		free(it.value);
	map_free(r->names);
	free(r->v);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

int registry_check_name(const char *name, struct err *e)
{
	if (id_is_name(name))
		return 0;
	return err_set(e, ERR_INVALID,
		"Invalid container name (%s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", name);
}

static void name_set(struct registry *r, const char *name, const char *id)
{
	char *copy = strdup(id);

	if (!copy)
		abort();
	free(map_set(r->names, name, copy));
}

const char *registry_reserve(
	struct registry *r, struct arena *a, const char *name, const char *id, struct err *e)
{
	char invented[128];
	own_lock guard = lock_take(&r->lock);

	if (!name) {
		int retry = 0;

		do
			id_name(invented, sizeof(invented), retry++);
		while (map_get(r->names, invented));
		name = invented;
	}
	const char *holder = map_get(r->names, name);
	if (holder && strcmp(holder, id) != 0) {
		err_set(e, ERR_CONFLICT,
			"Conflict. The container name \"/%s\" is already in use by container \"%s\". "
			"You have to remove (or rename) that container to be able to reuse that name.",
			name, holder);
		return NULL;
	}
	name_set(r, name, id);
	return arena_strdup(a, name);
}

void registry_release(struct registry *r, const char *name, const char *id)
{
	own_lock guard = lock_take(&r->lock);
	const char *holder = map_get(r->names, name);

	if (holder && strcmp(holder, id) == 0)
		free(map_remove(r->names, name));
}

/* The first position whose id is not below key (a prefix compares as smaller than what it begins). */
static size_t lower_bound(const struct registry *r, const char *key)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(r->v[mid]->id, key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool registry_add(struct registry *r, struct container *c)
{
	own_lock guard = lock_take(&r->lock);
	size_t at = lower_bound(r, c->id);

	if (at < r->n && strcmp(r->v[at]->id, c->id) == 0)
		return false;
	if (r->n == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 16;
		r->v = realloc(r->v, r->cap * sizeof(*r->v));
		if (!r->v)
			abort();
	}
	memmove(r->v + at + 1, r->v + at, (r->n - at) * sizeof(*r->v));
	r->v[at] = ctr_ref(c);
	r->n++;
	return true;
}

void registry_remove(struct registry *r, struct container *c)
{
	own_lock guard = lock_take(&r->lock);
	size_t at = lower_bound(r, c->id);

	if (at == r->n || r->v[at] != c)
		return;
	const char *holder = c->name ? map_get(r->names, c->name) : NULL;
	if (holder && strcmp(holder, c->id) == 0)
		free(map_remove(r->names, c->name));
	r->n--;
	memmove(r->v + at, r->v + at + 1, (r->n - at) * sizeof(*r->v));
	ctr_unref(c);
}

const char *registry_rename(
	struct registry *r, struct arena *a, struct container *c, const char *name)
{
	own_lock guard = lock_take(&r->lock);
	own_lock inner = lock_take(&c->lock);
	const char *old = arena_strdup(a, c->name ? c->name : "");

	free(map_remove(r->names, old));
	free(c->name);
	c->name = strdup(name);
	return old;
}

struct container *registry_get(struct registry *r, const char *id)
{
	own_lock guard = lock_take(&r->lock);
	size_t at = lower_bound(r, id);

	return at < r->n && strcmp(r->v[at]->id, id) == 0 ? ctr_ref(r->v[at]) : NULL;
}

struct container *registry_find(struct registry *r, const char *name, struct err *e)
{
	own_lock guard = lock_take(&r->lock);
	size_t at = lower_bound(r, name);

	if (at < r->n && strcmp(r->v[at]->id, name) == 0)
		return ctr_ref(r->v[at]);
	const char *id = map_get(r->names, name[0] == '/' ? name + 1 : name);
	size_t named = id ? lower_bound(r, id) : r->n;
	if (named < r->n && strcmp(r->v[named]->id, id) == 0)
		return ctr_ref(r->v[named]);
	if (!*name || at == r->n || !str_starts(r->v[at]->id, name)) {
		err_set(e, ERR_NOT_FOUND, "No such container: %s", name);
		return NULL;
	}
	if (at + 1 < r->n && str_starts(r->v[at + 1]->id, name)) {
		err_set(e, ERR_INVALID, "multiple IDs found with provided prefix: %s", name);
		return NULL;
	}
	return ctr_ref(r->v[at]);
}

static int newest_first(const void *a, const void *b)
{
	const struct container *const *x = a, *const *y = b;

	if ((*x)->created_ns != (*y)->created_ns)
		return (*x)->created_ns < (*y)->created_ns ? 1 : -1;
	return strcmp((*x)->id, (*y)->id);
}

void registry_all(struct registry *r, struct arena *a, struct ctr_list *out)
{
	own_lock guard = lock_take(&r->lock);

	out->n = r->n;
	out->v = arena_array(a, r->n ? r->n : 1, sizeof(*out->v));
	for (size_t i = 0; i < r->n; i++)
		out->v[i] = ctr_ref(r->v[i]);
	qsort(out->v, out->n, sizeof(*out->v), newest_first);
}

void ctr_list_unref(struct ctr_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		ctr_unref(l->v[i]);
	l->n = 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A sorted array; each entry is one allocation. */
#include "refs.h"

#include <stdlib.h>
#include <string.h>

#include "base/bind.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "oci/digest.h"

struct refs {
	struct refs_entry *v;
	size_t n, cap;
	char *rest; /* other members of the document, as "{…}" */
};

struct refs *refs_new(void)
{
	struct refs *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	return r;
}

void refs_free(struct refs *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++)
		free((void *)r->v[i].repo);
	free(r->v);
	free(r->rest);
	free(r);
}

/* repo, name and id in one piece that begins at repo. */
static struct refs_entry entry_new(const char *repo, const char *name, const char *id)
{
	size_t a = strlen(repo) + 1, b = strlen(name) + 1, c = strlen(id) + 1;
	char *p = malloc(a + b + c);

	if (!p)
		abort();
	memcpy(p, repo, a);
	memcpy(p + a, name, b);
	memcpy(p + a + b, id, c);
	return (struct refs_entry){ p, p + a, p + a + b };
}

/* Where name is (*found) or belongs. */
static size_t search(const struct refs *r, const char *name, bool *found)
{
	size_t lo = 0, hi = r->n;

	*found = false;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = strcmp(r->v[mid].name, name);
		if (c == 0) {
			*found = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void refs_set(struct refs *r, const char *repo, const char *name, const char *id)
{
	struct refs_entry entry = entry_new(repo, name, id);
	bool found;
	size_t at = search(r, name, &found);

	if (found) {
		free((void *)r->v[at].repo);
		r->v[at] = entry;
		return;
	}
	if (r->n == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 16;
		r->v = realloc(r->v, r->cap * sizeof(*r->v));
		if (!r->v)
			abort();
	}
	memmove(&r->v[at + 1], &r->v[at], (r->n - at) * sizeof(*r->v));
	r->v[at] = entry;
	r->n++;
}

bool refs_remove(struct refs *r, const char *name)
{
	bool found;
	size_t at = search(r, name, &found);

	if (!found)
		return false;
	free((void *)r->v[at].repo);
	r->n--;
	memmove(&r->v[at], &r->v[at + 1], (r->n - at) * sizeof(*r->v));
	return true;
}

struct refs *refs_clone(const struct refs *r)
{
	struct refs *copy = refs_new();

	copy->cap = r->n + 4;
	copy->v = calloc(copy->cap, sizeof(*copy->v));
	if (!copy->v || (r->rest && !(copy->rest = strdup(r->rest))))
		abort();
	for (size_t i = 0; i < r->n; i++)
		copy->v[copy->n++] = entry_new(r->v[i].repo, r->v[i].name, r->v[i].id);
	return copy;
}

size_t refs_count(const struct refs *r)
{
	return r->n;
}

const struct refs_entry *refs_at(const struct refs *r, size_t i)
{
	return &r->v[i];
}

const struct refs_entry *refs_find(const struct refs *r, const char *name)
{
	bool found;
	size_t at = search(r, name, &found);

	return found ? &r->v[at] : NULL;
}

bool refs_is_digest(const char *name)
{
	return strchr(name, '@');
}

void refs_of(const struct refs *r, struct arena *a, const char *id, struct str_list *tags,
	struct str_list *digests)
{
	for (size_t i = 0; i < r->n; i++) {
		struct str_list *to = refs_is_digest(r->v[i].name) ? digests : tags;
		if (to && strcmp(r->v[i].id, id) == 0)
			str_list_add(a, to, r->v[i].name);
	}
}

const char *refs_key(struct arena *a, const struct oci_ref *ref)
{
	struct oci_ref key = *ref;

	if (key.digest)
		key.tag = NULL;
	return oci_ref_familiar(a, &key);
}

/* --- JSON --------------------------------------------------------------------------------------- */

struct document {
	const char *repositories;
	const char *rest;
};

static const struct bind_field document_fields[] = {
	BIND(RAW, struct document, repositories, "Repositories", 0),
	BIND(REST, struct document, rest, NULL, 0),
	BIND_END,
};

/* References are printable ASCII; anything else could not be written back as it was. */
static bool is_printable(const char *s)
{
	const char *p = s;

	while (*p > ' ' && *p < 0x7f)
		p++;
	return p > s && !*p;
}

static void read_repo(struct refs *r, const char *repo, struct json *names)
{
	for (struct json_iter it = json_iter(names); json_next(&it);) {
		const char *id = json_str(it.value, "");
		if (is_printable(it.key) && oci_digest_is_sha256(id))
			refs_set(r, repo, it.key, id);
	}
}

int refs_parse(struct refs *r, const char *text, size_t n, struct err *e)
{
	own_arena a = arena_new();
	struct document doc = { 0 };
	own_json j = json_parse(text, n, e);

	if (!j)
		return -1;
	if (json_type(j) != JSON_OBJ)
		return err_set(e, ERR_INVALID, "not a JSON object");
	struct json *repos = json_get_ci(j, "Repositories");
	/* Hardly ever is there anything else to be kept. */
	if (json_len(j) > !!repos && bind_decode(a, j, document_fields, &doc, e))
		return -1;
	if (doc.rest && !(r->rest = strdup(doc.rest)))
		abort();
	if (repos && json_type(repos) != JSON_OBJ && json_type(repos) != JSON_NULL)
		return err_set(e, ERR_INVALID, "Repositories is not a JSON object");
	for (struct json_iter it = json_iter(repos); json_next(&it);)
		if (is_printable(it.key))
			read_repo(r, it.key, it.value);
	return 0;
}

static int by_repo(const void *x, const void *y)
{
	const struct refs_entry *a = *(const struct refs_entry *const *)x;
	const struct refs_entry *b = *(const struct refs_entry *const *)y;
	int c = strcmp(a->repo, b->repo);

	return c ? c : strcmp(a->name, b->name);
}

/* "alpine:1" < "alpine@sha256:…" < "alpine/x:1"? Names of one repository need not stand together in order of name. */
static void print_repos(const struct refs *r, struct jsonw *w)
{
	const struct refs_entry **v = calloc(r->n + 1, sizeof(const struct refs_entry *));

	if (!v)
		abort();
	for (size_t i = 0; i < r->n; i++)
		v[i] = &r->v[i];
	qsort(v, r->n, sizeof(*v), by_repo);
	jsonw_obj(w);
	for (size_t i = 0; i < r->n;) {
		const char *repo = v[i]->repo;
		jsonw_key(w, repo);
		jsonw_obj(w);
		for (; i < r->n && strcmp(v[i]->repo, repo) == 0; i++)
			jsonw_kstr(w, v[i]->name, v[i]->id);
		jsonw_obj_end(w);
	}
	jsonw_obj_end(w);
	free(v);
}

void refs_print(const struct refs *r, struct buf *out)
{
	struct document doc = { .rest = r->rest };
	struct jsonw w, inner;
	own_buf repos = { 0 };

	buf_init(&repos, out->max);
	jsonw_init(&inner, &repos, NULL);
	print_repos(r, &inner);
	doc.repositories = repos.data;
	jsonw_init(&w, out, NULL);
	bind_encode(&w, document_fields, &doc);
}

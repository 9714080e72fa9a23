/* SPDX-License-Identifier: Apache-2.0 */
/* What dockerd does before it uploads, in its order: is it here, can it be mounted, is it here under another digest. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/slice.h"
#include "oci/reference.h"
#include "push_int.h"

#define SMALL  (100 * 1024)
#define MIDDLE (10 * 1024 * 1024)

/* The layer at hand and what is known of it. */
struct seeker {
	struct push *push;
	struct push_layer *layer;
	struct arena *arena;
	struct distribution_sources sources; /* oldest first */
	struct str_list checked;	     /* digests this repository was asked for */
};

struct push_patience push_patience(int64_t size)
{
	if (size > MIDDLE)
		return (struct push_patience){ 4, 3, true };
	if (size > SMALL)
		return (struct push_patience){ 3, 1, false };
	return (struct push_patience){ 1, 1, false };
}

static void copy_sources(
	struct arena *a, const struct distribution_sources *from, struct distribution_sources *to)
{
	to->v = arena_array(a, from->n + 1, sizeof(*to->v));
	to->n = 0;
	for (size_t i = 0; i < from->n; i++)
		to->v[to->n++] = from->v[i];
}

void push_candidates(const struct push *p, struct arena *a, const struct distribution_sources *all,
	size_t most, struct distribution_sources *out)
{
	struct oci_ref ref;
	struct err ignored;
	size_t n = 0;

	copy_sources(a, all, out);
	for (size_t i = 0; i < out->n; i++) {
		const char *repository = out->v[i].repository;
		if (strcmp(repository, p->repository) == 0 || !*repository ||
			oci_ref_parse(a, repository, &ref, &ignored) ||
			strcmp(ref.domain, p->opts->ref->domain) != 0)
			continue;
		out->v[n++] = out->v[i];
	}
	out->n = n;
	distribution_sort(out, p->repository, p->key);
	if (out->n > most)
		out->n = most;
}

/* It is in the registry: 0 with the phase told. */
static void found(struct seeker *s, const char *digest, int64_t size, enum push_phase phase)
{
	{
		own_lock guard = lock_take(&s->push->lock);
		memcpy(s->layer->digest, digest, OCI_DIGEST_SIZE);
		s->layer->blob_size = size;
	}
	push_set_phase(s->push, s->layer, phase);
}

static bool is_this_repository(const struct seeker *s, const struct distribution_source *source)
{
	return strcmp(source->repository, s->push->repository) == 0;
}

/* One question. */
static bool check(struct seeker *s, const struct distribution_source *source)
{
	struct push *p = s->push;
	int64_t size;
	struct err why;

	str_list_add(s->arena, &s->checked, source->digest);
	if (registry_find_blob(p->registry, source->digest, &size, &why)) {
		log_debug("push of %s: %s, ignoring", s->layer->diff_id, why.msg);
		return false;
	}
	if (size < 0) {
		if (is_this_repository(s, source))
			distribution_remove(p->store, s->layer->diff_id, source);
		return false;
	}
	if (!is_this_repository(s, source) || !distribution_is_keyed(source, p->key))
		distribution_add(
			p->store, s->layer->diff_id, source->digest, p->repository, p->key);
	found(s, source->digest, size, PUSH_EXISTS);
	return true;
}

/* Asks for at most `most` of the blobs this layer is known as. */
static bool exists(struct seeker *s, bool elsewhere, size_t most)
{
	struct distribution_sources l;
	size_t asked = 0;

	copy_sources(s->arena, &s->sources, &l);
	distribution_sort(&l, s->push->repository, s->push->key);
	for (size_t i = 0; i < l.n && asked < most; i++) {
		const struct distribution_source *source = &l.v[i];
		if ((!elsewhere && *source->repository && !is_this_repository(s, source)) ||
			str_list_has(&s->checked, source->digest))
			continue;
		asked++;
		if (check(s, source))
			return true;
	}
	return false;
}

static bool has_credentials(const struct registry_auth *auth)
{
	return auth && (auth->registry_token || (auth->username && auth->password));
}

/* 1 mounted, 0 not, -1 no use going on. */
static int try_mount(struct seeker *s, const struct distribution_source *source, struct err *e)
{
	struct push *p = s->push;
	struct oci_ref ref;
	bool is_mounted = false;
	int64_t size;
	struct err why = { 0 };

	if (oci_ref_parse(s->arena, source->repository, &ref, &why))
		return 0;
	int rc = registry_mount_blob(p->registry, source->digest, ref.path, &is_mounted, &why);
	if (rc && why.kind == ERR_CANCELLED) {
		*e = why;
		return -1;
	}
	if (rc == 0 && is_mounted &&
		registry_find_blob(p->registry, source->digest, &size, &why) == 0 && size >= 0) {
		{
			own_lock guard = lock_take(&p->lock);
			snprintf(s->layer->mounted_from, sizeof(s->layer->mounted_from), "%s",
				ref.path);
		}
		distribution_add(
			p->store, s->layer->diff_id, source->digest, p->repository, p->key);
		found(s, source->digest, size, PUSH_MOUNTED);
		return 1;
	}
	/* Not to be tried again, unless it is the credentials' fault. */
	bool is_refused = rc && why.kind == ERR_UNAUTHORIZED;
	if ((!is_refused || has_credentials(p->opts->auth)) &&
		(!*source->hmac || distribution_is_keyed(source, p->key)))
		distribution_remove(p->store, s->layer->diff_id, source);
	return 0;
}

static int seek(struct seeker *s, struct err *e)
{
	struct push_patience patience = push_patience(s->layer->size);
	struct distribution_sources candidates;

	if (exists(s, true, 1))
		return 1;
	push_candidates(s->push, s->arena, &s->sources, patience.mounts, &candidates);
	for (size_t i = 0; i < candidates.n; i++) {
		int rc = try_mount(s, &candidates.v[i], e);
		if (rc)
			return rc;
	}
	if (patience.checks <= s->checked.n)
		return 0;
	return exists(s, patience.elsewhere, patience.checks - s->checked.n);
}

int push_layer(struct push *p, struct push_layer *l, struct err *e)
{
	own_arena a = arena_new();
	struct seeker s = { .push = p, .layer = l, .arena = a };

	push_set_phase(p, l, PUSH_RUNNING);
	distribution_sources(p->store, a, l->diff_id, &s.sources);
	int rc = seek(&s, e);
	if (rc)
		return rc < 0 ? -1 : 0;
	if (push_upload(p, l, e) || fault_point("push.uploaded", e))
		return -1;
	distribution_add(p->store, l->diff_id, l->digest, p->repository, p->key);
	push_set_phase(p, l, PUSH_PUSHED);
	return 0;
}

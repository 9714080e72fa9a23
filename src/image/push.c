/* SPDX-License-Identifier: Apache-2.0 */
#include "image/push.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "push_int.h"
#include "refs.h"
#include "worker.h"

#define ATTEMPTS	5 /* dockerd's max-upload-attempts */
#define MOUNT_FROM_MOST 16

/* The repository's tags in order of name and what they stand for. */
struct tags {
	struct str_list names, ids;
	bool has_any; /* the repository has names, be they digests */
};

static void list_tags(struct push *p, struct arena *a, struct tags *out)
{
	const struct oci_ref *ref = p->opts->ref;
	const char *repo = oci_ref_familiar_name(a, ref);
	own_lock guard = lock_take(&p->store->lock);

	for (size_t i = 0; i < refs_count(p->store->refs); i++) {
		const struct refs_entry *entry = refs_at(p->store->refs, i);
		if (strcmp(entry->repo, repo) != 0)
			continue;
		out->has_any = true;
		const char *tag = entry->name + strlen(repo) + 1;
		if (refs_is_digest(entry->name) || (ref->tag && strcmp(ref->tag, tag) != 0))
			continue;
		str_list_add(a, &out->names, tag);
		str_list_add(a, &out->ids, entry->id);
	}
}

static int find_tags(struct push *p, struct arena *a, struct tags *out, struct err *e)
{
	const struct oci_ref *ref = p->opts->ref;

	list_tags(p, a, out);
	if (!out->has_any)
		return err_set(e, ERR_NOT_FOUND, "An image does not exist locally with the tag: %s",
			oci_ref_familiar_name(a, ref));
	if (ref->digest)
		return err_set(e, ERR_INVALID, "cannot push a digest reference");
	if (out->names.n)
		return 0;
	if (ref->tag)
		return err_set(
			e, ERR_NOT_FOUND, "tag does not exist: %s", oci_ref_familiar(a, ref));
	return err_set(e, ERR_NOT_FOUND, "no tags to push for %s", oci_ref_familiar_name(a, ref));
}

/* Repositories layers may be mounted from: the token must allow reading them. */
static void list_mounts(
	struct push *p, struct arena *a, const struct tags *tags, struct str_list *out)
{
	for (size_t i = 0; i < tags->ids.n; i++) {
		struct push_layer **layers;
		struct err ignored;
		size_t n;
		if (push_list_layers(p, a, tags->ids.v[i], &layers, &n, &ignored))
			continue;
		for (size_t j = 0; j < n; j++) {
			struct distribution_sources all, some;
			distribution_sources(p->store, a, layers[j]->diff_id, &all);
			push_candidates(p, a, &all, push_patience(layers[j]->size).mounts, &some);
			for (size_t k = 0; k < some.n && out->n < MOUNT_FROM_MOST; k++) {
				struct oci_ref from;
				if (oci_ref_parse(a, some.v[k].repository, &from, &ignored) == 0 &&
					!str_list_has(out, from.path))
					str_list_add(a, out, from.path);
			}
		}
	}
}

static void stop(void *arg)
{
	struct push *p = arg;

	{
		own_lock guard = lock_take(&p->lock);
		p->is_cancelled = true;
		push_tell(p);
	}
	registry_cancel(p->registry);
}

static int push_tags(struct push *p, const struct tags *tags, struct err *e)
{
	for (size_t i = 0; i < tags->names.n; i++) {
		struct oci_ref ref = *p->opts->ref;
		ref.tag = tags->names.v[i];
		if (push_image(p, &ref, tags->ids.v[i], e))
			return -1;
	}
	return 0;
}

static int run(struct push *p, struct err *e)
{
	struct str_list mounts = { 0 };
	struct tags tags = { 0 };
	struct registry_opts open = { .settings = p->opts->settings,
		.repository = p->opts->ref,
		.auth = p->opts->auth,
		.for_push = true,
		.mount_from = &mounts };

	p->repository = oci_ref_name(p->arena, p->opts->ref);
	if (progress_message(&p->opts->progress, NULL,
		    arena_printf(p->arena, "The push refers to repository [%s]", p->repository),
		    e) ||
		find_tags(p, p->arena, &tags, e))
		return -1;
	list_mounts(p, p->arena, &tags, &mounts);
	if (canceller_check(p->opts->canceller, e) || registry_open(&open, &p->registry, e))
		return -1;
	canceller_set(p->opts->canceller, stop, p);
	int rc = push_tags(p, &tags, e);
	canceller_set(p->opts->canceller, NULL, NULL);
	registry_close(p->registry);
	return rc;
}

int image_push(struct image_store *s, const struct image_push_opts *opts, struct err *e)
{
	own_arena a = arena_new();
	struct push p = { .store = s,
		.opts = opts,
		.arena = a,
		.program = worker_program(a, opts->layer_program),
		.attempts = opts->settings->attempts ? opts->settings->attempts : ATTEMPTS };

	if (store_read(s, e))
		return -1;
	distribution_key(opts->auth, p.key);
	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.changed, NULL);
	p.layers = map_new();
	int rc = run(&p, e);
	map_free(p.layers);
	pthread_cond_destroy(&p.changed);
	pthread_mutex_destroy(&p.lock);
	return rc;
}

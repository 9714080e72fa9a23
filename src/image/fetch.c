/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/thread.h"
#include "fetch_int.h"
#include "layers.h"

#define MOST_AT_ONCE 3 /* dockerd's max-concurrent-downloads */

struct fetches *fetches_new(struct image_store *s)
{
	struct fetches *all = calloc(1, sizeof(*all));

	if (!all)
		abort();
	all->store = s;
	all->most = MOST_AT_ONCE;
	pthread_mutex_init(&all->lock, NULL);
	pthread_cond_init(&all->changed, NULL);
	list_init(&all->all);
	list_init(&all->queue);
	return all;
}

void fetches_free(struct fetches *all)
{
	if (!all)
		return;
	pthread_cond_destroy(&all->changed);
	pthread_mutex_destroy(&all->lock);
	free(all);
}

/* lock is held. */
static void tell(struct fetches *all)
{
	all->generation++;
	pthread_cond_broadcast(&all->changed);
}

void fetches_limit(struct fetches *all, unsigned most)
{
	own_lock guard = lock_take(&all->lock);

	all->most = most ? most : MOST_AT_ONCE;
	tell(all);
}

void fetches_wait(struct fetches *all, uint64_t *seen)
{
	own_lock guard = lock_take(&all->lock);

	while (all->generation == *seen)
		pthread_cond_wait(&all->changed, &all->lock);
	*seen = all->generation;
}

void fetches_wake(struct fetches *all)
{
	own_lock guard = lock_take(&all->lock);

	tell(all);
}

/* --- Sources --------------------------------------------------------------------------------------- */

static void copy_auth(struct arena *a, const struct registry_auth *from, struct registry_auth *to)
{
	to->username = arena_strdup(a, from->username);
	to->password = arena_strdup(a, from->password);
	to->identity_token = arena_strdup(a, from->identity_token);
	to->registry_token = arena_strdup(a, from->registry_token);
	to->server_address = arena_strdup(a, from->server_address);
}

/* tare-xfer tries a blob again: its fetches show that. */
static void retrying(void *arg, const char *digest, unsigned seconds)
{
	struct fetch_source *src = arg;
	own_lock guard = lock_take(&src->all->lock);

	list_for_each (&src->all->all, f, struct fetch, in_all) {
		if (f->spec.source != src || strcmp(f->spec.digest, digest) != 0)
			continue;
		f->state.tries++;
		f->state.retry_seconds = seconds;
		tell(src->all);
	}
}

int fetch_source_open(struct fetches *all, const struct registry_opts *opts,
	struct fetch_source **out, struct err *e)
{
	struct arena *a = arena_new();
	struct fetch_source *src = ARENA_NEW(a, struct fetch_source);
	struct registry_opts own = *opts;
	struct registry_auth auth;
	struct oci_ref ref = { .domain = arena_strdup(a, opts->repository->domain),
		.path = arena_strdup(a, opts->repository->path) };

	*src = (struct fetch_source){ .all = all, .arena = a, .refs = 1, .users = 1 };
	own.repository = arena_alloc(a, sizeof(ref));
	memcpy((void *)own.repository, &ref, sizeof(ref));
	if (opts->auth) {
		copy_auth(a, opts->auth, &auth);
		own.auth = arena_alloc(a, sizeof(auth));
		memcpy((void *)own.auth, &auth, sizeof(auth));
	}
	own.retrying = retrying;
	own.arg = src;
	if (registry_open(&own, &src->registry, e)) {
		arena_free(a);
		return -1;
	}
	*out = src;
	return 0;
}

struct registry *fetch_source_registry(const struct fetch_source *src)
{
	return src->registry;
}

/* A user less; true when it was the last one. lock is held. */
static bool drop_user(struct fetch_source *src)
{
	return --src->users == 0;
}

static void drop_ref(struct fetch_source *src)
{
	unsigned left;

	{
		own_lock guard = lock_take(&src->all->lock);
		left = --src->refs;
	}
	if (left)
		return;
	registry_close(src->registry);
	arena_free(src->arena);
}

void fetch_source_leave(struct fetch_source *src)
{
	bool is_last;

	if (!src)
		return;
	{
		own_lock guard = lock_take(&src->all->lock);
		is_last = drop_user(src);
	}
	if (is_last)
		registry_cancel(src->registry);
	drop_ref(src);
}

/* Fetches that others follow go on: then only what the pull itself asks is not cut short. */
void fetch_source_cancel(struct fetch_source *src)
{
	bool is_shared = false;

	{
		own_lock guard = lock_take(&src->all->lock);
		list_for_each (&src->all->all, f, struct fetch, in_all)
			is_shared |= f->spec.source == src && f->followers > 1;
	}
	if (!is_shared)
		registry_cancel(src->registry);
	fetches_wake(src->all);
}

/* --- One fetch's life ------------------------------------------------------------------------------ */

/* lock is held. */
static void give_turn(struct fetch *f)
{
	if (!f->has_turn)
		return;
	f->has_turn = false;
	f->table->running--;
}

void fetch_enter(struct fetch *f, enum fetch_phase phase)
{
	own_lock guard = lock_take(&f->table->lock);

	f->state.phase = phase;
	if (phase > FETCH_LOADING)
		give_turn(f);
	if (phase == FETCH_VERIFYING)
		f->state.bytes = f->spec.size;
	tell(f->table);
}

int fetch_advance(struct fetch *f, int64_t bytes, struct err *e)
{
	own_lock guard = lock_take(&f->table->lock);

	if (f->is_cancelled)
		return err_set(e, ERR_CANCELLED, "context canceled");
	if (bytes != f->state.bytes) {
		f->state.bytes = bytes;
		tell(f->table);
	}
	return 0;
}

/* Those before it in the queue may merely not have woken up yet. lock is held. */
static bool is_turn(const struct fetch *f)
{
	const struct fetches *all = f->table;
	unsigned before = all->running;

	for (const struct list *l = all->queue.next; l != &f->in_queue; l = l->next)
		before++;
	return before < all->most;
}

static int await_turn(struct fetch *f, struct err *e)
{
	struct fetches *all = f->table;
	own_lock guard = lock_take(&all->lock);

	while (!is_turn(f) && !f->is_cancelled)
		pthread_cond_wait(&all->changed, &all->lock);
	list_remove(&f->in_queue);
	if (f->is_cancelled) {
		tell(all);
		return err_set(e, ERR_CANCELLED, "context canceled");
	}
	all->running++;
	f->has_turn = true;
	return 0;
}

static void run(void *arg)
{
	struct fetch *f = arg;
	struct err e = { 0 };

	int rc = await_turn(f, &e) || fetch_blob(f, &e) ? -1 : 0;
	own_lock guard = lock_take(&f->table->lock);
	give_turn(f);
	f->err = e;
	f->state.phase = rc ? FETCH_FAILED : FETCH_DONE;
	if (f->uses_source)
		drop_user(f->spec.source);
	f->uses_source = false;
	f->has_ended = true;
	tell(f->table);
}

/* --- Followers ------------------------------------------------------------------------------------- */

/* lock is held. One that was called off is waited for: it still has the blob's file. */
static struct fetch *find(struct fetches *all, const char *chain_id)
{
	for (;;) {
		bool is_ending = false;
		list_for_each (&all->all, f, struct fetch, in_all) {
			if (strcmp(f->spec.chain_id, chain_id) != 0)
				continue;
			if (!f->is_cancelled && f->state.phase != FETCH_FAILED)
				return f;
			is_ending |= !f->has_ended;
		}
		if (!is_ending)
			return NULL;
		pthread_cond_wait(&all->changed, &all->lock);
	}
}

static struct fetch *make(struct fetches *all, const struct fetch_spec *spec)
{
	struct arena *a = arena_new();
	struct fetch *f = ARENA_NEW(a, struct fetch);
	struct str_list *urls = ARENA_NEW(a, struct str_list);

	f->table = all;
	f->arena = a;
	f->folder.fd = -1;
	f->spec = (struct fetch_spec){
		.source = spec->source,
		.program = arena_strdup(a, spec->program),
		.chain_id = arena_strdup(a, spec->chain_id),
		.diff_id = arena_strdup(a, spec->diff_id),
		.digest = arena_strdup(a, spec->digest),
		.size = spec->size,
	};
	for (size_t i = 0; spec->urls && i < spec->urls->n; i++)
		str_list_add(a, urls, spec->urls->v[i]);
	if (urls->n)
		f->spec.urls = urls;
	list_init(&f->in_all);
	list_init(&f->in_queue);
	return f;
}

int fetch_begin(
	struct fetches *all, const struct fetch_spec *spec, struct fetch **out, struct err *e)
{
	own_lock guard = lock_take(&all->lock);
	struct fetch *f = find(all, spec->chain_id);

	if (!f) {
		f = make(all, spec);
		if (thread_detach(run, f, e)) {
			arena_free(f->arena);
			return -1;
		}
		/* The thread waits for the lock. */
		list_append(&all->all, &f->in_all);
		list_append(&all->queue, &f->in_queue);
		spec->source->refs++;
		spec->source->users++;
		f->uses_source = true;
		f->state.has_waited = !is_turn(f);
	}
	f->followers++;
	*out = f;
	return 0;
}

static void release_layer(struct fetch *f)
{
	struct image_store *s = f->table->store;
	const char *chain_id = f->spec.chain_id;
	bool is_unused;
	struct err e;

	if (!f->is_held)
		return;
	{
		own_lock guard = lock_take(&s->lock);
		struct layer *known = store_layer(s, chain_id);
		is_unused = --known->holds == 0 && !known->images;
	}
	if (!is_unused)
		return;
	own_lock change = lock_take(&s->change);
	if (layers_collect(s, f->arena, &chain_id, 1, NULL, &e))
		log_warn("pull: %s, ignoring", e.msg);
}

/* Nobody follows it and its thread has ended. */
static void end(struct fetch *f)
{
	struct fetch_source *src = f->spec.source;

	release_layer(f);
	intake_folder_discard(f->table->store, &f->folder);
	arena_free(f->arena);
	drop_ref(src);
}

void fetch_leave(struct fetch *f)
{
	struct fetches *all = f->table;
	struct registry *unused = NULL;

	{
		own_lock guard = lock_take(&all->lock);
		if (--f->followers)
			return;
		f->is_cancelled = true;
		if (f->uses_source && drop_user(f->spec.source))
			unused = f->spec.source->registry;
		f->uses_source = false;
		tell(all);
	}
	if (unused)
		registry_cancel(unused);
	{
		own_lock guard = lock_take(&all->lock);
		while (!f->has_ended)
			pthread_cond_wait(&all->changed, &all->lock);
		list_remove(&f->in_all);
		tell(all);
	}
	end(f);
}

void fetch_look(struct fetch *f, struct fetch_state *out)
{
	own_lock guard = lock_take(&f->table->lock);

	*out = f->state;
}

const struct intake_place *fetch_place(const struct fetch *f, int64_t *size)
{
	*size = f->size;
	return &f->place;
}

int fetch_fail(const struct fetch *f, struct err *e)
{
	*e = f->err;
	return -1;
}

void fetch_registered(struct fetch *f)
{
	struct image_store *s = f->table->store;
	own_lock guard = lock_take(&s->lock);

	if (!f->is_held)
		store_layer(s, f->spec.chain_id)->holds++;
	f->is_held = true;
}

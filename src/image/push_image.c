/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/jsonw.h"
#include "base/slice.h"
#include "base/thread.h"
#include "layerdb.h"
#include "layers.h"
#include "oci/manifest.h"
#include "push_int.h"
#include "refs.h"

#define MANIFEST_MOST (4 * 1024 * 1024)

/* --- Layers ---------------------------------------------------------------------------------------- */

static struct push_layer *know_layer(struct push *p, const struct layer *from)
{
	struct push_layer *l = map_get(p->layers, from->diff_id);

	if (l)
		return l;
	l = ARENA_NEW(p->arena, struct push_layer);
	l->diff_id = arena_strdup(p->arena, from->diff_id);
	l->chain_id = arena_strdup(p->arena, from->chain_id);
	l->cache_id = arena_strdup(p->arena, from->cache_id);
	l->size = from->size;
	snprintf(l->id, sizeof(l->id), "%.12s", oci_digest_hex(l->diff_id));
	map_set(p->layers, l->diff_id, l);
	return l;
}

int push_list_layers(struct push *p, struct arena *a, const char *id, struct push_layer ***out,
	size_t *n, struct err *e)
{
	struct pinned layers;
	int rc = 0;

	{
		own_lock guard = lock_take(&p->store->lock);
		struct image *img = store_find_image(p->store, id);
		if (!img)
			return store_no_image(id, e);
		store_pin(a, img, &layers);
	}
	*n = layers.n;
	*out = arena_array(a, layers.n + 1, sizeof(struct push_layer *));
	for (size_t i = 0; i < layers.n && rc == 0; i++) {
		rc = layers_read(p->store, layers.v[i], e);
		if (rc == 0)
			(*out)[i] = know_layer(p, layers.v[i]);
	}
	store_unpin(p->store, &layers);
	return rc ? err_in(e, "failed to get top layer from image") : 0;
}

/* --- Threads --------------------------------------------------------------------------------------- */

static struct push_layer *take_next(struct push *p)
{
	own_lock guard = lock_take(&p->lock);

	if (p->is_cancelled || p->next == p->n_queue)
		return NULL;
	return p->queue[p->next++];
}

static void push_main(void *arg)
{
	struct push *p = arg;
	struct push_layer *l;

	while ((l = take_next(p))) {
		struct err e;
		if (push_layer(p, l, &e) == 0)
			continue;
		own_lock guard = lock_take(&p->lock);
		l->err = e;
		l->phase = PUSH_FAILED;
		push_tell(p);
		break;
	}
	own_lock guard = lock_take(&p->lock);
	p->running--;
	push_tell(p);
}

/* --- What the client is told ----------------------------------------------------------------------- */

static int tell_bytes(struct push *p, const struct push_layer *l, struct err *e)
{
	struct image_progress pr = { .type = IMAGE_PROGRESS_UPDATE,
		.id = l->id,
		.text = "Pushing",
		.current = l->bytes,
		.total = l->size };

	return p->opts->progress.report(p->opts->progress.arg, &pr, e);
}

static int tell_end(struct push *p, const struct push_layer *l, struct err *e)
{
	const char *text = l->phase == PUSH_EXISTS ? "Layer already exists" : "Pushed";

	if (l->phase == PUSH_MOUNTED)
		text = arena_printf(p->arena, "Mounted from %s", l->mounted_from);
	return progress_update(&p->opts->progress, l->id, text, e);
}

/* now: a copy of *l made under the lock. */
static int tell_layer(
	struct push *p, struct push_layer *l, const struct push_layer *now, struct err *e)
{
	if (now->tries != l->told_tries &&
		progress_update(&p->opts->progress, now->id,
			arena_printf(p->arena, "Retrying in %u second%s", now->retry_seconds,
				now->retry_seconds == 1 ? "" : "s"),
			e))
		return -1;
	l->told_tries = now->tries;
	if (now->bytes != l->told_bytes && tell_bytes(p, now, e))
		return -1;
	l->told_bytes = now->bytes;
	bool is_end = now->phase > PUSH_RUNNING && now->phase < PUSH_FAILED;
	if (is_end && l->told != now->phase && tell_end(p, now, e))
		return -1;
	l->told = now->phase;
	return 0;
}

/* 1: all are there. */
static int tell_news(struct push *p, struct err *e)
{
	bool is_done = true;

	for (size_t i = 0; i < p->n_queue; i++) {
		struct push_layer *l = p->queue[i], now;
		{
			own_lock guard = lock_take(&p->lock);
			now = *l;
		}
		if (now.phase == PUSH_FAILED) {
			*e = now.err;
			return -1;
		}
		is_done &= now.phase > PUSH_RUNNING;
		if (tell_layer(p, l, &now, e))
			return -1;
	}
	return is_done;
}

static void await_news(struct push *p, uint64_t *seen)
{
	own_lock guard = lock_take(&p->lock);

	while (p->news == *seen && !p->is_cancelled)
		pthread_cond_wait(&p->changed, &p->lock);
	*seen = p->news;
}

static int await_layers(struct push *p, struct err *e)
{
	uint64_t seen = 0;

	for (;;) {
		int rc = tell_news(p, e);
		if (rc)
			return rc < 0 ? -1 : 0;
		if (canceller_check(p->opts->canceller, e))
			return -1;
		await_news(p, &seen);
	}
}

/* --- One image's layers ---------------------------------------------------------------------------- */

/* Uppermost first, each once; those of an image before are there. */
static int prepare(
	struct push *p, struct arena *a, struct push_layer **layers, size_t n, struct err *e)
{
	p->queue = arena_array(a, n + 1, sizeof(struct push_layer *));
	p->n_queue = p->next = 0;
	for (size_t i = n; i-- > 0;) {
		bool is_there = layers[i]->phase != PUSH_PREPARING;
		for (size_t j = 0; j < p->n_queue; j++)
			is_there |= p->queue[j] == layers[i];
		if (progress_update(&p->opts->progress, layers[i]->id, "Preparing", e))
			return -1;
		if (!is_there)
			p->queue[p->n_queue++] = layers[i];
		else if (layers[i]->phase > PUSH_RUNNING &&
			 progress_update(
				 &p->opts->progress, layers[i]->id, "Layer already exists", e))
			return -1;
	}
	return 0;
}

static int upload_layers(struct push *p, struct err *e)
{
	unsigned most = p->opts->uploads_most ? p->opts->uploads_most : 5, n;
	pthread_t threads[64];

	if (most > sizeof(threads) / sizeof(threads[0]))
		most = sizeof(threads) / sizeof(threads[0]);
	for (size_t i = most; i < p->n_queue; i++)
		if (progress_update(&p->opts->progress, p->queue[i]->id, "Waiting", e))
			return -1;
	int rc = 0;
	for (n = 0; n < most && n < p->n_queue && rc == 0; n++) {
		p->running++;
		rc = thread_start(&threads[n], push_main, p, e);
	}
	if (rc)
		n--;
	else
		rc = await_layers(p, e);
	if (rc) {
		own_lock guard = lock_take(&p->lock);
		p->is_cancelled = true;
		push_tell(p);
	}
	if (rc)
		registry_cancel(p->registry);
	while (n-- > 0)
		thread_join(threads[n]);
	return rc;
}

/* --- The manifest ---------------------------------------------------------------------------------- */

static void print_descriptor(struct jsonw *w, const char *type, int64_t size, const char *digest)
{
	jsonw_obj(w);
	jsonw_kstr(w, "mediaType", type);
	jsonw_ki64(w, "size", size);
	jsonw_kstr(w, "digest", digest);
	jsonw_obj_end(w);
}

/* Byte for byte what dockerd writes, so that an image pushed by both has one digest. */
static void print_manifest(
	struct push_layer **layers, size_t n, const char *id, size_t config_len, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, "   ");
	jsonw_obj(&w);
	jsonw_ki64(&w, "schemaVersion", 2);
	jsonw_kstr(&w, "mediaType", OCI_TYPE_DOCKER_MANIFEST);
	jsonw_key(&w, "config");
	print_descriptor(&w, OCI_TYPE_DOCKER_CONFIG, (int64_t)config_len, id);
	jsonw_key(&w, "layers");
	jsonw_arr(&w);
	for (size_t i = 0; i < n; i++)
		print_descriptor(
			&w, OCI_TYPE_DOCKER_LAYER, layers[i]->blob_size, layers[i]->digest);
	jsonw_arr_end(&w);
	jsonw_obj_end(&w);
}

/* The image is found by repo@digest from now on, too. */
static int name_digest(struct push *p, struct arena *a, const struct oci_ref *ref, const char *id,
	const char *digest, struct err *e)
{
	struct oci_ref by_digest = { ref->domain, ref->path, NULL, digest };
	const char *name = oci_ref_familiar(a, &by_digest);
	own_lock change = lock_take(&p->store->change);

	{
		own_lock guard = lock_take(&p->store->lock);
		if (!store_find_image(p->store, id))
			return 0; /* removed meanwhile */
	}
	const struct refs_entry *old = refs_find(p->store->refs, name);
	if (old && strcmp(old->id, id) == 0)
		return 0;
	struct refs *refs = refs_clone(p->store->refs);
	refs_set(refs, oci_ref_familiar_name(a, ref), name, id);
	return store_replace_refs(p->store, refs, e);
}

static int put_manifest(struct push *p, struct arena *a, const struct oci_ref *ref, const char *id,
	const struct registry_document *doc, struct err *e)
{
	char text[OCI_DIGEST_SIZE];

	if (fault_point("push.manifest", e) || registry_put_manifest(p->registry, ref->tag, doc, e))
		return -1;
	memcpy(text, doc->digest, sizeof(text));
	const char *line = arena_printf(a, "%s: digest: %s size: %zu", ref->tag, text, doc->n);
	struct image_progress pushed = { .type = IMAGE_PROGRESS_PUSHED,
		.id = text,
		.text = ref->tag,
		.total = (int64_t)doc->n };
	if (progress_message(&p->opts->progress, NULL, line, e) ||
		name_digest(p, a, ref, id, text, e))
		return -1;
	return p->opts->progress.report(p->opts->progress.arg, &pushed, e);
}

int push_image(struct push *p, const struct oci_ref *ref, const char *id, struct err *e)
{
	own_arena a = arena_new();
	struct push_layer **layers;
	own_buf config = { 0 };
	own_buf manifest = { 0 };
	size_t n;

	buf_init(&config, CONFIG_MOST + 1);
	buf_init(&manifest, MANIFEST_MOST);
	if (imagedb_read(p->store, id, &config, e) || push_list_layers(p, a, id, &layers, &n, e) ||
		prepare(p, a, layers, n, e) || upload_layers(p, e) ||
		push_small_blob(p, id, config.data, config.len, e))
		return -1;
	print_manifest(layers, n, id, config.len, &manifest);
	struct registry_document doc = {
		.media_type = OCI_TYPE_DOCKER_MANIFEST, .text = manifest.data, .n = manifest.len
	};
	sha_digest(manifest.data, manifest.len, doc.digest);
	return put_manifest(p, a, ref, id, &doc, e);
}

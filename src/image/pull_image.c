/* SPDX-License-Identifier: Apache-2.0 */
/* One image: its configuration first, which says what its layers will be; then those the store lacks; then the commit. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/slice.h"
#include "blobs.h"
#include "distribution.h"
#include "pull_int.h"
#include "refs.h"

#define MISMATCH "layers from manifest don't match image configuration"

struct pull_layer {
	struct intake_layer *to;
	const struct oci_descriptor *from;
	char id[13];
	struct fetch *fetch; /* NULL: the store has it */
	/* What the client was told. */
	bool has_waited, is_loading, is_verifying, is_loaded;
	int64_t bytes;
	unsigned tries;
};

struct puller {
	struct pull *pull;
	struct arena *arena;
	const struct oci_manifest *manifest;
	const struct pull_target *target;
	struct intake in;
	struct intake_image *image;
	struct pull_layer *layers;
	size_t n_layers;
	size_t n_complete; /* layers of which the client was told everything */
};

/* --- Names ----------------------------------------------------------------------------------------- */

/* repo@digest, and repo:tag unless it was asked for by digest. */
static void list_names(struct arena *a, const struct pull_target *t, struct str_list *out)
{
	struct oci_ref by_digest = { t->ref.domain, t->ref.path, NULL, t->digest };
	struct oci_ref by_tag = { t->ref.domain, t->ref.path, t->ref.tag, NULL };

	str_list_add(a, out, oci_ref_familiar(a, &by_digest));
	if (!t->ref.digest)
		str_list_add(a, out, oci_ref_familiar(a, &by_tag));
}

/* Whether the last of the names, the one that was asked for, stood for something else. */
static bool is_renamed(const struct refs *before, const struct str_list *names, const char *id)
{
	const struct refs_entry *old = refs_find(before, names->v[names->n - 1]);

	return !old || strcmp(old->id, id) != 0;
}

static int name_known(struct image_store *s, struct arena *a, const struct pull_target *t,
	const char *id, bool *is_new, struct err *e)
{
	struct str_list names = { 0 };
	bool has_changed = false;
	own_lock change = lock_take(&s->change);

	{
		own_lock guard = lock_take(&s->lock);
		if (!store_find_image(s, id))
			return err_set(e, ERR_CONFLICT,
				"image %s was removed while it was being pulled", id);
	}
	list_names(a, t, &names);
	*is_new = is_renamed(s->refs, &names, id);
	for (size_t i = 0; i < names.n; i++) {
		const struct refs_entry *old = refs_find(s->refs, names.v[i]);
		has_changed |= !old || strcmp(old->id, id) != 0;
	}
	if (!has_changed)
		return 0;
	struct refs *refs = refs_clone(s->refs);
	for (size_t i = 0; i < names.n; i++)
		refs_set(refs, oci_ref_familiar_name(a, &t->ref), names.v[i], id);
	return store_replace_refs(s, refs, e);
}

static int tell_digest(struct puller *p, struct err *e)
{
	return progress_message(&p->pull->opts->progress, NULL,
		arena_printf(p->arena, "Digest: %s", p->target->digest), e);
}

/* --- Checks ---------------------------------------------------------------------------------------- */

/* What images are made of, by dockerd's list: other artifacts cannot be run. */
static int check_type(struct arena *a, const char *type, struct err *e)
{
	static const char *const prefixes[] = { "application/vnd.oci.image",
		"application/vnd.docker" };
	static const char *const others[] = { "application/octet-stream", "application/json",
		"text/html", "" };
	char *low = arena_strdup(a, type ? type : "");

	for (char *c = low; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 'a' - 'A');
	if (str_starts(low, "application/vnd.docker.ai."))
		return err_set(e, ERR_INVALID,
			"AI models are not yet supported by the Engine, please use \"docker model pull/run\" instead");
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t n = strlen(prefixes[i]);
		if (str_starts(low, prefixes[i]) && (low[n] == '.' || !low[n]))
			return 0;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(low, others[i]) == 0)
			return 0;
	return err_set(e, ERR_INVALID, "unsupported media type %s", type);
}

static int check_types(struct puller *p, struct err *e)
{
	const struct oci_manifest *m = p->manifest;

	if (!oci_digest_is_sha256(m->config.digest))
		return err_set(e, ERR_INVALID, "unsupported digest %s", m->config.digest);
	if (check_type(p->arena, m->config.media_type, e))
		return -1;
	for (size_t i = 0; i < m->layers.n; i++) {
		if (!oci_digest_is_sha256(m->layers.v[i].digest))
			return err_set(
				e, ERR_INVALID, "unsupported digest %s", m->layers.v[i].digest);
		if (check_type(p->arena, m->layers.v[i].media_type, e))
			return -1;
	}
	return 0;
}

static int get_config(struct puller *p, struct err *e)
{
	struct registry_document config;
	const struct oci_descriptor *d = &p->manifest->config;

	if (registry_get_blob(p->pull->registry, p->arena, d->digest, CONFIG_MOST, &config, e))
		return e->kind == ERR_CANCELLED ? -1
						: err_in(e, "error pulling image configuration");
	if (intake_add_image(&p->in, config.text, config.n, &p->image, e))
		return -1;
	if (strcmp(p->image->id, d->digest) != 0)
		return err_set(e, ERR_INVALID, "image config verification failed for digest %s",
			d->digest);
	const char *os = p->image->parsed.os;
	if (!str_empty(os) && strcmp(os, "linux") != 0)
		return err_set(e, ERR_INVALID,
			"cannot download image with operating system \"%s\" when requesting \"linux\"",
			os);
	if (p->image->n_layers != p->manifest->layers.n)
		return err_set(e, ERR_INVALID, MISMATCH);
	return 0;
}

/* --- Layers ---------------------------------------------------------------------------------------- */

static int begin_layer(struct puller *p, struct pull_layer *l, struct err *e)
{
	struct fetch_spec spec = {
		.source = p->pull->source,
		.program = p->pull->program,
		.chain_id = l->to->chain_id,
		.diff_id = l->to->diff_id,
		.digest = l->from->digest,
		.size = l->from->size,
		.urls = l->from->urls.n ? &l->from->urls : NULL,
	};
	const struct image_progress_out *out = &p->pull->opts->progress;

	if (intake_claim_layer(&p->in, l->to))
		return progress_update(out, l->id, "Already exists", e);
	if (progress_update(out, l->id, "Pulling fs layer", e))
		return -1;
	return fetch_begin(p->pull->store->fetches, &spec, &l->fetch, e);
}

static int begin_layers(struct puller *p, struct err *e)
{
	size_t n = p->image->n_layers;

	p->layers = arena_array(p->arena, n + 1, sizeof(*p->layers));
	for (size_t i = 0; i < n; i++) {
		struct pull_layer *l = &p->layers[p->n_layers++];
		l->to = &p->image->layers[i];
		l->from = &p->manifest->layers.v[i];
		snprintf(l->id, sizeof(l->id), "%.12s", oci_digest_hex(l->from->digest));
		if (begin_layer(p, l, e))
			return -1;
	}
	return 0;
}

static int tell_bytes(
	struct puller *p, struct pull_layer *l, const char *what, int64_t bytes, struct err *e)
{
	struct image_progress pr = { .type = IMAGE_PROGRESS_UPDATE,
		.id = l->id,
		.text = what,
		.current = bytes,
		.total = l->from->size };

	return p->pull->opts->progress.report(p->pull->opts->progress.arg, &pr, e);
}

static int tell_retry(struct puller *p, struct pull_layer *l, unsigned seconds, struct err *e)
{
	return progress_update(&p->pull->opts->progress, l->id,
		arena_printf(p->arena, "Retrying in %u second%s", seconds, seconds == 1 ? "" : "s"),
		e);
}

/* What of its state the client has not heard of yet. */
static int tell_layer(
	struct puller *p, struct pull_layer *l, const struct fetch_state *st, struct err *e)
{
	const struct image_progress_out *out = &p->pull->opts->progress;

	if (st->has_waited && !l->has_waited && progress_update(out, l->id, "Waiting", e))
		return -1;
	l->has_waited = st->has_waited;
	if (st->tries > l->tries && tell_retry(p, l, st->retry_seconds, e))
		return -1;
	l->tries = st->tries;
	if (st->bytes != l->bytes && tell_bytes(p, l, "Downloading", st->bytes, e))
		return -1;
	l->bytes = st->bytes;
	bool is_verifying = st->phase == FETCH_VERIFYING || st->phase == FETCH_DONE;
	if (is_verifying && !l->is_verifying &&
		progress_update(out, l->id, "Verifying Checksum", e))
		return -1;
	l->is_verifying = is_verifying;
	bool is_loaded = st->phase == FETCH_DONE;
	if (is_loaded && !l->is_loaded && progress_update(out, l->id, "Download complete", e))
		return -1;
	l->is_loaded = is_loaded;
	return 0;
}

/* Layers are complete from the lowest on. */
static int tell_complete(struct puller *p, struct err *e)
{
	for (; p->n_complete < p->n_layers; p->n_complete++) {
		struct pull_layer *l = &p->layers[p->n_complete];
		if (!l->fetch)
			continue;
		if (!l->is_loaded)
			return 0;
		if (tell_bytes(p, l, "Extracting", l->from->size, e) ||
			progress_update(&p->pull->opts->progress, l->id, "Pull complete", e))
			return -1;
	}
	return 0;
}

static int await_layers(struct puller *p, struct err *e)
{
	uint64_t seen = 0;

	for (;;) {
		if (canceller_check(p->pull->opts->canceller, e))
			return -1;
		for (size_t i = 0; i < p->n_layers; i++) {
			struct pull_layer *l = &p->layers[i];
			struct fetch_state st;
			if (!l->fetch || l->is_loaded)
				continue;
			fetch_look(l->fetch, &st);
			if (st.phase == FETCH_FAILED)
				return fetch_fail(l->fetch, e);
			if (tell_layer(p, l, &st, e))
				return -1;
		}
		if (tell_complete(p, e))
			return -1;
		if (p->n_complete == p->n_layers)
			return 0;
		fetches_wait(p->pull->store->fetches, &seen);
	}
}

/* --- The store ------------------------------------------------------------------------------------- */

static void registered(void *arg, const struct intake_layer *layer)
{
	struct puller *p = arg;

	for (size_t i = 0; i < p->n_layers; i++)
		if (p->layers[i].to == layer && p->layers[i].fetch)
			fetch_registered(p->layers[i].fetch);
}

static int commit(struct puller *p, bool *is_new, struct err *e)
{
	struct str_list names = { 0 };

	for (size_t i = 0; i < p->n_layers; i++)
		if (p->layers[i].fetch)
			p->layers[i].to->place =
				fetch_place(p->layers[i].fetch, &p->layers[i].to->size);
	list_names(p->arena, p->target, &names);
	for (size_t i = 0; i < names.n; i++)
		intake_add_name(&p->in, p->image, names.v[i]);
	if (canceller_check(p->pull->opts->canceller, e) || intake_commit(&p->in, e))
		return -1;
	*is_new = is_renamed(p->in.refs_before, &names, p->image->id);
	return 0;
}

/* Which blobs these layers are; the files of their bytes are of no use any more. */
static void remember(struct puller *p)
{
	const char *repository = oci_ref_name(p->arena, &p->target->ref);

	for (size_t i = 0; i < p->n_layers; i++) {
		const struct pull_layer *l = &p->layers[i];
		/* A push calls every blob it knows gzip, as dockerd's manifests do: it must not know of others. */
		if (oci_media_kind(l->from->media_type) == OCI_KIND_LAYER_GZIP)
			distribution_add(
				p->pull->store, l->to->diff_id, l->from->digest, repository, "");
		if (l->fetch)
			blobs_remove(p->pull->store, l->from->digest);
	}
}

static int bring(struct puller *p, bool *is_new, struct err *e)
{
	if (check_types(p, e) || intake_open(&p->in, e) || get_config(p, e) || begin_layers(p, e) ||
		await_layers(p, e) || fault_point("pull.verified", e))
		return -1;
	return commit(p, is_new, e);
}

int pull_image(struct pull *pull, struct arena *a, const struct oci_manifest *m,
	const struct pull_target *target, bool *is_new, struct err *e)
{
	struct image_store *s = pull->store;
	struct puller p = {
		.pull = pull,
		.arena = a,
		.manifest = m,
		.target = target,
		.in = { .store = s,
			.arena = a,
			.action = "pull",
			.folder.fd = -1,
			.registered = registered },
	};
	bool is_known;

	p.in.arg = &p;
	{
		own_lock guard = lock_take(&s->lock);
		is_known = store_find_image(s, m->config.digest);
	}
	if (is_known)
		return tell_digest(&p, e) || name_known(s, a, target, m->config.digest, is_new, e)
			       ? -1
			       : 0;
	int rc = bring(&p, is_new, e);
	if (rc == 0)
		remember(&p);
	for (size_t i = 0; i < p.n_layers; i++)
		if (p.layers[i].fetch)
			fetch_leave(p.layers[i].fetch);
	intake_close(&p.in);
	/* Who has gone by now has missed the news, not the image. */
	return rc ? -1 : tell_digest(&p, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "image/pull.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/slice.h"
#include "blobs.h"
#include "pull_int.h"

#define NESTED_MOST 8
#define SCHEMA1	    "application/vnd.docker.distribution.manifest.v1+json"
#define SCHEMA1_JWS "application/vnd.docker.distribution.manifest.v1+prettyjws"

/* --- What a document is ---------------------------------------------------------------------------- */

enum document { DOCUMENT_MANIFEST, DOCUMENT_INDEX, DOCUMENT_SCHEMA1, DOCUMENT_OTHER };

/* By media type; registries of static files do not know it, then by what it says. */
static enum document look(const struct registry_document *doc)
{
	struct err ignored;
	const char *type = doc->media_type ? doc->media_type : "";

	if (oci_media_kind(type) == OCI_KIND_MANIFEST)
		return DOCUMENT_MANIFEST;
	if (oci_media_kind(type) == OCI_KIND_INDEX)
		return DOCUMENT_INDEX;
	if (str_starts(type, SCHEMA1) || str_starts(type, SCHEMA1_JWS))
		return DOCUMENT_SCHEMA1;
	own_json j = json_parse(doc->text, doc->n, &ignored);
	if (json_i64(json_get(j, "schemaVersion"), 0) == 1)
		return DOCUMENT_SCHEMA1;
	if (json_type(json_get(j, "layers")) == JSON_ARR)
		return DOCUMENT_MANIFEST;
	if (json_type(json_get(j, "manifests")) == JSON_ARR)
		return DOCUMENT_INDEX;
	return DOCUMENT_OTHER;
}

static int refuse_schema1(struct arena *a, const struct oci_ref *ref, struct err *e)
{
	return err_set(e, ERR_INVALID,
		"Docker Image Format v1 and Docker Image manifest version 2, schema 1 support has been "
		"removed. Suggest the author of %s to upgrade the image to the OCI Format or Docker Image "
		"manifest v2, schema 2. More information at "
		"https://docs.docker.com/go/deprecated-image-specs/",
		oci_ref_full(a, ref));
}

/* --- Platforms ------------------------------------------------------------------------------------- */

/* 0: not for it. Without a platform an entry fits anything, after all others. */
static int rate(const struct oci_platform *want, const struct oci_descriptor *d)
{
	struct oci_platform have;

	if (!d->platform || (str_empty(d->platform->os) && str_empty(d->platform->architecture)))
		return 1;
	have = *d->platform;
	oci_platform_normalize(&have);
	int score = oci_platform_score(want, &have);
	return score > 0 ? score + 1 : 0;
}

/* The n-th best entry (stable), or NULL. */
static const struct oci_descriptor *nth_best(
	const struct oci_index *index, const struct oci_platform *want, size_t n)
{
	int below = 1 << 30;
	size_t after = 0;

	for (;;) {
		const struct oci_descriptor *best = NULL;
		int best_score = 0;
		for (size_t i = 0; i < index->manifests.n; i++) {
			int score = rate(want, &index->manifests.v[i]);
			bool is_left = score < below || (score == below && i >= after);
			if (is_left && score > best_score) {
				best_score = score;
				best = &index->manifests.v[i];
			}
		}
		if (!best || n-- == 0)
			return best;
		below = best_score;
		after = (size_t)(best - index->manifests.v) + 1;
	}
}

/* --- From a reference to a manifest ---------------------------------------------------------------- */

static int pull_document(struct pull *p, struct arena *a, const struct registry_document *doc,
	const struct pull_target *target, bool *is_new, struct err *e);

static int parse_and_pull(struct pull *p, struct arena *a, const struct registry_document *doc,
	const struct pull_target *target, bool *is_new, struct err *e)
{
	struct oci_manifest m = { 0 };

	if (oci_manifest_parse(a, doc->text, doc->n, &m, e))
		return -1;
	return pull_image(p, a, &m, target, is_new, e);
}

static int no_match(struct arena *a, const struct oci_platform *want, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "no matching manifest for %s in the manifest list entries",
		oci_platform_text(a, want));
}

/* Goes down from index to index to the best manifest; the entries after the best are for indexes without a match. */
static int find_manifest(struct pull *p, struct arena *a, const struct registry_document *list,
	int depth, struct registry_document *out, struct err *e)
{
	struct oci_index index = { 0 };
	struct oci_platform host;
	const struct oci_platform *want = p->opts->platform;
	const struct oci_descriptor *d;

	if (!want) {
		oci_platform_host(&host);
		oci_platform_normalize(&host);
		want = &host;
	}
	if (depth >= NESTED_MOST)
		return err_set(e, ERR_INVALID, "manifest lists are nested too deeply");
	if (oci_index_parse(a, list->text, list->n, &index, e))
		return -1;
	for (size_t i = 0; (d = nth_best(&index, want, i)); i++) {
		if (registry_get_manifest(p->registry, a, d->digest, out, e))
			return -1;
		switch (look(out)) {
		case DOCUMENT_MANIFEST:
			return 0;
		case DOCUMENT_INDEX:
			if (find_manifest(p, a, out, depth + 1, out, e) == 0)
				return 0;
			if (e->kind != ERR_NOT_FOUND)
				return -1;
			break;
		case DOCUMENT_SCHEMA1:
			return err_set(e, ERR_INVALID, "unsupported manifest format");
		case DOCUMENT_OTHER: /* to be skipped, says the OCI */
			break;
		}
	}
	return no_match(a, want, e);
}

static int pull_document(struct pull *p, struct arena *a, const struct registry_document *doc,
	const struct pull_target *target, bool *is_new, struct err *e)
{
	struct registry_document manifest;

	switch (look(doc)) {
	case DOCUMENT_MANIFEST:
		return parse_and_pull(p, a, doc, target, is_new, e);
	case DOCUMENT_INDEX:
		if (find_manifest(p, a, doc, 0, &manifest, e))
			return -1;
		return parse_and_pull(p, a, &manifest, target, is_new, e);
	case DOCUMENT_SCHEMA1:
		return refuse_schema1(a, &target->ref, e);
	case DOCUMENT_OTHER:
		break;
	}
	return err_set(e, ERR_INVALID, "unsupported manifest format");
}

/* dockerd does not know the classes of others. */
static int check_class(const struct registry_document *doc, struct arena *a, struct err *e)
{
	static const char plugin[] = "application/vnd.docker.plugin.v1+json";
	struct oci_manifest m = { 0 };
	struct err ignored;

	if (look(doc) != DOCUMENT_MANIFEST ||
		oci_manifest_parse(a, doc->text, doc->n, &m, &ignored) || !m.config.media_type ||
		strcmp(m.config.media_type, plugin) != 0)
		return 0;
	return err_set(e, ERR_INVALID, "Encountered remote \"%s\"(plugin) when fetching", plugin);
}

static int pull_one(struct pull *p, const struct oci_ref *ref, bool *is_new, struct err *e)
{
	own_arena a = arena_new();
	struct pull_target target = { .ref = *ref };
	struct registry_document doc;

	if (registry_get_manifest(p->registry, a, ref->digest ? ref->digest : ref->tag, &doc, e) ||
		check_class(&doc, a, e))
		return -1;
	sha_digest(doc.text, doc.n, target.digest);
	if (ref->digest && strcmp(ref->digest, target.digest) != 0)
		return err_set(
			e, ERR_INVALID, "manifest verification failed for digest %s", ref->digest);
	const char *from = arena_printf(a, "Pulling from %s", ref->path);
	const char *id = ref->digest ? oci_ref_full(a, ref) : ref->tag;
	if (progress_message(&p->opts->progress, id, from, e))
		return -1;
	return pull_document(p, a, &doc, &target, is_new, e);
}

static int pull_all_tags(struct pull *p, bool *is_new, struct err *e)
{
	own_arena a = arena_new();
	struct str_list tags = { 0 };

	if (registry_list_tags(p->registry, a, &tags, e))
		return -1;
	for (size_t i = 0; i < tags.n; i++) {
		struct oci_ref ref = *p->opts->ref;
		bool is_this_new = false;
		if (oci_ref_set_tag(a, &ref, tags.v[i], e) || pull_one(p, &ref, &is_this_new, e))
			return -1;
		*is_new |= is_this_new;
	}
	return 0;
}

static int run(struct pull *p, struct err *e)
{
	own_arena a = arena_new();
	const struct oci_ref *ref = p->opts->ref;
	bool is_new = false;

	int rc = ref->tag || ref->digest ? pull_one(p, ref, &is_new, e)
					 : pull_all_tags(p, &is_new, e);
	if (rc)
		return -1;
	return progress_message(&p->opts->progress, NULL,
		arena_printf(a, "Status: %s for %s",
			is_new ? "Downloaded newer image" : "Image is up to date",
			oci_ref_familiar(a, ref)),
		e);
}

static void stop(void *arg)
{
	fetch_source_cancel(arg);
}

int image_pull(struct image_store *s, const struct image_pull_opts *opts, struct err *e)
{
	own_arena a = arena_new();
	struct pull p = {
		.store = s, .opts = opts, .program = worker_program(a, opts->layer_program)
	};
	struct registry_opts open = {
		.settings = opts->settings, .repository = opts->ref, .auth = opts->auth
	};

	if (strcmp(opts->ref->path, "library/scratch") == 0 &&
		strcmp(opts->ref->domain, "docker.io") == 0)
		return err_set(e, ERR_FORBIDDEN, "'scratch' is a reserved name");
	if (store_read(s, e) || canceller_check(opts->canceller, e) ||
		fetch_source_open(s->fetches, &open, &p.source, e))
		return -1;
	fetches_limit(s->fetches, opts->downloads_most);
	p.registry = fetch_source_registry(p.source);
	canceller_set(opts->canceller, stop, p.source);
	int rc = run(&p, e);
	canceller_set(opts->canceller, NULL, NULL);
	fetch_source_leave(p.source);
	blobs_expire(s);
	/* What the registry or the network refused is 500 with dockerd, unless it is not there. */
	if (rc && (e->kind == ERR_UNAVAILABLE || e->kind == ERR_UNAUTHORIZED))
		e->kind = ERR_INTERNAL;
	return rc;
}

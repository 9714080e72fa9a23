/* SPDX-License-Identifier: Apache-2.0 */
/* What images an OCI layout holds (feature row E19): index.json, nested indexes, manifests. */
#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "load_int.h"
#include "oci/manifest.h"
#include "oci/reference.h"

#define DOCUMENT_MOST (8 * 1024 * 1024)
#define NESTED_MOST   8

static const char *blob_name(struct load *l, const char *digest)
{
	return arena_printf(l->arena, "blobs/sha256/%s", oci_digest_hex(digest));
}

/* A blob's bytes, checked against its digest. The text is NUL-terminated in the arena. */
static const char *read_blob(
	struct load *l, const struct oci_descriptor *d, size_t *n, struct err *e)
{
	char digest[OCI_DIGEST_SIZE];
	own_buf text = { 0 };

	buf_init(&text, DOCUMENT_MOST + 1);
	if (!oci_digest_is_sha256(d->digest)) {
		err_set(e, ERR_INVALID, "unsupported digest %s", d->digest);
		return NULL;
	}
	if (load_read_member(l, blob_name(l, d->digest), DOCUMENT_MOST, &text, e))
		return NULL;
	sha_digest(text.data, text.len, digest);
	if (strcmp(digest, d->digest) != 0) {
		err_set(e, ERR_INVALID, "invalid digest for %s: got \"%s\"", d->digest, digest);
		return NULL;
	}
	*n = text.len;
	return arena_strndup(l->arena, text.data, text.len);
}

/*
 * The name of an entry: containerd and docker write the whole name in an annotation of their own; the OCI one
 * may hold it (skopeo), or only a tag, which names nothing.
 */
static const char *entry_name(const struct oci_descriptor *d)
{
	const char *name = str_map_get(&d->annotations, OCI_ANNOTATION_IMAGE_NAME);

	if (name)
		return name;
	name = str_map_get(&d->annotations, OCI_ANNOTATION_REF_NAME);
	return name && strpbrk(name, ":/") ? name : NULL;
}

static int add_tag(struct load *l, struct load_image *img, const char *name, struct err *e)
{
	struct oci_ref ref = { 0 };

	if (oci_ref_parse(l->arena, name, &ref, e))
		return err_in(e, "name %s in index.json", name);
	if (ref.digest)
		return 0;
	oci_ref_default_tag(&ref);
	const char *tag = oci_ref_familiar(l->arena, &ref);
	if (!str_list_has(&img->to->names, tag))
		intake_add_name(&l->in, img->to, tag);
	return 0;
}

static int plan_manifest(
	struct load *l, const struct oci_descriptor *d, const char *name, struct err *e)
{
	struct str_list layers = { 0 };
	struct oci_manifest m = { 0 };
	struct load_image *img;
	size_t n;

	const char *text = read_blob(l, d, &n, e);
	if (!text || oci_manifest_parse(l->arena, text, n, &m, e))
		return -1;
	/* Artifacts are manifests, too, but no images. */
	if (m.artifact_type && *m.artifact_type &&
		oci_media_kind(m.config.media_type) != OCI_KIND_CONFIG)
		return 0;
	if (!oci_digest_is_sha256(m.config.digest))
		return err_set(e, ERR_INVALID, "unsupported digest %s", m.config.digest);
	for (size_t i = 0; i < m.layers.n; i++) {
		if (!oci_digest_is_sha256(m.layers.v[i].digest))
			return err_set(
				e, ERR_INVALID, "unsupported digest %s", m.layers.v[i].digest);
		str_list_add(l->arena, &layers, blob_name(l, m.layers.v[i].digest));
	}
	/* The same image under several names has several entries. */
	for (size_t i = 0; i < l->n_images; i++)
		if (strcmp(l->images[i].to->id, m.config.digest) == 0)
			return name ? add_tag(l, &l->images[i], name, e) : 0;
	if (load_plan_image(l, blob_name(l, m.config.digest), m.config.digest, &layers, &img, e))
		return -1;
	return img && name ? add_tag(l, img, name, e) : 0;
}

/* Attestations hang beside images under the platform unknown/unknown. */
static int score(struct load *l, const struct oci_descriptor *d)
{
	const struct oci_platform *want = l->opts->platform;
	struct oci_platform host, have;

	if (!d->platform)
		return 1;
	if (!want) {
		oci_platform_host(&host);
		want = &host;
	}
	have = *d->platform;
	oci_platform_normalize(&have);
	return oci_platform_score(want, &have);
}

static const struct oci_descriptor *best_of(struct load *l, const struct oci_index *index)
{
	const struct oci_descriptor *best = NULL;
	int best_score = 0;

	for (size_t i = 0; i < index->manifests.n; i++) {
		int s = score(l, &index->manifests.v[i]);
		if (s > best_score) {
			best_score = s;
			best = &index->manifests.v[i];
		}
	}
	return best;
}

/* One entry of index.json: a manifest, or an index of one image for several platforms. */
static int plan_entry(struct load *l, const struct oci_descriptor *d, struct err *e)
{
	const char *name = entry_name(d);

	for (int depth = 0; depth < NESTED_MOST; depth++) {
		struct oci_index index = { 0 };
		size_t n;
		if (oci_media_kind(d->media_type) == OCI_KIND_MANIFEST)
			return plan_manifest(l, d, name, e);
		if (oci_media_kind(d->media_type) != OCI_KIND_INDEX)
			return 0;
		const char *text = read_blob(l, d, &n, e);
		if (!text || oci_index_parse(l->arena, text, n, &index, e))
			return -1;
		d = best_of(l, &index);
		if (!d)
			return err_set(e, ERR_NOT_FOUND,
				"no image in the index %s matches the platform", name ? name : "");
	}
	return err_set(e, ERR_INVALID, "indexes are nested too deeply");
}

int load_plan_oci(struct load *l, struct err *e)
{
	struct oci_index index = { 0 };
	own_buf text = { 0 }, layout = { 0 };

	buf_init(&text, DOCUMENT_MOST + 1);
	buf_init(&layout, 4096);
	if (load_read_member(l, "oci-layout", 4096, &layout, e) ||
		oci_layout_check(layout.data, layout.len, e) ||
		load_read_member(l, "index.json", DOCUMENT_MOST, &text, e) ||
		oci_index_parse(l->arena, text.data, text.len, &index, e))
		return err_in(e, "OCI layout");
	for (size_t i = 0; i < index.manifests.n; i++)
		if (plan_entry(l, &index.manifests.v[i], e))
			return -1;
	return 0;
}

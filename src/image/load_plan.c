/* SPDX-License-Identifier: Apache-2.0 */
/* What images a docker-archive holds (feature row E17), and which layers must be unpacked for them. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "layerdb.h"
#include "load_int.h"
#include "oci/manifest.h"
#include "oci/reference.h"
#include "overlay.h"

#define MANIFEST_MOST (8 * 1024 * 1024)
#define BLOBS	      "blobs/sha256/"

const char *load_stated_digest(struct arena *a, const char *name)
{
	size_t n = strlen(BLOBS);

	if (!str_starts(name, BLOBS) || strlen(name + n) != SHA_HEX ||
		!id_is_hex(name + n, SHA_HEX))
		return NULL;
	return arena_printf(a, "sha256:%s", name + n);
}

/* A config is also called <hex>.json (docker save) or sha256:<hex> (kaniko). */
static const char *stated_config(struct arena *a, const char *name)
{
	size_t n = strlen(name);

	if (oci_digest_is_sha256(name))
		return name;
	if (n == SHA_HEX + 5 && str_ends(name, ".json") && id_is_hex(name, SHA_HEX))
		return arena_printf(a, "sha256:%.64s", name);
	return load_stated_digest(a, name);
}

static int read_config(
	struct load *l, const char *name, const char *digest, struct load_image *img, struct err *e)
{
	own_buf text = { 0 };

	buf_init(&text, CONFIG_MOST + 1);
	if (load_read_member(l, name, CONFIG_MOST, &text, e))
		return -1;
	sha_digest(text.data, text.len, img->id);
	if (!digest)
		digest = stated_config(l->arena, name);
	if (digest && strcmp(digest, img->id) != 0)
		return err_set(e, ERR_INVALID, "invalid config digest: expected \"%s\", got \"%s\"",
			digest, img->id);
	img->config = arena_strndup(l->arena, text.data, text.len);
	img->config_len = text.len;
	return oci_image_config_parse(l->arena, text.data, text.len, &img->parsed, e)
		       ? err_in(e, "invalid config %s", name)
		       : 0;
}

static bool fits_platform(struct load *l, const struct load_image *img)
{
	const struct oci_platform *want = l->opts->platform;
	struct oci_platform have = { .architecture = img->parsed.architecture,
		.os = img->parsed.os,
		.os_version = img->parsed.os_version,
		.variant = img->parsed.variant };

	oci_platform_normalize(&have);
	return !want || oci_platform_score(want, &have) > 0;
}

/* Whether an earlier layer of this archive already brings that chain. */
static bool is_planned(struct load *l, const char *chain_id)
{
	for (size_t i = 0; i < l->n_images; i++)
		for (size_t j = 0; j < l->images[i].n_layers; j++)
			if (l->images[i].layers[j].job &&
				strcmp(l->images[i].layers[j].chain_id, chain_id) == 0)
				return true;
	return false;
}

/* A layer the store has stays there until the load is done. */
static bool hold_layer(struct load *l, const char *chain_id)
{
	own_lock change = lock_take(&l->store->change);

	if (!layerdb_has(l->store, chain_id))
		return false;
	own_lock guard = lock_take(&l->store->lock);
	store_layer(l->store, chain_id)->holds++;
	return true;
}

int load_wrong_digest(const struct load_layer *layer, const char *got, struct err *e)
{
	return err_set(e, ERR_INVALID, "invalid digest for layer %s: expected \"%s\", got \"%s\"",
		layer->name, layer->digest, got);
}

static int plan_layer(struct load *l, struct load_layer *layer, struct err *e)
{
	if (is_planned(l, layer->chain_id))
		return 0;
	layer->is_held = hold_layer(l, layer->chain_id);
	if (layer->is_held)
		return 0;
	struct load_member *m = load_find_member(l, layer->name);
	if (!m)
		return err_set(e, ERR_INVALID, "open /%s: no such file or directory", layer->name);
	/* What is streamed is hashed while it is unpacked: load_verify compares. */
	if (layer->digest && !m->is_streamed && strcmp(layer->digest, m->digest) != 0)
		return load_wrong_digest(layer, m->digest, e);
	layer->member = m;
	layer->job = m->early ? m->early : load_add_job(l, m);
	if (!m->early && m->is_streamed)
		layer->job->twin = m->first;
	m->early = NULL;
	layer->job->is_used = true;
	load_name_job(layer->job, layer->diff_id);
	return 0;
}

static int plan_layers(
	struct load *l, struct load_image *img, const struct str_list *names, struct err *e)
{
	const struct str_list *diff_ids = &img->parsed.rootfs.diff_ids;
	char chain[OCI_DIGEST_SIZE] = "";

	if (names->n != diff_ids->n)
		return err_set(e, ERR_INVALID,
			"invalid manifest, layers length mismatch: expected %zu, got %zu", names->n,
			diff_ids->n);
	if (names->n > OVERLAY_IMAGE_MOST)
		return err_set(e, ERR_INVALID, "max depth exceeded");
	img->layers = arena_array(l->arena, names->n + 1, sizeof(*img->layers));
	for (size_t i = 0; i < names->n; i++) {
		struct load_layer *layer = &img->layers[img->n_layers++];
		oci_chain_id(chain, diff_ids->v[i], chain);
		layer->diff_id = diff_ids->v[i];
		layer->name = names->v[i];
		layer->digest = load_stated_digest(l->arena, names->v[i]);
		memcpy(layer->chain_id, chain, sizeof(chain));
		if (plan_layer(l, layer, e))
			return -1;
	}
	return 0;
}

int load_plan_image(struct load *l, const char *config_name, const char *config_digest,
	const struct str_list *layer_names, struct load_image **out, struct err *e)
{
	struct load_image img = { .config = NULL };

	*out = NULL;
	if (read_config(l, config_name, config_digest, &img, e))
		return -1;
	if (strcmp(img.parsed.os, "linux") != 0)
		return err_set(e, ERR_INVALID, "cannot load %s image on linux", img.parsed.os);
	if (!fits_platform(l, &img))
		return 0;
	/* In the list before its layers, so that load_release finds what was held. */
	l->images = arena_grow(l->arena, l->images, &l->n_images, sizeof(*l->images));
	*out = &l->images[l->n_images - 1];
	**out = img;
	return plan_layers(l, *out, layer_names, e);
}

/* dockerd's words for what is no name:tag. */
static int check_tag(struct load *l, const char *tag, struct err *e)
{
	struct oci_ref ref = { 0 };

	if (oci_ref_parse(l->arena, tag, &ref, e))
		return -1;
	return ref.tag && !ref.digest ? 0 : err_set(e, ERR_INVALID, "invalid tag \"%s\"", tag);
}

static int plan_archive(struct load *l, const struct oci_archive *archive, struct err *e)
{
	for (size_t i = 0; i < archive->n; i++) {
		const struct oci_archive_image *item = &archive->v[i];
		struct load_image *img;
		if (load_plan_image(l, item->config, NULL, &item->layers, &img, e))
			return -1;
		if (!img)
			continue;
		img->parent = item->parent;
		img->tags = item->repo_tags;
		for (size_t j = 0; j < img->tags.n; j++)
			if (check_tag(l, img->tags.v[j], e))
				return -1;
	}
	return 0;
}

int load_plan(struct load *l, struct err *e)
{
	struct oci_archive archive;
	own_buf text = { 0 };
	int rc;

	buf_init(&text, MANIFEST_MOST + 1);
	if (load_find_member(l, "manifest.json")) {
		rc = load_read_member(l, "manifest.json", MANIFEST_MOST, &text,
			     e) || oci_archive_parse(l->arena, text.data, text.len, &archive, e) ||
				     plan_archive(l, &archive, e)
			     ? -1
			     : 0;
	} else if (load_find_member(l, "index.json")) {
		rc = load_plan_oci(l, e);
	} else {
		return err_set(e, ERR_INVALID,
			"unrecognized image format: the archive has neither manifest.json nor index.json");
	}
	if (rc == 0 && l->n_images == 0 && l->opts->platform)
		return err_set(e, ERR_NOT_FOUND, "no image in the archive matches the platform %s",
			oci_platform_text(l->arena, l->opts->platform));
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What images a docker-archive holds (feature row E17), and which layers must be unpacked for them. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "load_int.h"
#include "oci/manifest.h"
#include "oci/reference.h"

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

/* Appends it to text. */
static int read_config(
	struct load *l, const char *name, const char *digest, struct buf *text, struct err *e)
{
	char id[OCI_DIGEST_SIZE];

	if (load_read_member(l, name, CONFIG_MOST, text, e))
		return -1;
	sha_digest(text->data, text->len, id);
	if (!digest)
		digest = stated_config(l->arena, name);
	if (digest && strcmp(digest, id) != 0)
		return err_set(e, ERR_INVALID, "invalid config digest: expected \"%s\", got \"%s\"",
			digest, id);
	return 0;
}

static bool fits_platform(struct load *l, const struct oci_image_config *config)
{
	const struct oci_platform *want = l->opts->platform;
	struct oci_platform have = { .architecture = config->architecture,
		.os = config->os,
		.os_version = config->os_version,
		.variant = config->variant };

	oci_platform_normalize(&have);
	return !want || oci_platform_score(want, &have) > 0;
}

int load_wrong_digest(const struct load_layer *layer, const char *got, struct err *e)
{
	return err_set(e, ERR_INVALID, "invalid digest for layer %s: expected \"%s\", got \"%s\"",
		layer->name, layer->digest, got);
}

static int plan_layer(struct load *l, struct load_layer *layer, struct err *e)
{
	if (intake_claim_layer(&l->in, layer->to))
		return 0;
	struct load_member *m = load_find_member(l, layer->name);
	if (!m)
		return err_set(e, ERR_INVALID, "open /%s: no such file or directory", layer->name);
	/* What is streamed is hashed while it is unpacked: load_verify compares. */
	if (layer->digest && !m->is_streamed && strcmp(layer->digest, m->digest) != 0)
		return load_wrong_digest(layer, m->digest, e);
	layer->job = m->early ? m->early : load_add_job(l, m);
	if (!m->early && m->is_streamed)
		layer->job->twin = m->first;
	m->early = NULL;
	layer->job->is_used = true;
	load_name_job(layer->job, layer->to->diff_id);
	return 0;
}

static int plan_layers(
	struct load *l, struct load_image *img, const struct str_list *names, struct err *e)
{
	size_t n = img->to->n_layers;

	if (names->n != n)
		return err_set(e, ERR_INVALID,
			"invalid manifest, layers length mismatch: expected %zu, got %zu", names->n,
			n);
	for (size_t i = 0; i < n; i++) {
		struct load_layer *layer = &img->layers[i];
		layer->to = &img->to->layers[i];
		layer->name = names->v[i];
		layer->digest = load_stated_digest(l->arena, names->v[i]);
		if (plan_layer(l, layer, e))
			return -1;
	}
	return 0;
}

int load_plan_image(struct load *l, const char *config_name, const char *config_digest,
	const struct str_list *layer_names, struct load_image **out, struct err *e)
{
	struct oci_image_config config = { 0 };
	struct intake_image *to;
	own_buf text = { 0 };

	*out = NULL;
	buf_init(&text, CONFIG_MOST + 1);
	if (read_config(l, config_name, config_digest, &text, e))
		return -1;
	if (oci_image_config_parse(l->arena, text.data, text.len, &config, e))
		return err_in(e, "invalid config %s", config_name);
	if (strcmp(config.os, "linux") != 0)
		return err_set(e, ERR_INVALID, "cannot load %s image on linux", config.os);
	if (!fits_platform(l, &config))
		return 0;
	if (intake_add_image(&l->in, text.data, text.len, &to, e))
		return -1;
	l->images = arena_grow(l->arena, l->images, &l->n_images, sizeof(*l->images));
	struct load_image *img = *out = &l->images[l->n_images - 1];
	img->to = to;
	img->layers = arena_array(l->arena, to->n_layers + 1, sizeof(*img->layers));
	return plan_layers(l, img, layer_names, e);
}

/* dockerd's words for what is no name:tag. */
static int check_tag(struct load *l, const char *tag, struct err *e)
{
	struct oci_ref ref = { 0 };

	if (oci_ref_parse(l->arena, tag, &ref, e))
		return -1;
	return ref.tag && !ref.digest ? 0 : err_set(e, ERR_INVALID, "invalid tag \"%s\"", tag);
}

static bool is_same_step(const struct oci_history *a, const struct oci_history *b)
{
	return str_eq(a->created, b->created) && str_eq(a->created_by, b->created_by) &&
	       str_eq(a->author, b->author) && str_eq(a->comment, b->comment) &&
	       a->empty_layer == b->empty_layer;
}

/* One step more than its parent, which is dockerd's check, and lets no circle arise. */
static bool is_child(const struct oci_image_config *img, const struct oci_image_config *parent)
{
	const struct oci_history_list *of = &img->history, *on = &parent->history;

	if (of->n != on->n + 1)
		return false;
	for (size_t i = 0; i < on->n; i++)
		if (!is_same_step(&of->v[i], &on->v[i]))
			return false;
	return true;
}

/* A parent counts when it is in the archive, too, and when histories tell; dockerd believes images that have none. */
static int set_parent(struct load *l, struct intake_image *img, const char *parent, struct err *e)
{
	for (size_t i = 0; i < l->n_images; i++) {
		struct intake_image *other = l->images[i].to;
		bool is_told = img->parsed.history.n || other->parsed.history.n;
		if (!str_eq(other->id, parent) || other == img || !is_told)
			continue;
		if (!is_child(&img->parsed, &other->parsed))
			return err_set(e, ERR_INVALID, "image %s is not a valid parent for %s",
				parent, img->id);
		img->parent = other->id;
	}
	return 0;
}

/* Images are in the order of their items, but for those of other platforms. */
static int set_parents(struct load *l, const struct oci_archive *archive, struct err *e)
{
	for (size_t i = 0; archive->n == l->n_images && i < archive->n; i++)
		if (!str_empty(archive->v[i].parent) &&
			set_parent(l, l->images[i].to, archive->v[i].parent, e))
			return -1;
	return 0;
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
		for (size_t j = 0; j < item->repo_tags.n; j++) {
			if (check_tag(l, item->repo_tags.v[j], e))
				return -1;
			intake_add_name(&l->in, img->to, item->repo_tags.v[j]);
		}
	}
	return set_parents(l, archive, e);
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

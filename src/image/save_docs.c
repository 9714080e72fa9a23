/* SPDX-License-Identifier: Apache-2.0 */
/* What dockerd writes since 25 (manifest.json, index.json, repositories, manifests), and the old form's descriptions. */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/slice.h"
#include "save_int.h"

#define TYPE_INDEX    "application/vnd.oci.image.index.v1+json"
#define TYPE_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define TYPE_CONFIG   "application/vnd.oci.image.config.v1+json"
#define TYPE_LAYER    "application/vnd.oci.image.layer.v1.tar"
#define BLOBS	      "blobs/sha256/"
#define DOC_MOST      (64 * 1024 * 1024)

static void begin(struct buf *b, struct jsonw *w)
{
	buf_init(b, DOC_MOST);
	jsonw_init(w, b, NULL);
	w->escape_html = true;
}

/* mediaType, digest, size; the object stays open. */
static void begin_descriptor(struct jsonw *w, const char *type, const char *digest, int64_t size)
{
	jsonw_obj(w);
	jsonw_kstr(w, "mediaType", type);
	jsonw_kstr(w, "digest", digest);
	jsonw_ki64(w, "size", size);
}

static void write_layer(struct jsonw *w, const struct save_layer *layer)
{
	begin_descriptor(w, TYPE_LAYER, layer->diff_id, layer->tar_size);
	jsonw_obj_end(w);
}

static const char *keep(struct image_save *sv, const struct buf *b)
{
	return arena_strndup(sv->arena, b->data, b->len);
}

/* --- The old form -------------------------------------------------------------------------------- */

/* The image's own description of its top layer holds what it runs. */
static void add_run(struct jsonw *w, const struct save_image *img)
{
	own_buf text = { 0 };
	struct err ignored;
	own_json doc = json_parse(img->config, img->config_len, &ignored);
	const struct json *run = json_get_ci(doc, "config");

	if (json_type(run) == JSON_OBJ) {
		buf_init(&text, CONFIG_MOST * 2);
		json_print(run, NULL, &text);
		jsonw_key(w, "config");
		jsonw_raw(w, text.data);
	}
	if (!str_empty(img->parsed.architecture))
		jsonw_kstr(w, "architecture", img->parsed.architecture);
}

/* Everything but the id, which is its digest. */
static void add_legacy(struct jsonw *w, const struct save_image *img, size_t i)
{
	bool is_top = i + 1 == img->n_layers;

	if (i > 0)
		jsonw_kstr(w, "parent", img->legacy[i - 1].id);
	jsonw_kstr(w, "created",
		is_top && img->parsed.created ? img->parsed.created : "1970-01-01T00:00:00Z");
	if (is_top)
		add_run(w, img);
	jsonw_kstr(w, "os", img->parsed.os);
}

static void fill_legacy(struct image_save *sv, struct save_image *img, size_t i)
{
	struct save_legacy *l = &img->legacy[i];
	char digest[OCI_DIGEST_SIZE];
	own_buf text = { 0 };
	struct jsonw w;

	begin(&text, &w);
	jsonw_obj(&w);
	jsonw_kstr(&w, "layer_id", img->held[i]);
	add_legacy(&w, img, i);
	jsonw_obj_end(&w);
	sha_digest(text.data, text.len, digest);
	memcpy(l->id, oci_digest_hex(digest), sizeof(l->id));
	buf_clear(&text);
	jsonw_init(&w, &text, NULL);
	w.escape_html = true;
	jsonw_obj(&w);
	jsonw_kstr(&w, "id", l->id);
	add_legacy(&w, img, i);
	jsonw_obj_end(&w);
	l->json = keep(sv, &text);
	l->layer = save_find_layer(sv, img->parsed.rootfs.diff_ids.v[i]);
}

void save_docs_legacy(struct image_save *sv, struct save_image *img)
{
	img->legacy = arena_array(sv->arena, img->n_layers, sizeof(*img->legacy));
	for (size_t i = 0; i < img->n_layers; i++)
		fill_legacy(sv, img, i);
}

/* --- Manifests ----------------------------------------------------------------------------------- */

void save_docs_manifest(struct image_save *sv, struct save_image *img)
{
	own_buf text = { 0 };
	struct jsonw w;

	begin(&text, &w);
	jsonw_obj(&w);
	jsonw_ki64(&w, "schemaVersion", 2);
	jsonw_kstr(&w, "mediaType", TYPE_MANIFEST);
	jsonw_key(&w, "config");
	begin_descriptor(&w, TYPE_CONFIG, img->id, (int64_t)img->config_len);
	jsonw_obj_end(&w);
	jsonw_key(&w, "layers");
	jsonw_arr(&w);
	for (size_t i = 0; i < img->n_layers; i++)
		write_layer(&w, img->legacy[i].layer);
	jsonw_arr_end(&w);
	jsonw_obj_end(&w);
	img->manifest = keep(sv, &text);
	sha_digest(text.data, text.len, img->manifest_digest);
}

static void write_platform(struct jsonw *w, const struct save_image *img)
{
	const struct oci_image_config *c = &img->parsed;
	struct oci_platform p = { .architecture = c->architecture,
		.os = c->os,
		.os_version = c->os_version,
		.os_features = c->os_features,
		.variant = c->variant };

	/* An image from before architectures were said. */
	if (str_empty(p.architecture))
		return;
	jsonw_key(w, "platform");
	bind_encode(w, oci_platform_fields, &p);
}

/* ref NULL: an image without a name. */
static void write_index_row(
	struct jsonw *w, const struct save_image *img, const struct save_ref *ref)
{
	begin_descriptor(w, TYPE_MANIFEST, img->manifest_digest, (int64_t)strlen(img->manifest));
	if (ref) {
		jsonw_key(w, "annotations");
		jsonw_obj(w);
		jsonw_kstr(w, "io.containerd.image.name", ref->full);
		jsonw_kstr(w, "org.opencontainers.image.ref.name", ref->tag);
		jsonw_obj_end(w);
	}
	write_platform(w, img);
	jsonw_obj_end(w);
}

const char *save_docs_index(struct image_save *sv)
{
	own_buf text = { 0 };
	struct jsonw w;

	begin(&text, &w);
	jsonw_obj(&w);
	jsonw_ki64(&w, "schemaVersion", 2);
	jsonw_kstr(&w, "mediaType", TYPE_INDEX);
	jsonw_key(&w, "manifests");
	jsonw_arr(&w);
	for (size_t i = 0; i < sv->n_images; i++) {
		const struct save_image *img = sv->images[i];
		for (size_t j = 0; j < img->n_refs; j++)
			write_index_row(&w, img, &img->refs[j]);
		if (!img->n_refs)
			write_index_row(&w, img, NULL);
	}
	jsonw_arr_end(&w);
	jsonw_obj_end(&w);
	return keep(sv, &text);
}

static bool is_saved(const struct image_save *sv, const char *id)
{
	for (size_t i = 0; i < sv->n_images; i++)
		if (str_eq(sv->images[i]->id, id))
			return true;
	return false;
}

static void write_item(struct image_save *sv, struct jsonw *w, const struct save_image *img)
{
	struct arena *a = sv->arena;

	jsonw_obj(w);
	jsonw_kstr(w, "Config", arena_printf(a, BLOBS "%s", oci_digest_hex(img->id)));
	jsonw_key(w, "RepoTags");
	if (img->n_refs) {
		jsonw_arr(w);
		for (size_t i = 0; i < img->n_refs; i++)
			jsonw_str(w, img->refs[i].familiar);
		jsonw_arr_end(w);
	} else {
		jsonw_null(w);
	}
	jsonw_key(w, "Layers");
	jsonw_arr(w);
	for (size_t i = 0; i < img->n_layers; i++)
		jsonw_str(w, arena_printf(a, BLOBS "%s",
				     oci_digest_hex(img->parsed.rootfs.diff_ids.v[i])));
	jsonw_arr_end(w);
	if (is_saved(sv, img->parent))
		jsonw_kstr(w, "Parent", img->parent);
	jsonw_key(w, "LayerSources");
	jsonw_obj(w);
	for (size_t i = 0; i < img->n_layers; i++) {
		const struct save_layer *layer = img->legacy[i].layer;
		bool is_first = true;
		for (size_t j = 0; j < i; j++)
			is_first &= img->legacy[j].layer != layer;
		if (!is_first)
			continue;
		jsonw_key(w, layer->diff_id);
		write_layer(w, layer);
	}
	jsonw_obj_end(w);
	jsonw_obj_end(w);
}

const char *save_docs_items(struct image_save *sv)
{
	own_buf text = { 0 };
	struct jsonw w;

	begin(&text, &w);
	jsonw_arr(&w);
	for (size_t i = 0; i < sv->n_images; i++)
		write_item(sv, &w, sv->images[i]);
	jsonw_arr_end(&w);
	buf_char(&text, '\n');
	return keep(sv, &text);
}

/* Whether an earlier tag has the same name: {"name":{"tag":id,…}} says each once. */
static bool is_repo_told(const struct image_save *sv, size_t i, size_t j, const char *repo)
{
	for (size_t k = 0; k <= i; k++) {
		const struct save_image *img = sv->images[k];
		for (size_t l = 0; l < (k == i ? j : img->n_refs); l++)
			if (strcmp(img->refs[l].repo, repo) == 0)
				return true;
	}
	return false;
}

static void write_repo(const struct image_save *sv, struct jsonw *w, const char *repo)
{
	jsonw_key(w, repo);
	jsonw_obj(w);
	for (size_t i = 0; i < sv->n_images; i++) {
		const struct save_image *img = sv->images[i];
		for (size_t j = 0; j < img->n_refs; j++)
			if (strcmp(img->refs[j].repo, repo) == 0)
				jsonw_kstr(w, img->refs[j].tag, img->legacy[img->n_layers - 1].id);
	}
	jsonw_obj_end(w);
}

const char *save_docs_repositories(struct image_save *sv)
{
	bool has_any = false;
	own_buf text = { 0 };
	struct jsonw w;

	begin(&text, &w);
	jsonw_obj(&w);
	for (size_t i = 0; i < sv->n_images; i++) {
		for (size_t j = 0; j < sv->images[i]->n_refs; j++) {
			const char *repo = sv->images[i]->refs[j].repo;
			has_any = true;
			if (!is_repo_told(sv, i, j, repo))
				write_repo(sv, &w, repo);
		}
	}
	jsonw_obj_end(&w);
	buf_char(&text, '\n');
	return has_any ? keep(sv, &text) : "";
}

/* SPDX-License-Identifier: Apache-2.0 */
/* From a name to an image, and all about one image. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/slice.h"
#include "layerdb.h"
#include "layers.h"
#include "oci/reference.h"
#include "overlay.h"
#include "store_int.h"

/* Ids that begin with prefix ("sha256:" may be in front): how many, and one of them. Under lock. */
static size_t match_prefix(struct image_store *s, const char *prefix, const char **id)
{
	size_t n, found = 0;

	if (str_starts(prefix, "sha256:"))
		prefix += strlen("sha256:");
	n = strlen(prefix);
	if (!n || n > SHA_HEX || !id_is_hex(prefix, n))
		return 0;
	for (struct map_iter it = map_iter(s->images); map_next(&it);) {
		if (strncmp(oci_digest_hex(it.key), prefix, n) == 0) {
			*id = it.key;
			found++;
		}
	}
	return found;
}

static int not_found(struct arena *a, struct oci_ref *ref, struct err *e)
{
	oci_ref_default_tag(ref);
	return err_set(e, ERR_NOT_FOUND, "No such image: %s", oci_ref_familiar(a, ref));
}

int image_resolve(
	struct image_store *s, struct arena *a, const char *name, const char **id, struct err *e)
{
	const struct refs_entry *entry = NULL;
	const char *match = NULL;
	struct oci_ref ref = { 0 };

	if (store_read(s, e) || oci_ref_parse_any(a, name, &ref, e))
		return -1;
	own_lock guard = lock_take(&s->lock);
	if (!ref.path) {
		if (!store_find_image(s, ref.digest))
			return store_no_image(ref.digest, e);
		*id = ref.digest;
		return 0;
	}
	oci_ref_default_tag(&ref);
	entry = refs_find(s->refs, refs_key(a, &ref));
	if (entry && store_find_image(s, entry->id)) {
		*id = arena_strdup(a, entry->id);
		return 0;
	}
	size_t n = match_prefix(s, name, &match);
	/* For dockerd, too, a prefix that several have is none's. */
	if (n != 1)
		return not_found(a, &ref, e);
	*id = arena_strdup(a, match);
	return 0;
}

/* These lie among the members the image spec does not know. */
static void read_rest(struct arena *a, const char *rest, struct image_info *out)
{
	struct err none;
	own_json j = rest ? json_parse(rest, strlen(rest), &none) : NULL;
	struct json *config = json_get_ci(j, "container_config");

	out->docker_version = arena_strdup(a, json_str(json_get_ci(j, "docker_version"), ""));
	out->container = arena_strdup(a, json_str(json_get_ci(j, "container"), ""));
	if (json_type(config) == JSON_OBJ) {
		own_buf text = { 0 };
		buf_init(&text, CONFIG_MOST);
		json_print(config, NULL, &text);
		out->container_config = arena_strdup(a, text.data);
	}
}

static int read_config(struct image_store *s, struct arena *a, const char *id,
	struct image_info *out, struct err *e)
{
	own_buf text = { 0 };

	buf_init(&text, CONFIG_MOST + 1);
	if (imagedb_read(s, id, &text, e))
		return e->kind == ERR_NOT_FOUND ? store_no_image(id, e) : -1;
	if (oci_image_config_parse(a, text.data, text.len, &out->config, e))
		return err_in(e, "image %s", id);
	const struct oci_history_list *h = &out->config.history;
	out->comment = h->n && h->v[h->n - 1].comment ? h->v[h->n - 1].comment : "";
	read_rest(a, out->config.rest, out);
	return 0;
}

static int read_layers(struct image_store *s, struct arena *a, const struct pinned *layers,
	struct image_info *out, struct err *e)
{
	out->chain_id = "";
	if (layers->n == 0)
		return 0;
	struct layer *top = layers->v[layers->n - 1];
	if (layers_size(s, layers->v, layers->n, &out->size_bytes, e))
		return -1;
	out->chain_id = arena_strdup(a, top->chain_id);
	return overlay_graph(s, a, top->cache_id, &out->graph_data, e);
}

int image_inspect(struct image_store *s, struct arena *a, const char *id, struct image_info *out,
	struct err *e)
{
	struct pinned layers;

	memset(out, 0, sizeof(*out));
	if (store_read(s, e))
		return -1;
	{
		own_lock guard = lock_take(&s->lock);
		struct image *img = store_find_image(s, id);
		if (!img)
			return store_no_image(id, e);
		out->id = arena_strdup(a, img->id);
		out->parent = arena_strdup(a, img->parent);
		out->created_ns = img->created_ns;
		refs_of(s->refs, a, id, &out->repo_tags, &out->repo_digests);
		store_pin(a, img, &layers);
	}
	int rc = read_config(s, a, id, out, e) || read_layers(s, a, &layers, out, e) ? -1 : 0;
	store_unpin(s, &layers);
	const char *updated = rc ? NULL : imagedb_get_meta(s, a, id, "lastUpdated");
	if (!updated || !clock_parse_rfc3339(slice_str(updated), &out->last_tag_ns))
		out->last_tag_ns = CLOCK_NEVER;
	return rc;
}

int image_tags(
	struct image_store *s, struct arena *a, const char *id, struct str_list *out, struct err *e)
{
	if (store_read(s, e))
		return -1;
	own_lock guard = lock_take(&s->lock);
	refs_of(s->refs, a, id, out, NULL);
	return 0;
}

int image_labels(
	struct image_store *s, struct arena *a, const char *id, struct str_map *out, struct err *e)
{
	if (store_read(s, e))
		return -1;
	own_lock guard = lock_take(&s->lock);
	struct image *img = store_find_image(s, id);
	for (size_t i = 0; img && i < img->labels.n; i++)
		str_map_set(a, out, img->labels.keys[i], img->labels.v[i]);
	return 0;
}

int image_count(struct image_store *s, size_t *out, struct err *e)
{
	if (store_read(s, e))
		return -1;
	own_lock guard = lock_take(&s->lock);
	*out = map_len(s->images);
	return 0;
}

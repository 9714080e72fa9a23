/* SPDX-License-Identifier: Apache-2.0 */
#include "new_image.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/slice.h"
#include "layerdb.h"

static void write_str(struct jsonw *w, const char *key, const char *s)
{
	if (!str_empty(s))
		jsonw_kstr(w, key, s);
}

static void write_list(struct jsonw *w, const char *key, const struct str_list *l)
{
	jsonw_key(w, key);
	jsonw_arr(w);
	for (size_t i = 0; i < l->n; i++)
		jsonw_str(w, l->v[i]);
	jsonw_arr_end(w);
}

static void write_history(struct jsonw *w, const struct oci_history_list *l)
{
	if (!l->n)
		return;
	jsonw_key(w, "history");
	jsonw_arr(w);
	for (size_t i = 0; i < l->n; i++) {
		const struct oci_history *h = &l->v[i];
		jsonw_obj(w);
		write_str(w, "created", h->created);
		write_str(w, "author", h->author); /* here, not where image-spec has it */
		write_str(w, "created_by", h->created_by);
		write_str(w, "comment", h->comment);
		if (h->empty_layer)
			jsonw_kbool(w, "empty_layer", true);
		jsonw_obj_end(w);
	}
	jsonw_arr_end(w);
}

void new_image_write(const struct new_image *n, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, NULL);
	w.escape_html = true;
	jsonw_obj(&w);
	write_str(&w, "architecture", n->architecture);
	write_str(&w, "author", n->author);
	write_str(&w, "comment", n->comment);
	jsonw_key(&w, "config");
	jsonw_raw(&w, n->config);
	write_str(&w, "container", n->container);
	jsonw_key(&w, "container_config");
	jsonw_raw(&w, n->container_config);
	write_str(&w, "created", n->created);
	write_str(&w, "docker_version", n->docker_version);
	write_history(&w, &n->history);
	write_str(&w, "os", n->os);
	if (n->os_features.n)
		write_list(&w, "os.features", &n->os_features);
	write_str(&w, "os.version", n->os_version);
	jsonw_key(&w, "rootfs");
	jsonw_obj(&w);
	jsonw_kstr(&w, "type", "layers");
	if (n->diff_ids.n)
		write_list(&w, "diff_ids", &n->diff_ids);
	jsonw_obj_end(&w);
	write_str(&w, "variant", n->variant);
	jsonw_obj_end(&w);
}

/* Its layers below the last are there, since the container or image it is made from stands on them. */
static int claim_layers(struct intake *in, struct intake_image *img,
	const struct new_image_parts *parts, struct err *e)
{
	for (size_t i = 0; i < img->n_layers; i++) {
		struct intake_layer *layer = &img->layers[i];
		if (intake_claim_layer(in, layer))
			continue;
		if (i + 1 < img->n_layers || !parts->place)
			return err_set(
				e, ERR_NOT_FOUND, "layer does not exist: %s", layer->chain_id);
		layer->place = parts->place;
		layer->size = parts->size;
	}
	return 0;
}

/* When it was last given a name; nobody misses it much. */
static void note_tagged(struct intake *in, const char *id)
{
	char now[CLOCK_TEXT];
	struct err e;

	if (imagedb_set_meta(in->store, id, "lastUpdated", clock_rfc3339(now, clock_now_ns()), &e))
		log_warn("image %s: %s, ignoring", id, e.msg);
}

int new_image_take(
	struct intake *in, const struct new_image_parts *parts, const char **id, struct err *e)
{
	struct intake_image *img;
	own_buf text = { 0 };

	buf_init(&text, CONFIG_MOST);
	new_image_write(parts->image, &text);
	if (!buf_ok(&text))
		return err_set(e, ERR_INVALID, "the image's configuration is too large");
	if (intake_add_image(in, text.data, text.len, &img, e) || claim_layers(in, img, parts, e))
		return -1;
	img->parent = parts->parent;
	if (parts->name)
		intake_add_name(in, img, parts->name);
	if (intake_commit(in, e))
		return -1;
	if (parts->name)
		note_tagged(in, img->id);
	*id = img->id;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* GET /distribution/{name}/json: an image's descriptor and platforms as its registry has them; nothing is pulled. */
#include <string.h>

#include "base/slice.h"
#include "image/registry.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "registry_auth.h"
#include "routes.h"

#define CONFIG_MOST (8 * 1024 * 1024)

struct platforms {
	struct oci_platform *v;
	size_t n;
};

static void add(struct call *c, struct platforms *l, const struct oci_platform *p)
{
	l->v = arena_grow(c->arena, l->v, &l->n, sizeof(*p));
	l->v[l->n - 1] = *p;
}

static int read_config(struct call *c, struct registry *r, const struct oci_manifest *m,
	struct platforms *out, struct err *e)
{
	struct registry_document doc;
	struct oci_image_config config;

	if (registry_get_blob(r, c->arena, m->config.digest, CONFIG_MOST, &doc, e))
		return -1;
	/* Any artifact may be asked for: what is no image has no platform. */
	struct err ignored;
	if (oci_image_config_parse(c->arena, doc.text, doc.n, &config, &ignored))
		return 0;
	struct oci_platform p = { .architecture = config.architecture,
		.os = config.os,
		.os_version = config.os_version,
		.os_features = config.os_features,
		.variant = config.variant };
	add(c, out, &p);
	return 0;
}

static int read_platforms(struct call *c, struct registry *r, const struct registry_document *doc,
	struct platforms *out, struct err *e)
{
	struct oci_index index;
	struct oci_manifest manifest;
	enum oci_kind kind = oci_media_kind(doc->media_type);

	if (kind == OCI_KIND_INDEX) {
		if (oci_index_parse(c->arena, doc->text, doc->n, &index, e))
			return -1;
		for (size_t i = 0; i < index.manifests.n; i++)
			if (index.manifests.v[i].platform)
				add(c, out, index.manifests.v[i].platform);
		return 0;
	}
	if (kind != OCI_KIND_MANIFEST)
		return err_set(e, ERR_INVALID, "unsupported manifest format: %s", doc->media_type);
	if (oci_manifest_parse(c->arena, doc->text, doc->n, &manifest, e))
		return -1;
	return read_config(c, r, &manifest, out, e);
}

static int reply(struct call *c, const struct registry_document *doc, const struct platforms *l)
{
	own_buf body = { 0 };
	struct jsonw w;

	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	w.escape_html = true;
	jsonw_obj(&w);
	jsonw_key(&w, "Descriptor");
	jsonw_obj(&w);
	jsonw_kstr(&w, "mediaType", doc->media_type);
	jsonw_kstr(&w, "digest", doc->digest);
	jsonw_ki64(&w, "size", (int64_t)doc->n);
	jsonw_obj_end(&w);
	jsonw_key(&w, "Platforms");
	if (l->n == 0)
		jsonw_null(&w);
	else
		jsonw_arr(&w);
	for (size_t i = 0; i < l->n; i++)
		bind_encode(&w, oci_platform_fields, &l->v[i]);
	if (l->n > 0)
		jsonw_arr_end(&w);
	jsonw_obj_end(&w);
	return call_reply(c, 200, &body);
}

static int inspect(struct call *c, struct registry *r, const struct oci_ref *ref, struct err *e)
{
	struct platforms platforms = { 0 };
	struct registry_document doc;
	const char *what = ref->digest ? ref->digest : ref->tag;

	if (registry_get_manifest(r, c->arena, what, &doc, e) ||
		read_platforms(c, r, &doc, &platforms, e))
		return -1;
	return reply(c, &doc, &platforms);
}

int registry_inspect(struct call *c, struct err *e)
{
	struct oci_ref ref;
	struct registry *r;

	if (oci_ref_parse_any(c->arena, c->id, &ref, e))
		return -1;
	if (!ref.domain)
		return err_set(e, ERR_INVALID, "unknown image reference format: %s", c->id);
	oci_ref_default_tag(&ref);
	struct registry_opts opts = { .settings = call_registries(c),
		.repository = &ref,
		.auth = registry_auth_of(c),
		.plain_errors = true };
	if (registry_open(&opts, &r, e))
		return -1;
	int rc = inspect(c, r, &ref, e);
	registry_close(r);
	if (rc && e->kind == ERR_UNAVAILABLE)
		e->kind = ERR_INTERNAL;
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Tables and checks of index, manifest, descriptor, layout file and docker-archive manifest. */
#include "oci/manifest.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/slice.h"
#include "oci/digest.h"

const struct bind_field oci_descriptor_fields[] = {
	BIND(STR, struct oci_descriptor, media_type, "mediaType", 0),
	BIND(STR, struct oci_descriptor, digest, "digest", 0),
	BIND(I64, struct oci_descriptor, size, "size", 0),
	BIND(STRS, struct oci_descriptor, urls, "urls", BIND_OMITEMPTY),
	BIND(STRMAP, struct oci_descriptor, annotations, "annotations", BIND_OMITEMPTY),
	BIND(STR, struct oci_descriptor, data, "data", BIND_OMITEMPTY),
	BIND_NEST(OBJP, struct oci_descriptor, platform, "platform", BIND_OMITEMPTY,
		oci_platform_fields, struct oci_platform),
	BIND(STR, struct oci_descriptor, artifact_type, "artifactType", BIND_OMITEMPTY),
	BIND_END,
};

const struct bind_field oci_index_fields[] = {
	BIND(I32, struct oci_index, schema_version, "schemaVersion", 0),
	BIND(STR, struct oci_index, media_type, "mediaType", BIND_OMITEMPTY),
	BIND(STR, struct oci_index, artifact_type, "artifactType", BIND_OMITEMPTY),
	BIND_NEST(OBJS, struct oci_index, manifests, "manifests", BIND_EMPTY_LIST,
		oci_descriptor_fields, struct oci_descriptor),
	BIND_NEST(OBJP, struct oci_index, subject, "subject", BIND_OMITEMPTY, oci_descriptor_fields,
		struct oci_descriptor),
	BIND(STRMAP, struct oci_index, annotations, "annotations", BIND_OMITEMPTY),
	BIND_END,
};

const struct bind_field oci_manifest_fields[] = {
	BIND(I32, struct oci_manifest, schema_version, "schemaVersion", 0),
	BIND(STR, struct oci_manifest, media_type, "mediaType", BIND_OMITEMPTY),
	BIND(STR, struct oci_manifest, artifact_type, "artifactType", BIND_OMITEMPTY),
	BIND_NEST(OBJ, struct oci_manifest, config, "config", 0, oci_descriptor_fields,
		struct oci_descriptor),
	BIND_NEST(OBJS, struct oci_manifest, layers, "layers", BIND_EMPTY_LIST,
		oci_descriptor_fields, struct oci_descriptor),
	BIND_NEST(OBJP, struct oci_manifest, subject, "subject", BIND_OMITEMPTY,
		oci_descriptor_fields, struct oci_descriptor),
	BIND(STRMAP, struct oci_manifest, annotations, "annotations", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field archive_fields[] = {
	BIND(STR, struct oci_archive_image, config, "Config", 0),
	BIND(STRS, struct oci_archive_image, repo_tags, "RepoTags", 0),
	BIND(STRS, struct oci_archive_image, layers, "Layers", 0),
	BIND(STR, struct oci_archive_image, parent, "Parent", BIND_OMITEMPTY),
	BIND_NEST(OBJMAP, struct oci_archive_image, layer_sources, "LayerSources", BIND_OMITEMPTY,
		oci_descriptor_fields, struct oci_descriptor),
	BIND_END,
};

static const struct media_type {
	const char *name;
	enum oci_kind kind;
} media_types[] = {
	{ OCI_TYPE_INDEX, OCI_KIND_INDEX },
	{ OCI_TYPE_DOCKER_LIST, OCI_KIND_INDEX },
	{ OCI_TYPE_MANIFEST, OCI_KIND_MANIFEST },
	{ OCI_TYPE_DOCKER_MANIFEST, OCI_KIND_MANIFEST },
	{ OCI_TYPE_CONFIG, OCI_KIND_CONFIG },
	{ OCI_TYPE_DOCKER_CONFIG, OCI_KIND_CONFIG },
	{ OCI_TYPE_LAYER, OCI_KIND_LAYER },
	{ "application/vnd.docker.image.rootfs.diff.tar", OCI_KIND_LAYER },
	{ OCI_TYPE_LAYER_GZIP, OCI_KIND_LAYER_GZIP },
	{ OCI_TYPE_DOCKER_LAYER, OCI_KIND_LAYER_GZIP },
	{ OCI_TYPE_LAYER_ZSTD, OCI_KIND_LAYER_ZSTD },
	{ "application/vnd.docker.image.rootfs.diff.tar.zstd", OCI_KIND_LAYER_ZSTD },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar", OCI_KIND_LAYER_FOREIGN },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", OCI_KIND_LAYER_FOREIGN },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", OCI_KIND_LAYER_FOREIGN },
	{ "application/vnd.docker.image.rootfs.foreign.diff.tar", OCI_KIND_LAYER_FOREIGN },
	{ "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", OCI_KIND_LAYER_FOREIGN },
};

enum oci_kind oci_media_kind(const char *media_type)
{
	struct slice name, parameters;

	slice_cut(slice_str(media_type), ';', &name, &parameters);
	name = slice_trim(name);
	for (size_t i = 0; i < sizeof(media_types) / sizeof(media_types[0]); i++)
		if (slice_eq(name, media_types[i].name))
			return media_types[i].kind;
	return OCI_KIND_OTHER;
}

static int check_descriptor(const struct oci_descriptor *d, const char *what, struct err *e)
{
	if (str_empty(d->digest))
		return err_set(e, ERR_INVALID, "%s has no digest", what);
	if (oci_digest_check(slice_str(d->digest), e))
		return err_in(e, "%s %s", what, d->digest);
	if (d->size < 0)
		return err_set(e, ERR_INVALID, "%s %s: size %lld is negative", what, d->digest,
			(long long)d->size);
	return 0;
}

static int check_descriptors(const struct oci_descriptor_list *l, const char *what, struct err *e)
{
	for (size_t i = 0; i < l->n; i++)
		if (check_descriptor(&l->v[i], what, e))
			return -1;
	return 0;
}

/* Parses text and checks what index and manifest share: version, and that it is not both at once. */
static struct json *parse_document(const char *text, size_t n, enum oci_kind kind, struct err *e)
{
	own_json doc = json_parse(text, n, e);
	const char *type = json_str(json_get(doc, "mediaType"), "");
	bool is_index = json_get(doc, "manifests") != NULL;
	bool is_manifest = json_get(doc, "config") || json_get(doc, "layers");

	if (!doc)
		return NULL;
	if (json_i64(json_get(doc, "schemaVersion"), 0) != 2) {
		err_set(e, ERR_INVALID, "schema version %lld is not supported",
			(long long)json_i64(json_get(doc, "schemaVersion"), 0));
		return NULL;
	}
	if (is_index == is_manifest || is_index != (kind == OCI_KIND_INDEX) ||
		(*type && oci_media_kind(type) != kind)) {
		err_set(e, ERR_INVALID, "document%s%s is no %s", *type ? " of type " : "", type,
			kind == OCI_KIND_INDEX ? "image index" : "image manifest");
		return NULL;
	}
	return take(doc);
}

int oci_index_parse(
	struct arena *a, const char *text, size_t n, struct oci_index *out, struct err *e)
{
	own_json doc = parse_document(text, n, OCI_KIND_INDEX, e);

	*out = (struct oci_index){ 0 };
	if (!doc || bind_decode(a, doc, oci_index_fields, out, e) ||
		check_descriptors(&out->manifests, "manifest", e) ||
		(out->subject && check_descriptor(out->subject, "subject", e)))
		return err_in(e, "invalid image index");
	return 0;
}

int oci_manifest_parse(
	struct arena *a, const char *text, size_t n, struct oci_manifest *out, struct err *e)
{
	own_json doc = parse_document(text, n, OCI_KIND_MANIFEST, e);

	*out = (struct oci_manifest){ 0 };
	if (!doc || bind_decode(a, doc, oci_manifest_fields, out, e) ||
		check_descriptor(&out->config, "config", e) ||
		check_descriptors(&out->layers, "layer", e) ||
		(out->subject && check_descriptor(out->subject, "subject", e)))
		return err_in(e, "invalid image manifest");
	return 0;
}

/* A member's path must stay in the archive. */
static bool is_inside(const char *path)
{
	struct slice rest = slice_str(path), part;

	if (str_empty(path) || path[0] == '/')
		return false;
	for (bool more = true; more;) {
		more = slice_cut(rest, '/', &part, &rest);
		if (slice_eq(part, ".."))
			return false;
	}
	return true;
}

static int check_archive_image(const struct oci_archive_image *img, struct err *e)
{
	if (!is_inside(img->config))
		return err_set(e, ERR_INVALID,
			"invalid manifest.json: Config \"%s\" is no path in the archive",
			img->config ? img->config : "");
	for (size_t i = 0; i < img->layers.n; i++)
		if (!is_inside(img->layers.v[i]))
			return err_set(e, ERR_INVALID,
				"invalid manifest.json: layer \"%s\" is no path in the archive",
				img->layers.v[i]);
	return 0;
}

int oci_archive_parse(
	struct arena *a, const char *text, size_t n, struct oci_archive *out, struct err *e)
{
	own_json doc = json_parse(text, n, e);

	*out = (struct oci_archive){ 0 };
	if (!doc)
		return err_in(e, "invalid manifest.json");
	if (json_type(doc) != JSON_ARR)
		return err_set(e, ERR_INVALID, "invalid manifest.json: not a list of images");
	out->v = arena_array(a, json_len(doc) ? json_len(doc) : 1, sizeof(*out->v));
	for (; out->n < json_len(doc); out->n++)
		if (bind_decode(a, json_at(doc, out->n), archive_fields, &out->v[out->n], e) ||
			check_archive_image(&out->v[out->n], e))
			return -1;
	return 0;
}

int oci_layout_check(const char *text, size_t n, struct err *e)
{
	own_json doc = json_parse(text, n, e);
	const char *version = json_str(json_get(doc, "imageLayoutVersion"), "");

	if (!doc)
		return err_in(e, "invalid oci-layout");
	if (!str_starts(version, "1."))
		return err_set(e, ERR_INVALID,
			"invalid oci-layout: version \"%s\" is not supported", version);
	return 0;
}

void oci_index_write(const struct oci_index *i, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, NULL);
	bind_encode(&w, oci_index_fields, i);
}

void oci_manifest_write(const struct oci_manifest *m, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, NULL);
	bind_encode(&w, oci_manifest_fields, m);
}

void oci_archive_write(const struct oci_archive *l, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, NULL);
	jsonw_arr(&w);
	for (size_t i = 0; i < l->n; i++)
		bind_encode(&w, archive_fields, &l->v[i]);
	jsonw_arr_end(&w);
}

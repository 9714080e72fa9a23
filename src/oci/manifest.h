/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands around layers: OCI index, manifest, descriptor and layout file, Docker's schema 2
 * counterparts (same members), and manifest.json of a docker-archive. Daemon-safe.
 */
#ifndef TARE_OCI_MANIFEST_H
#define TARE_OCI_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bind.h"
#include "base/buf.h"
#include "base/err.h"
#include "oci/platform.h"

#define OCI_TYPE_INDEX		 "application/vnd.oci.image.index.v1+json"
#define OCI_TYPE_MANIFEST	 "application/vnd.oci.image.manifest.v1+json"
#define OCI_TYPE_CONFIG		 "application/vnd.oci.image.config.v1+json"
#define OCI_TYPE_LAYER		 "application/vnd.oci.image.layer.v1.tar"
#define OCI_TYPE_LAYER_GZIP	 "application/vnd.oci.image.layer.v1.tar+gzip"
#define OCI_TYPE_LAYER_ZSTD	 "application/vnd.oci.image.layer.v1.tar+zstd"
#define OCI_TYPE_DOCKER_LIST	 "application/vnd.docker.distribution.manifest.list.v2+json"
#define OCI_TYPE_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define OCI_TYPE_DOCKER_CONFIG	 "application/vnd.docker.container.image.v1+json"
#define OCI_TYPE_DOCKER_LAYER	 "application/vnd.docker.image.rootfs.diff.tar.gzip"

/* What a media type stands for, whoever named it. */
enum oci_kind {
	OCI_KIND_OTHER,
	OCI_KIND_INDEX,
	OCI_KIND_MANIFEST,
	OCI_KIND_CONFIG,
	OCI_KIND_LAYER, /* tar */
	OCI_KIND_LAYER_GZIP,
	OCI_KIND_LAYER_ZSTD,
	OCI_KIND_LAYER_FOREIGN, /* nondistributable or foreign: fetched by URL, never pushed */
};

/* Parameters (";…") are ignored; NULL is OTHER. */
enum oci_kind oci_media_kind(const char *media_type);

/* A reference name of an OCI layout's index entry, and the one containerd and docker save add. */
#define OCI_ANNOTATION_REF_NAME	  "org.opencontainers.image.ref.name"
#define OCI_ANNOTATION_IMAGE_NAME "io.containerd.image.name"

struct oci_descriptor {
	const char *media_type;
	const char *digest;
	int64_t size;
	struct str_list urls;
	struct str_map annotations;
	const char *data; /* base64, NULL mostly */
	const char *artifact_type;
	struct oci_platform *platform; /* NULL: not said */
};

struct oci_descriptor_list {
	struct oci_descriptor *v;
	size_t n;
};

struct oci_index {
	int32_t schema_version; /* 2 */
	const char *media_type;
	const char *artifact_type;
	struct oci_descriptor_list manifests;
	struct oci_descriptor *subject;
	struct str_map annotations;
};

struct oci_manifest {
	int32_t schema_version; /* 2 */
	const char *media_type;
	const char *artifact_type;
	struct oci_descriptor config;
	struct oci_descriptor_list layers;
	struct oci_descriptor *subject;
	struct str_map annotations;
};

/*
 * One image of a docker-archive's manifest.json (feature rows E17, E18). Paths are archive members.
 */
struct oci_archive_image {
	const char *config;
	struct str_list repo_tags; /* null in JSON when there are none */
	struct str_list layers;
	const char *parent; /* image id, NULL mostly */
	struct {
		const char **keys; /* diff id */
		struct oci_descriptor *v;
		size_t n;
	} layer_sources;
};

struct oci_archive {
	struct oci_archive_image *v;
	size_t n;
};

extern const struct bind_field oci_descriptor_fields[];
extern const struct bind_field oci_index_fields[];
extern const struct bind_field oci_manifest_fields[];

/*
 * Parsers of text[0..n); strings lie in a. ERR_INVALID when it is not JSON, a member has the wrong
 * type, schemaVersion is not 2, a digest is malformed or a size negative. oci_index_parse and
 * oci_manifest_parse refuse each other's documents (an index must have manifests, a manifest must
 * have config and layers; never both: CVE-2021-41190).
 */
int oci_index_parse(
	struct arena *a, const char *text, size_t n, struct oci_index *out, struct err *e);
int oci_manifest_parse(
	struct arena *a, const char *text, size_t n, struct oci_manifest *out, struct err *e);
/* manifest.json: a list; each must name a config; paths must be relative without "..". */
int oci_archive_parse(
	struct arena *a, const char *text, size_t n, struct oci_archive *out, struct err *e);
/* The file oci-layout: its imageLayoutVersion must be 1.0.0 (any 1.x). */
int oci_layout_check(const char *text, size_t n, struct err *e);

/* Writers append compact JSON. */
void oci_index_write(const struct oci_index *i, struct buf *out);
void oci_manifest_write(const struct oci_manifest *m, struct buf *out);
void oci_archive_write(const struct oci_archive *l, struct buf *out);

#endif

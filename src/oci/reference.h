/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's image references (github.com/distribution/reference): [domain/]path[:tag][@digest], the
 * normal form docker.io/library/alpine:latest and the familiar one, alpine:latest. No name lookup
 * here: whether "abc" is also an image id is the image room's question. Daemon-safe.
 */
#ifndef TARE_OCI_REFERENCE_H
#define TARE_OCI_REFERENCE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct oci_ref {
	const char *domain; /* "docker.io", "localhost:5000"; NULL only for a bare digest */
	const char *path;   /* "library/alpine"; NULL only for a bare digest */
	const char *tag;    /* NULL when none was given */
	const char *digest; /* "sha256:…", NULL when none was given */
};

/*
 * Parses text in its familiar or full form and normalises it: no domain becomes docker.io (as does
 * index.docker.io), a one-part path there gets library/. No tag is added. Strings lie in a.
 * ERR_INVALID: "invalid reference format", "invalid reference format: repository name (library/X)
 * must be lowercase", "invalid repository name (<64 hex>), cannot specify 64-byte hexadecimal
 * strings", "repository name must not be more than 255 characters", "unsupported digest algorithm",
 * …
 */
int oci_ref_parse(struct arena *a, const char *text, struct oci_ref *out, struct err *e);

/*
 * As oci_ref_parse, but 64 hex digits or "sha256:<64 hex>" alone give a bare digest: domain, path
 * and tag NULL (Docker's ParseAnyReference, used where an image id may stand).
 */
int oci_ref_parse_any(struct arena *a, const char *text, struct oci_ref *out, struct err *e);

/* Sets tag to "latest" when there is neither tag nor digest. */
void oci_ref_default_tag(struct oci_ref *r);
/* Replaces the tag after checking it: "invalid tag format". The digest is dropped. */
int oci_ref_set_tag(struct arena *a, struct oci_ref *r, const char *tag, struct err *e);
bool oci_ref_is_tag(const char *tag);

/* "docker.io/library/alpine". */
const char *oci_ref_name(struct arena *a, const struct oci_ref *r);
/* "docker.io/library/alpine:latest@sha256:…": name and whatever of tag and digest is set. */
const char *oci_ref_full(struct arena *a, const struct oci_ref *r);
/* "alpine": without docker.io/ and library/ where parsing would put them back. */
const char *oci_ref_familiar_name(struct arena *a, const struct oci_ref *r);
/* "alpine:latest", "alpine@sha256:…": what users are shown and repositories.json holds. */
const char *oci_ref_familiar(struct arena *a, const struct oci_ref *r);

#endif

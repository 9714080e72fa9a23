/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repositories.json in memory: familiar names ("alpine:latest", "alpine@sha256:…") to image ids. No files, no
 * locks. Changes are made on a copy, so that a failed write changes nothing.
 */
#ifndef TARE_IMAGE_REFS_H
#define TARE_IMAGE_REFS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "oci/reference.h"

struct refs;

/* One name. */
struct refs_entry {
	const char *repo; /* "alpine" */
	const char *name; /* "alpine:latest", unique */
	const char *id;	  /* "sha256:…" */
};

struct refs *refs_new(void);
void refs_free(struct refs *r);
struct refs *refs_clone(const struct refs *r);

/*
 * Reads text[0..n) into r, which is empty. Entries that are no names of sha256 ids are passed over; members
 * beside "Repositories" are kept. ERR_INVALID when it is not such a document.
 */
int refs_parse(struct refs *r, const char *text, size_t n, struct err *e);
/* Compact JSON with sorted keys, as dockerd writes it. */
void refs_print(const struct refs *r, struct buf *out);

size_t refs_count(const struct refs *r);
/* In order of name; valid until the next change. */
const struct refs_entry *refs_at(const struct refs *r, size_t i);
/* NULL when there is none. */
const struct refs_entry *refs_find(const struct refs *r, const char *name);
/* Replaces what was there under name. */
void refs_set(struct refs *r, const char *repo, const char *name, const char *id);
bool refs_remove(struct refs *r, const char *name);

/* Adds the tags and digests of id, sorted. Either list may be NULL. */
void refs_of(const struct refs *r, struct arena *a, const char *id, struct str_list *tags,
	struct str_list *digests);
/* Whether a familiar name ends in a digest. */
bool refs_is_digest(const char *name);

/* The name a reference is stored under: tag and digest together count as the digest alone. */
const char *refs_key(struct arena *a, const struct oci_ref *ref);

#endif

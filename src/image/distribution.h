/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image/overlay2/distribution as dockerd keeps it (feature rows J.2): which blob of which repository a layer came from
 * or went to. It saves work and is never trusted: what it says of a registry is asked there, what it says of a
 * digest is verified. A file that cannot be read is as good as none.
 */
#ifndef TARE_IMAGE_DISTRIBUTION_H
#define TARE_IMAGE_DISTRIBUTION_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "image/registry.h"
#include "store_int.h"

/* An entry of v2metadata-by-diffid. */
struct distribution_source {
	const char *digest;	/* of the blob */
	const char *repository; /* "docker.io/library/alpine" */
	const char *
		hmac; /* of both, by the credentials it was pushed with; "" when it was pulled, or pushed without */
};

struct distribution_sources {
	struct distribution_source *v; /* oldest first */
	size_t n;
};

/* Room for a key made of credentials, "" for none. */
#define DISTRIBUTION_KEY_SIZE OCI_DIGEST_SIZE
void distribution_key(const struct registry_auth *auth, char out[DISTRIBUTION_KEY_SIZE]);
/* Whether the entry was made with these credentials. */
bool distribution_is_keyed(const struct distribution_source *source, const char *key);

/* What is known of a layer. */
void distribution_sources(struct image_store *s, struct arena *a, const char *diff_id,
	struct distribution_sources *out);
/*
 * Remembers that the layer is blob digest of repository, as the youngest entry (at most 50 stay); source->hmac is computed
 * by the key. Failures are logged: nothing depends on it.
 */
void distribution_add(struct image_store *s, const char *diff_id, const char *digest,
	const char *repository, const char *key);
/* Forgets one entry. */
void distribution_remove(
	struct image_store *s, const char *diff_id, const struct distribution_source *source);

/*
 * Sorted for a push to repository, best first: the same credentials, then most leading path parts in common, then the
 * youngest.
 */
void distribution_sort(struct distribution_sources *l, const char *repository, const char *key);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content digests as text, "sha256:<64 hex>": what is valid, and the chain id of layers. Hashing
 * itself is base/sha.h. All functions are daemon-safe.
 */
#ifndef TARE_OCI_DIGEST_H
#define TARE_OCI_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/sha.h"
#include "base/slice.h"

/* Room for a sha256 digest text with its NUL. */
#define OCI_DIGEST_SIZE (SHA_DIGEST_TEXT + 1)

/*
 * Whether s is "algorithm:hex" with a registered algorithm (sha256, sha384, sha512) and lower-case
 * hex of its length. ERR_INVALID in the words of Docker's digest library: "invalid checksum digest
 * format", "invalid checksum digest length", "unsupported digest algorithm".
 */
int oci_digest_check(struct slice s, struct err *e);
/* Whether s is a well-formed sha256 digest: the only kind images are stored under. */
bool oci_digest_is_sha256(const char *s);
/* The hex part of a digest that was checked; points into it. */
const char *oci_digest_hex(const char *digest);
/* The text before the colon of a digest that was checked. */
struct slice oci_digest_algorithm(const char *digest);
/* "sha256:" + hex. out may not overlap hex. */
void oci_digest_from_hex(const char *hex, char out[OCI_DIGEST_SIZE]);

/*
 * Chain id of one more layer (image-spec, feature row E3): parent "" or NULL gives diff_id itself,
 * else sha256(parent + " " + diff_id). out may be parent.
 */
void oci_chain_id(const char *parent, const char *diff_id, char out[OCI_DIGEST_SIZE]);
/* Chain id of all n diff ids in order, "" for n == 0. */
void oci_chain_id_all(const char *const *diff_ids, size_t n, char out[OCI_DIGEST_SIZE]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 by libcrypto (SHA-NI where there is any), streaming and whole. */
#ifndef TARE_BASE_SHA_H
#define TARE_BASE_SHA_H

#include <stddef.h>

#define SHA_HEX		64
#define SHA_DIGEST_TEXT 71 /* "sha256:" + 64 */

struct sha;

struct sha *sha_new(void);
void sha_free(struct sha *s);
void sha_add(struct sha *s, const void *data, size_t n);
/* The digest so far as 64 hex digits; s is reset to empty. */
void sha_hex(struct sha *s, char out[SHA_HEX + 1]);

/* One buffer in one call: "sha256:<64 hex>". */
void sha_digest(const void *data, size_t n, char out[SHA_DIGEST_TEXT + 1]);

#endif

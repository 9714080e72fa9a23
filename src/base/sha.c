/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that knows libcrypto for hashing. */
#include "sha.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct sha {
	EVP_MD_CTX *ctx;
};

struct sha *sha_new(void)
{
	struct sha *s = calloc(1, sizeof(*s));

	if (!s || !(s->ctx = EVP_MD_CTX_new()) || !EVP_DigestInit_ex(s->ctx, EVP_sha256(), NULL))
		abort();
	return s;
}

void sha_free(struct sha *s)
{
	if (!s)
		return;
	EVP_MD_CTX_free(s->ctx);
	free(s);
}

void sha_add(struct sha *s, const void *data, size_t n)
{
	if (!EVP_DigestUpdate(s->ctx, data, n))
		abort();
}

static void put_hex(char *out, const unsigned char *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * n] = 0;
}

void sha_hex(struct sha *s, char out[SHA_HEX + 1])
{
	unsigned char bytes[32];

	if (!EVP_DigestFinal_ex(s->ctx, bytes, NULL) ||
		!EVP_DigestInit_ex(s->ctx, EVP_sha256(), NULL))
		abort();
	put_hex(out, bytes, sizeof(bytes));
}

void sha_digest(const void *data, size_t n, char out[SHA_DIGEST_TEXT + 1])
{
	unsigned char bytes[32];

	if (!EVP_Digest(data, n, bytes, NULL, EVP_sha256(), NULL))
		abort();
	memcpy(out, "sha256:", 7);
	put_hex(out + 7, bytes, sizeof(bytes));
}

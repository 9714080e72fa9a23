/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that knows libcrypto for hashing. The low-level calls, deprecated but kept, touch a few pages of the library; EVP
 * loads its configuration and providers first: 2 MB of an idle daemon, 3 ms of a short-lived program. */
#include "sha.h"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

struct sha {
	SHA256_CTX ctx;
};

struct sha *sha_new(void)
{
	struct sha *s = calloc(1, sizeof(*s));

	if (!s || !SHA256_Init(&s->ctx))
		abort();
	return s;
}

void sha_free(struct sha *s)
{
	free(s);
}

void sha_add(struct sha *s, const void *data, size_t n)
{
	if (!SHA256_Update(&s->ctx, data, n))
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

	if (!SHA256_Final(bytes, &s->ctx) || !SHA256_Init(&s->ctx))
		abort();
	put_hex(out, bytes, sizeof(bytes));
}

void sha_digest(const void *data, size_t n, char out[SHA_DIGEST_TEXT + 1])
{
	SHA256_CTX ctx;
	unsigned char bytes[32];

	/* not SHA256(): that one goes through EVP */
	if (!SHA256_Init(&ctx) || !SHA256_Update(&ctx, data, n) || !SHA256_Final(bytes, &ctx))
		abort();
	memcpy(out, "sha256:", 7);
	put_hex(out + 7, bytes, sizeof(bytes));
}

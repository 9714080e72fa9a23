/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/sha.h for programs built with musl, by libmd: it is small and needs nothing but memcpy, where libcrypto wants glibc.
 * They hash documents of some kilobytes; whoever hashes layers is linked with libcrypto.
 */
#include <sha2.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha.h"

struct sha {
	SHA2_CTX md;
};

struct sha *sha_new(void)
{
	struct sha *s = malloc(sizeof(*s));

	if (!s)
		abort();
	SHA256Init(&s->md);
	return s;
}

void sha_free(struct sha *s)
{
	free(s);
}

void sha_add(struct sha *s, const void *data, size_t n)
{
	SHA256Update(&s->md, data, n);
}

void sha_hex(struct sha *s, char out[SHA_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char sum[SHA256_DIGEST_LENGTH];

	SHA256Final(sum, &s->md);
	for (int i = 0; i < SHA_HEX; i++)
		out[i] = digits[sum[i / 2] >> (i % 2 ? 0 : 4) & 15];
	out[SHA_HEX] = '\0';
	SHA256Init(&s->md);
}

void sha_digest(const void *data, size_t n, char out[SHA_DIGEST_TEXT + 1])
{
	struct sha s;

	SHA256Init(&s.md);
	sha_add(&s, data, n);
	memcpy(out, "sha256:", 7);
	sha_hex(&s, out + 7);
}

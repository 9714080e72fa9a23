/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/sha.h for programs built with musl, which have no libcrypto: SHA-256 as FIPS 180-4 describes it. They hash
 * documents of some kilobytes; whoever hashes layers is linked with libcrypto.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../sha.h"

#define BLOCK 64

struct sha {
	uint32_t h[8];
	uint64_t n; /* bytes so far */
	unsigned char block[BLOCK];
};

/* The first 32 bits of the fractions of the cube roots of the first 64 primes. */
static const uint32_t k[BLOCK] = { 0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b,
	0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6,
	0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d,
	0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
	0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585,
	0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa,
	0xa4506ceb, 0xbef9a3f7, 0xc67178f2 };

static uint32_t rotate(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static void take_block(struct sha *s, const unsigned char *p)
{
	uint32_t w[BLOCK], v[8];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
		       (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
	for (int i = 16; i < BLOCK; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];

		w[i] = w[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[i - 7] +
		       (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
	}
	memcpy(v, s->h, sizeof(v));
	for (int i = 0; i < BLOCK; i++) {
		uint32_t e = v[4], a = v[0];
		uint32_t x = v[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
			     ((e & v[5]) ^ (~e & v[6])) + k[i] + w[i];
		uint32_t y = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
			     ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += x;
		v[0] = x + y;
	}
	for (int i = 0; i < 8; i++)
		s->h[i] += v[i];
}

static void start(struct sha *s)
{
	static const uint32_t first[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

	memcpy(s->h, first, sizeof(first));
	s->n = 0;
}

struct sha *sha_new(void)
{
	struct sha *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	start(s);
	return s;
}

void sha_free(struct sha *s)
{
	free(s);
}

void sha_add(struct sha *s, const void *data, size_t n)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < n; i++) {
		s->block[s->n++ % BLOCK] = p[i];
		if (s->n % BLOCK == 0)
			take_block(s, s->block);
	}
}

void sha_hex(struct sha *s, char out[SHA_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";
	uint64_t bits = s->n * 8;
	unsigned char length[8];

	for (int i = 0; i < 8; i++)
		length[i] = (unsigned char)(bits >> (56 - 8 * i));
	sha_add(s, "\x80", 1);
	while (s->n % BLOCK != BLOCK - sizeof(length))
		sha_add(s, "", 1);
	sha_add(s, length, sizeof(length));
	for (int i = 0; i < SHA_HEX; i++)
		out[i] = digits[s->h[i / 8] >> (28 - 4 * (i % 8)) & 15];
	out[SHA_HEX] = '\0';
	start(s);
}

void sha_digest(const void *data, size_t n, char out[SHA_DIGEST_TEXT + 1])
{
	struct sha s;

	start(&s);
	sha_add(&s, data, n);
	memcpy(out, "sha256:", 7);
	sha_hex(&s, out + 7);
}

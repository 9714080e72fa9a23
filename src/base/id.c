/* SPDX-License-Identifier: Apache-2.0 */
/* All randomness comes from getrandom(2). The word lists for names are in id_name.c. */
#include "id.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static void random_bytes(void *out, size_t n)
{
	/* Up to 256 bytes never come short once the pool is ready (getrandom(2)). */
	if (getrandom(out, n, 0) != (ssize_t)n)
		abort();
}

void id_hex(char *out, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t bytes[ID_HEX];

	random_bytes(bytes, n);
	for (size_t i = 0; i < n; i++)
		out[i] = digits[bytes[i] & 15];
	out[n] = 0;
}

static bool has_letter(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] >= 'a')
			return true;
	return false;
}

void id_hex64(char out[ID_HEX + 1])
{
	do
		id_hex(out, ID_HEX);
	while (!has_letter(out, ID_SHORT));
}

void id_base32(char out[27])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint8_t bytes[26];

	random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		out[i] = digits[bytes[i] & 31];
	out[26] = 0;
}

void id_uuid(char out[ID_UUID + 1])
{
	uint8_t b[16];

	random_bytes(b, sizeof(b));
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	snprintf(out, ID_UUID + 1,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		b[15]);
}

bool id_is_hex(const char *s, size_t n)
{
	unsigned bad = 0;

	/* Without a branch a digit: stores of many images ask this of a million of them. */
	for (size_t i = 0; i < n; i++) {
		unsigned c = (unsigned char)s[i];
		bad |= (c - '0' > 9) & (c - 'a' > 5);
	}
	return !bad;
}

bool id_is_name(const char *s)
{
	if (!isascii(s[0]) || !isalnum((unsigned char)s[0]) || !s[1])
		return false;
	for (s++; *s; s++)
		if (!isascii(*s) || !(isalnum((unsigned char)*s) || strchr("_.-", *s)))
			return false;
	return true;
}

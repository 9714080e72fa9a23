/* SPDX-License-Identifier: Apache-2.0 */
/* The SHA-256 of programs without libcrypto beside libcrypto's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/sha.h"

/* the same names, for other programs */
#define sha	   plain_sha
#define sha_new	   plain_sha_new
#define sha_free   plain_sha_free
#define sha_add	   plain_sha_add
#define sha_hex	   plain_sha_hex
#define sha_digest plain_sha_digest
void plain_sha_digest(const void *data, size_t n, char out[SHA_DIGEST_TEXT + 1]);
struct plain_sha *plain_sha_new(void);
void plain_sha_free(struct plain_sha *s);
void plain_sha_add(struct plain_sha *s, const void *data, size_t n);
void plain_sha_hex(struct plain_sha *s, char out[SHA_HEX + 1]);
#include "base/musl/sha.c"
#undef sha_digest

static void all_short_lengths_hash_alike(void **state)
{
	unsigned char data[300];
	char want[SHA_DIGEST_TEXT + 1], got[SHA_DIGEST_TEXT + 1];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 7 + 3);
	for (size_t n = 0; n <= sizeof(data); n++) {
		sha_digest(data, n, want);
		plain_sha_digest(data, n, got);
		assert_string_equal(got, want);
	}
}

static void pieces_hash_as_the_whole(void **state)
{
	struct plain_sha *s = plain_sha_new();
	char hex[SHA_HEX + 1];

	for (int i = 0; i < 1000; i++)
		plain_sha_add(s, "aaaaaaaaaa", 10);
	plain_sha_hex(s, hex);
	assert_string_equal(
		hex, "27dd1f61b867b6a0f6e9d8a41c43231de52107e53ae424de8f847b821db4b711");
	plain_sha_add(s, "abc", 3);
	plain_sha_hex(s, hex);
	assert_string_equal(
		hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	plain_sha_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_short_lengths_hash_alike),
		cmocka_unit_test(pieces_hash_as_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

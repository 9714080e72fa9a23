/* SPDX-License-Identifier: Apache-2.0 */
/* The thread's digest is the one call's, with buffers written over as soon as that is allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "layer/hasher.h"

#define BLOCK  4096
#define BLOCKS 1000

static void a_buffer_is_free_when_as_many_blocks_were_added(void **state)
{
	static unsigned char ring[HASHER_BLOCKS][BLOCK], all[BLOCKS * BLOCK];
	char got[SHA_DIGEST_TEXT + 1], want[SHA_DIGEST_TEXT + 1];
	struct hasher *h = hasher_new();

	(void)state;
	for (size_t i = 0; i < BLOCKS; i++) {
		size_t n = BLOCK - i % 7;
		memset(ring[i % HASHER_BLOCKS], (int)(i * 31), BLOCK);
		memcpy(all + i * BLOCK, ring[i % HASHER_BLOCKS], n);
		hasher_add(h, ring[i % HASHER_BLOCKS], n);
	}
	hasher_finish(h, got);
	hasher_free(h);
	size_t len = 0;
	for (size_t i = 0; i < BLOCKS; i++) {
		memmove(all + len, all + i * BLOCK, BLOCK - i % 7);
		len += BLOCK - i % 7;
	}
	sha_digest(all, len, want);
	assert_string_equal(got, want);
}

static void nothing_and_an_early_end_are_fine(void **state)
{
	char got[SHA_DIGEST_TEXT + 1], want[SHA_DIGEST_TEXT + 1];
	struct hasher *h = hasher_new();

	(void)state;
	hasher_finish(h, got);
	hasher_free(h);
	sha_digest("", 0, want);
	assert_string_equal(got, want);
	h = hasher_new();
	hasher_add(h, "abc", 3);
	hasher_free(h);
	hasher_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer_is_free_when_as_many_blocks_were_added),
		cmocka_unit_test(nothing_and_an_early_end_are_fine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

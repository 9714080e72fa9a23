/* SPDX-License-Identifier: Apache-2.0 */
/* Input: length of the sequence, sequence, keystrokes. One at a time or all at once must be the same. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct keys k;
	size_t n_seq, n_whole, n_pieces = 0, n;

	if (size < 1 || (n_seq = data[0] % (MONITOR_KEYS_MAX + 1)) + 1 > size)
		return 0;
	const uint8_t *in = data + 1 + n_seq;
	size_t n_in = size - 1 - n_seq;
	unsigned char *whole = malloc(n_in + MONITOR_KEYS_MAX);
	unsigned char *pieces = malloc(n_in + 2 * MONITOR_KEYS_MAX);

	keys_init(&k, data + 1, n_seq);
	int is_detached = keys_feed(&k, in, n_in, whole, &n_whole);
	if (!is_detached)
		n_whole += keys_flush(&k, whole + n_whole);
	if (!is_detached) /* nothing is lost or invented */
		assert(n_whole == n_in && memcmp(whole, in, n_in) == 0);

	keys_init(&k, data + 1, n_seq);
	int is_detached2 = 0;
	for (size_t i = 0; i < n_in && !is_detached2; i++) {
		is_detached2 = keys_feed(&k, in + i, 1, pieces + n_pieces, &n);
		n_pieces += n;
	}
	if (!is_detached2)
		n_pieces += keys_flush(&k, pieces + n_pieces);
	assert(is_detached == is_detached2 && n_whole == n_pieces);
	assert(memcmp(whole, pieces, n_whole) == 0);
	free(whole);
	free(pieces);
	return 0;
}

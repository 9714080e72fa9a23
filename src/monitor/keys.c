/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/keys.h"

#include <string.h>

void keys_init(struct keys *k, const unsigned char *seq, size_t n)
{
	static const unsigned char dflt[] = { 16, 17 };

	if (n == 0) {
		seq = dflt;
		n = sizeof(dflt);
	}
	memcpy(k->seq, seq, n);
	k->n = (uint8_t)n;
	k->held = 0;
}

/* The longest proper start of seq that ends the bytes seq[0..held) + c, as in Knuth-Morris-Pratt. */
static size_t keys_fall_back(const struct keys *k, unsigned char c)
{
	for (size_t len = k->held; len > 0; len--)
		if (k->seq[len - 1] == c &&
			memcmp(k->seq, k->seq + k->held - (len - 1), len - 1) == 0)
			return len;
	return 0;
}

bool keys_feed(struct keys *k, const unsigned char *in, size_t n, unsigned char *out, size_t *n_out)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		if (in[i] == k->seq[k->held]) {
			if (++k->held < k->n)
				continue;
			k->held = 0;
			*n_out = at;
			return true;
		}
		/* Held bytes that no longer can begin the sequence go on, then perhaps this one. */
		size_t keep = keys_fall_back(k, in[i]);
		size_t go = k->held + 1 - keep;
		size_t from_held = go < k->held ? go : k->held;
		memcpy(out + at, k->seq, from_held);
		at += from_held;
		if (keep == 0)
			out[at++] = in[i];
		k->held = (uint8_t)keep;
	}
	*n_out = at;
	return false;
}

size_t keys_flush(struct keys *k, unsigned char *out)
{
	size_t n = k->held;

	memcpy(out, k->seq, n);
	k->held = 0;
	return n;
}

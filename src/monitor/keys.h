/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The detach sequence: finds it in a stream of keystrokes that may come in any pieces. What could
 * still become the sequence is held back until the next byte decides. Part of tare-monitor (no libc
 * beyond memcpy) and of the room's library for tests.
 */
#ifndef TARE_MONITOR_KEYS_H
#define TARE_MONITOR_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "monitor/proto.h"

struct keys {
	unsigned char seq[MONITOR_KEYS_MAX];
	uint8_t n;
	uint8_t held; /* bytes of seq seen so far and not passed on */
};

/* n bytes of seq (at most MONITOR_KEYS_MAX); n 0 means Docker's default, ctrl-p ctrl-q. */
void keys_init(struct keys *k, const unsigned char *seq, size_t n);

/*
 * Takes in[0..n) and writes to out what goes on to the container: at most n + MONITOR_KEYS_MAX
 * bytes, counted in *n_out. True when the sequence was completed; what follows it is discarded. out
 * may not overlap in.
 */
bool keys_feed(
	struct keys *k, const unsigned char *in, size_t n, unsigned char *out, size_t *n_out);

/* At end of input: writes the bytes held back to out, returns how many. */
size_t keys_flush(struct keys *k, unsigned char *out);

#endif

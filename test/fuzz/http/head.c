/* SPDX-License-Identifier: Apache-2.0 */
/* Requests (first byte even) or responses as they may come over a socket, heads and bodies, until one is refused. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/wire_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_messages(struct wire *w, size_t piece_max)
{
	struct wire_head head;
	struct slice piece;
	struct err e;
	bool goes_on = true;

	while (goes_on) {
		struct arena *a = arena_new();
		uint64_t total = 0;
		int rc = wire_read_head(w, a, false, &head, &e);

		bool got_head = rc > 0;

		while (rc > 0 && (rc = wire_read_body_some(w, piece_max, &piece, &e)) > 0) {
			if (piece.n == 0 || piece.n > piece_max)
				abort();
			total += piece.n;
		}
		if (got_head && rc == 0 && head.content_length >= 0 && w->body == WIRE_LENGTH &&
			total != (uint64_t)head.content_length)
			abort();
		goes_on = got_head && rc == 0 && w->body_done && wire_pending(w) > 0;
		arena_free(a);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire w;
	int pair[2];

	if (size < 1 || size > 60000 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return 0;
	if (write(pair[1], data + 1, size - 1) != (ssize_t)(size - 1))
		abort();
	close(pair[1]);
	wire_init(&w, pair[0], data[0] & 1 ? HTTP_RESPONSE : HTTP_REQUEST);
	read_messages(&w, data[0] & 2 ? 3 : SIZE_MAX);
	wire_done(&w);
	close(pair[0]);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Requests (first byte even) or responses as they may come over a socket, heads and bodies, until one is refused. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "http/wire_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The body's next piece, by way of a pipe where that is possible. */
static int next_piece(struct wire *w, const int *pipe, size_t most, struct buf *out, struct err *e)
{
	char block[65536];
	struct slice piece;
	ssize_t n = pipe ? wire_splice(w, pipe[1], e) : 0;

	if (n) {
		if (n > 0 && read(pipe[0], block, sizeof(block)) != n)
			abort();
		buf_add(out, block, n > 0 ? (size_t)n : 0);
		return n < 0 ? -1 : 1;
	}
	int rc = wire_read_body_some(w, most, &piece, e);
	if (rc > 0 && (piece.n == 0 || piece.n > most))
		abort();
	if (rc > 0)
		buf_add(out, piece.p, piece.n);
	return rc;
}

static void read_messages(struct wire *w, const int *pipe, size_t piece_max, struct buf *out)
{
	struct wire_head head;
	struct err e;
	bool goes_on = true;

	while (goes_on) {
		struct arena *a = arena_new();
		size_t before = out->len;
		int rc = wire_read_head(w, a, false, &head, &e);

		bool got_head = rc > 0;

		w->is_frugal = pipe != NULL;
		while (rc > 0)
			rc = next_piece(w, pipe, piece_max, out, &e);
		if (got_head && rc == 0 && head.content_length >= 0 && w->body == WIRE_LENGTH &&
			out->len - before != (uint64_t)head.content_length)
			abort();
		buf_fmt(out, "|%d|", rc);
		goes_on = got_head && rc == 0 && w->body_done;
		arena_free(a);
	}
}

static void read_all(const uint8_t *data, size_t size, const int *pipe, struct buf *out)
{
	struct wire w;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		abort();
	if (write(pair[1], data + 1, size - 1) != (ssize_t)(size - 1))
		abort();
	close(pair[1]);
	wire_init(&w, pair[0], data[0] & 1 ? HTTP_RESPONSE : HTTP_REQUEST);
	buf_init(out, 16 << 20);
	read_messages(&w, pipe, data[0] & 2 ? 3 : SIZE_MAX, out);
	wire_done(&w);
	close(pair[0]);
}

/* However it is read, the bodies are the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf plain, piped;
	int ends[2];

	if (size < 1 || size > 60000 || pipe(ends))
		return 0;
	read_all(data, size, NULL, &plain);
	read_all(data, size, ends, &piped);
	if (plain.len != piped.len || (plain.len && memcmp(plain.data, piped.data, plain.len) != 0))
		abort();
	buf_done(&plain);
	buf_done(&piped);
	close(ends[0]);
	close(ends[1]);
	return 0;
}

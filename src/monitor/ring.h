/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The backlog of attached clients: the container's latest output, once for all of them, already cut
 * into Docker's stdio frames. Each client has a cursor of its own; bytes behind the slowest are free.
 * Positions count bytes since the beginning and never wrap. While every client keeps up, nothing is
 * stored at all. Part of tare-monitor: no allocation, no I/O.
 */
#ifndef TARE_MONITOR_RING_H
#define TARE_MONITOR_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define RING_SIZE   262144
#define RING_HEADER 8

struct ring {
	uint64_t head;	     /* the oldest byte kept */
	uint64_t tail;	     /* one past the newest */
	unsigned char *data; /* RING_SIZE bytes, the caller's */
};

/* Which frames a client gets, and whether it gets their headers. */
struct ring_view {
	unsigned streams; /* bit 1: stdout, bit 2: stderr (1 << the frame's type) */
	bool framed;
};

/* Where a client stands. left > 0: inside a frame, so many of its bytes are still to be sent. */
struct ring_cursor {
	uint64_t pos;
	uint32_t left;
};

/* The 8-byte header of Docker's multiplexed stream: type 1 stdout, 2 stderr. */
void ring_header(unsigned char out[RING_HEADER], unsigned type, size_t n);

size_t ring_free(const struct ring *r);

/* Stores a frame; the caller has seen to room for RING_HEADER + n bytes. */
void ring_append(struct ring *r, unsigned type, const void *data, size_t n);

/*
 * What view is to be sent next at c, as up to two pieces that lie side by side in one frame: the
 * number of bytes, 0 when it has everything. Frames of other streams and, unframed, headers are skipped.
 */
size_t ring_peek(const struct ring *r, const struct ring_view *view, struct ring_cursor *c,
	struct iovec iov[2]);

/* n bytes of the last peek were sent. */
void ring_advance(struct ring_cursor *c, size_t n);

/* No cursor stands before pos: what lies there is free. An empty ring begins at its first page again, which
 * moves positions: true then, and every cursor must be set to tail. */
bool ring_release(struct ring *r, uint64_t pos);

#endif

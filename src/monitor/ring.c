/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/ring.h"

#include <string.h>

void ring_header(unsigned char out[RING_HEADER], unsigned type, size_t n)
{
	memset(out, 0, RING_HEADER);
	out[0] = (unsigned char)type;
	out[4] = (unsigned char)(n >> 24);
	out[5] = (unsigned char)(n >> 16);
	out[6] = (unsigned char)(n >> 8);
	out[7] = (unsigned char)n;
}

size_t ring_free(const struct ring *r)
{
	return RING_SIZE - (size_t)(r->tail - r->head);
}

/* The bytes [pos, pos + n) as one or two pieces. */
static void ring_pieces(const struct ring *r, uint64_t pos, size_t n, struct iovec iov[2])
{
	size_t at = (size_t)(pos % RING_SIZE);
	size_t first = RING_SIZE - at < n ? RING_SIZE - at : n;

	iov[0].iov_base = (void *)(uintptr_t)(r->data + at);
	iov[0].iov_len = first;
	iov[1].iov_base = (void *)(uintptr_t)r->data;
	iov[1].iov_len = n - first;
}

static void ring_put(struct ring *r, const void *data, size_t n)
{
	struct iovec iov[2];

	ring_pieces(r, r->tail, n, iov);
	memcpy(iov[0].iov_base, data, iov[0].iov_len);
	memcpy(iov[1].iov_base, (const unsigned char *)data + iov[0].iov_len, iov[1].iov_len);
	r->tail += n;
}

void ring_append(struct ring *r, unsigned type, const void *data, size_t n)
{
	unsigned char header[RING_HEADER];

	ring_header(header, type, n);
	ring_put(r, header, sizeof(header));
	ring_put(r, data, n);
}

static void ring_get_header(const struct ring *r, uint64_t pos, unsigned char out[RING_HEADER])
{
	struct iovec iov[2];

	ring_pieces(r, pos, RING_HEADER, iov);
	memcpy(out, iov[0].iov_base, iov[0].iov_len);
	memcpy(out + iov[0].iov_len, iov[1].iov_base, iov[1].iov_len);
}

size_t ring_peek(const struct ring *r, const struct ring_view *view, struct ring_cursor *c,
	struct iovec iov[2])
{
	while (c->left == 0 && c->pos < r->tail) {
		unsigned char h[RING_HEADER];
		ring_get_header(r, c->pos, h);
		uint32_t n =
			(uint32_t)h[4] << 24 | (uint32_t)h[5] << 16 | (uint32_t)h[6] << 8 | h[7];

		if (!(view->streams & 1u << h[0])) {
			c->pos += RING_HEADER + n;
		} else if (view->framed) {
			c->left = RING_HEADER + n;
		} else {
			c->pos += RING_HEADER;
			c->left = n;
		}
	}
	ring_pieces(r, c->pos, c->left, iov);
	return c->left;
}

void ring_advance(struct ring_cursor *c, size_t n)
{
	c->pos += n;
	c->left -= (uint32_t)n;
}

bool ring_release(struct ring *r, uint64_t pos)
{
	r->head = pos;
	if (r->head != r->tail || r->tail % RING_SIZE == 0)
		return false;
	r->tail += RING_SIZE - r->tail % RING_SIZE;
	r->head = r->tail;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The 8-byte stdio frames, put together and taken apart. */
#include "http/frame.h"

#include <string.h>

void http_frame_head(unsigned char out[HTTP_FRAME_HEAD], enum http_stdio stream, uint32_t n)
{
	const unsigned char head[HTTP_FRAME_HEAD] = { (unsigned char)stream, 0, 0, 0,
		(unsigned char)(n >> 24), (unsigned char)(n >> 16), (unsigned char)(n >> 8),
		(unsigned char)n };

	memcpy(out, head, sizeof(head));
}

int http_demux_feed(struct http_demux *d, const char *data, size_t n, http_demux_fn fn, void *arg,
	struct err *e)
{
	while (n > 0) {
		size_t part;

		if (d->have < HTTP_FRAME_HEAD) {
			part = HTTP_FRAME_HEAD - d->have;
			part = part < n ? part : n;
			memcpy(d->head + d->have, data, part);
			d->have += part;
			d->left = (uint32_t)d->head[4] << 24 | (uint32_t)d->head[5] << 16 |
				  (uint32_t)d->head[6] << 8 | d->head[7];
			if (d->head[0] > HTTP_SYSTEMERR)
				return err_set(e, ERR_INVALID, "Unrecognized input header: %d",
					d->head[0]);
		} else {
			part = d->left < n ? d->left : n;
			if (fn(arg, (enum http_stdio)d->head[0], data, part, e))
				return -1;
			d->left -= part;
		}
		data += part;
		n -= part;
		if (d->have == HTTP_FRAME_HEAD && d->left == 0)
			d->have = 0;
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's multiplexed stdio: each piece of output is led by 8 bytes {stream, 0, 0, 0, length as
 * big-endian 32 bits} (Engine API, "Stream format" of POST /containers/{id}/attach).
 */
#ifndef TARE_HTTP_FRAME_H
#define TARE_HTTP_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define HTTP_FRAME_HEAD 8

enum http_stdio { HTTP_STDIN = 0, HTTP_STDOUT = 1, HTTP_STDERR = 2, HTTP_SYSTEMERR = 3 };

/* Writes the 8 bytes that lead n bytes of stream. */
void http_frame_head(unsigned char out[HTTP_FRAME_HEAD], enum http_stdio stream, uint32_t n);

/* Takes frames apart however the bytes arrive. Zero it before the first use; it owns nothing. */
struct http_demux {
	unsigned char head[HTTP_FRAME_HEAD];
	unsigned have; /* bytes of head seen */
	uint32_t left; /* bytes of payload still to come */
};

/* Gets a piece of a stream's payload; -1 (with e) stops the taking apart. */
typedef int (*http_demux_fn)(
	void *arg, enum http_stdio stream, const char *data, size_t n, struct err *e);

/*
 * Feeds n bytes; fn is called for each piece of payload in order (a frame may come in several
 * pieces). Returns 0; -1 when fn did, or when a head names no known stream (ERR_INVALID,
 * "Unrecognized input header: 7").
 */
int http_demux_feed(struct http_demux *d, const char *data, size_t n, http_demux_fn fn, void *arg,
	struct err *e);

#endif

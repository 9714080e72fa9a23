/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648), in the standard and in the URL alphabet. */
#ifndef TARE_BASE_BASE64_H
#define TARE_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

enum base64_kind {
	BASE64_STD, /* + and / */
	BASE64_URL, /* - and _ */
};

/* Appends data[0..n) encoded, padded with '='. */
void base64_encode(struct buf *out, enum base64_kind kind, const void *data, size_t n);
/*
 * Appends what text[0..n) stands for. Padding may be left out, line breaks are skipped. False (out then holds what came
 * before): a byte of another alphabet, or a length that cannot be.
 */
bool base64_decode(struct buf *out, enum base64_kind kind, const char *text, size_t n);

#endif

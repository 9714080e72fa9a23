/* SPDX-License-Identifier: Apache-2.0 */
/* Three bytes are four digits; what is left over at the end is filled up with '='. */
#include "base64.h"

#include <stdint.h>

static const char *const digits[] = {
	[BASE64_STD] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	[BASE64_URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

void base64_encode(struct buf *out, enum base64_kind kind, const void *data, size_t n)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t v = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
			     (left > 2 ? p[i + 2] : 0);

		buf_char(out, digits[kind][v >> 18]);
		buf_char(out, digits[kind][v >> 12 & 63]);
		buf_char(out, left > 1 ? digits[kind][v >> 6 & 63] : '=');
		buf_char(out, left > 2 ? digits[kind][v & 63] : '=');
	}
}

/* -1: none of the alphabet. */
static int value_of(enum base64_kind kind, char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == digits[kind][62])
		return 62;
	return c == digits[kind][63] ? 63 : -1;
}

bool base64_decode(struct buf *out, enum base64_kind kind, const char *text, size_t n)
{
	uint32_t v = 0;
	size_t have = 0, pads = 0;

	for (size_t i = 0; i < n; i++) {
		int digit = value_of(kind, text[i]);

		if (text[i] == '\n' || text[i] == '\r')
			continue;
		if (text[i] == '=') {
			pads++;
			continue;
		}
		if (digit < 0 || pads > 0)
			return false;
		v = v << 6 | (uint32_t)digit;
		if (++have % 4 == 0) {
			char bytes[3] = { (char)(v >> 16), (char)(v >> 8), (char)v };

			buf_add(out, bytes, sizeof(bytes));
		}
	}
	have %= 4;
	if (have == 1 || (pads > 0 && have + pads != 4))
		return false;
	if (have >= 2)
		buf_char(out, (char)(have == 2 ? v >> 4 : v >> 10));
	if (have == 3)
		buf_char(out, (char)(v >> 2));
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cidr.h"

#include <arpa/inet.h>
#include <string.h>

bool cidr_read_address(const char *text, unsigned char out[16])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (inet_pton(AF_INET6, text, out) == 1)
		return true;
	memcpy(out, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, out + 12) == 1;
}

bool cidr_has(struct arena *a, struct slice cidr, const unsigned char address[16])
{
	struct slice net, bits;
	unsigned char base[16];
	uint16_t n;

	if (!slice_cut(cidr, '/', &net, &bits) || !parse_u16(bits, &n) || n > 128 ||
		!cidr_read_address(arena_strndup(a, net.p, net.n), base))
		return false;
	if (!memchr(net.p, ':', net.n))
		n += 96;
	if (n > 128 || memcmp(base, address, n / 8) != 0)
		return false;
	unsigned char mask = (unsigned char)(0xff00 >> (n % 8));
	return n % 8 == 0 || ((base[n / 8] ^ address[n / 8]) & mask) == 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses: numbers and texts. Knows nothing of who holds them. */
#include "net/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/slice.h"

bool addr_parse(const char *s, uint32_t *out)
{
	struct in_addr in;

	if (!s || inet_pton(AF_INET, s, &in) != 1)
		return false;
	*out = ntohl(in.s_addr);
	return true;
}

bool addr_parse_net(const char *s, struct addr_net *out)
{
	struct slice ip, len;
	uint16_t prefix_len;
	char text[INET_ADDRSTRLEN];

	if (!s || !slice_cut(slice_str(s), '/', &ip, &len) || ip.n >= sizeof(text))
		return false;
	if (len.n > 2 || !parse_u16(len, &prefix_len) || prefix_len > 32)
		return false;
	memcpy(text, ip.p, ip.n);
	text[ip.n] = '\0';
	if (!addr_parse(text, &out->ip))
		return false;
	out->prefix_len = (uint8_t)prefix_len;
	return true;
}

/* The kernel allows more in a name, but nothing that would break the line it is written on. */
static bool is_zone(struct slice zone)
{
	for (size_t i = 0; i < zone.n; i++)
		if (zone.p[i] <= ' ' || zone.p[i] > '~')
			return false;
	return zone.n > 0 && zone.n < NET_ADDR_ZONE - NET_ADDR;
}

bool addr_normalize(const char *s, char out[NET_ADDR_ZONE])
{
	struct slice ip, zone;
	struct in6_addr in6;
	char text[INET6_ADDRSTRLEN];
	uint32_t ip4;

	if (addr_parse(s, &ip4)) {
		addr_text(out, ip4);
		return true;
	}
	if (slice_cut(slice_str(s), '%', &ip, &zone) && !is_zone(zone))
		return false;
	if (!ip.n || ip.n >= sizeof(text))
		return false;
	memcpy(text, ip.p, ip.n);
	text[ip.n] = '\0';
	if (inet_pton(AF_INET6, text, &in6) != 1)
		return false;
	inet_ntop(AF_INET6, &in6, out, NET_ADDR);
	if (zone.n) {
		size_t n = strlen(out);

		snprintf(out + n, NET_ADDR_ZONE - n, "%%%.*s", (int)zone.n, zone.p);
	}
	return true;
}

bool addr_is_ip(const char *s)
{
	char text[NET_ADDR_ZONE];

	return addr_normalize(s, text);
}

bool addr_parse_mac(const char *s, uint8_t out[ADDR_MAC])
{
	uint8_t mac[ADDR_MAC];

	if (!s || strlen(s) != NET_MAC - 1 || (s[2] != ':' && s[2] != '-'))
		return false;
	for (size_t i = 0; i < ADDR_MAC; i++) {
		int high = parse_hex_digit(s[3 * i]), low = parse_hex_digit(s[3 * i + 1]);

		if (high < 0 || low < 0 || (i < ADDR_MAC - 1 && s[3 * i + 2] != s[2]))
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(out, mac, sizeof(mac));
	return true;
}

const char *addr_text(char out[NET_ADDR], uint32_t ip)
{
	snprintf(out, NET_ADDR, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
	return out;
}

const char *addr_net_text(char out[NET_ADDR], struct addr_net n)
{
	size_t len = strlen(addr_text(out, n.ip));

	snprintf(out + len, NET_ADDR - len, "/%u", n.prefix_len);
	return out;
}

const char *addr_mac_text(char out[NET_MAC], const uint8_t mac[ADDR_MAC])
{
	snprintf(out, NET_MAC, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		mac[4], mac[5]);
	return out;
}

static uint32_t host_mask(struct addr_net n)
{
	return n.prefix_len == 0 ? UINT32_MAX : (uint32_t)((1ULL << (32 - n.prefix_len)) - 1);
}

uint32_t addr_first(struct addr_net n)
{
	return n.ip & ~host_mask(n);
}

uint32_t addr_last(struct addr_net n)
{
	return n.ip | host_mask(n);
}

struct addr_net addr_subnet(struct addr_net n)
{
	return (struct addr_net){ addr_first(n), n.prefix_len };
}

bool addr_contains(struct addr_net n, uint32_t ip)
{
	return ip >= addr_first(n) && ip <= addr_last(n);
}

bool addr_overlap(struct addr_net a, struct addr_net b)
{
	return addr_first(a) <= addr_last(b) && addr_first(b) <= addr_last(a);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 addresses and subnets as numbers in host order, MAC addresses as bytes, and their texts. */
#ifndef TARE_NET_ADDR_H
#define TARE_NET_ADDR_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net.h"

#define ADDR_MAC      6
#define NET_ADDR_ZONE (NET_ADDR + 32) /* an address with "%zone" */

/* A subnet, or an address within one ("172.17.0.1/16"). */
struct addr_net {
	uint32_t ip;
	uint8_t prefix_len;
};

/* Strict dotted quad: four decimal numbers without leading zeros. */
bool addr_parse(const char *s, uint32_t *out);
/* "172.17.0.1/16"; host bits are kept. */
bool addr_parse_net(const char *s, struct addr_net *out);
/* Either family as Go's netip reads it (IPv6 with a zone too), written in its usual form. */
bool addr_normalize(const char *s, char out[NET_ADDR_ZONE]);
bool addr_is_ip(const char *s);
/* Six hex pairs behind colons or dashes. */
bool addr_parse_mac(const char *s, uint8_t out[ADDR_MAC]);

const char *addr_text(char out[NET_ADDR], uint32_t ip);
const char *addr_net_text(char out[NET_ADDR], struct addr_net n);
const char *addr_mac_text(char out[NET_MAC], const uint8_t mac[ADDR_MAC]);

/* The subnet's first and last address. */
uint32_t addr_first(struct addr_net n);
uint32_t addr_last(struct addr_net n);
/* The subnet with its host bits cleared. */
struct addr_net addr_subnet(struct addr_net n);
bool addr_contains(struct addr_net n, uint32_t ip);
bool addr_overlap(struct addr_net a, struct addr_net b);

#endif

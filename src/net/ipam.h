/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who holds which address: a pool is one subnet of one network. The lowest free address is given
 * first, and a released one is free at once. Memory only; not thread-safe: its holder locks.
 */
#ifndef TARE_NET_IPAM_H
#define TARE_NET_IPAM_H

#include "base/err.h"
#include "net/addr.h"

struct ipam_pool;

/*
 * A pool of subnet that gives addresses from range (a part of it, or the same). The subnet's first
 * and last address are never given (unless it has but one or two).
 */
struct ipam_pool *ipam_pool_new(struct addr_net subnet, struct addr_net range);
void ipam_pool_free(struct ipam_pool *p);

/* The lowest free address of the range. ERR_UNAVAILABLE "no available IPv4 addresses on this
 * network's address pools": the caller adds whose. */
int ipam_take_lowest(struct ipam_pool *p, uint32_t *ip, struct err *e);
/* This address: ERR_FORBIDDEN "Address already in use", ERR_INVALID outside of the subnet. */
int ipam_take(struct ipam_pool *p, uint32_t ip, struct err *e);
/* Gives it back; of one that is not taken nothing comes. */
void ipam_release(struct ipam_pool *p, uint32_t ip);
/* Addresses taken. */
uint32_t ipam_count(const struct ipam_pool *p);

/*
 * The first of Docker's default subnets (172.17/16 … 172.31/16, 192.168.0/20 …) that overlaps none
 * of used. ERR_UNAVAILABLE "all predefined address pools have been fully subnetted".
 */
int ipam_pick_subnet(
	const struct addr_net *used, size_t n_used, struct addr_net *out, struct err *e);

#endif

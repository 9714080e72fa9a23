/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rtnetlink is told and asked: links (bridges, veth pairs), IPv4 addresses and routes,
 * neighbours. netlink_put_* add one message to a batch; netlink_get_* and netlink_list_* ask at
 * once. Addresses are in network byte order, as struct in_addr holds them; interfaces are meant by
 * index.
 */
#ifndef TARE_SYS_NETLINK_ROUTE_H
#define TARE_SYS_NETLINK_ROUTE_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "sys/netlink.h"

#define NETLINK_MAC 6

/* ---- links ---- */

/* Makes a bridge, down. mac NULL: the kernel chooses one; mtu 0: 1500. */
void netlink_put_bridge(
	struct netlink_batch *b, const char *name, const uint8_t mac[NETLINK_MAC], uint32_t mtu);

struct netlink_veth {
	const char *name;      /* the end that stays here: made up, so it needs no second message */
	uint32_t master;       /* index of the bridge it becomes a port of; 0: none */
	uint32_t group;	       /* IFLA_GROUP of it; 0: default */
	uint32_t mtu;	       /* of both; 0: 1500 */
	const char *peer_name; /* the other end: made down, directly in its namespace */
	int peer_netns;	       /* fd */
	const uint8_t *peer_mac; /* NULL: the kernel chooses */
};
void netlink_put_veth(struct netlink_batch *b, const struct netlink_veth *v);

enum netlink_updown { NETLINK_KEEP, NETLINK_UP, NETLINK_DOWN };

/* What to change of an existing link; zero members stay as they are. */
struct netlink_change {
	uint32_t index;	  /* or 0 and */
	const char *name; /* … this one */
	enum netlink_updown updown;
	uint32_t mtu;
	uint32_t master;
	uint32_t group;
	const uint8_t *mac;
	const char *new_name; /* rename; the link must be down on older kernels */
};
void netlink_put_change(struct netlink_batch *b, const struct netlink_change *c);
/*
 * Keeps the bridge port from talking to other such ports (the bridge itself and the world stay
 * reachable).
 */
void netlink_put_port_isolated(struct netlink_batch *b, uint32_t index);
void netlink_put_link_delete(struct netlink_batch *b, const char *name);
/* Deletes all links of a group at once: one RCU grace period for all of them. */
void netlink_put_group_delete(struct netlink_batch *b, uint32_t group);

struct netlink_link {
	uint32_t index;
	uint32_t flags; /* IFF_UP … */
	uint32_t mtu;
	uint32_t master;
	uint32_t group;
	char name[IF_NAMESIZE];
	char kind[16]; /* "bridge", "veth"; "" for hardware */
	uint8_t mac[NETLINK_MAC];
};
/* ERR_NOT_FOUND when there is no such link. */
int netlink_get_link(struct netlink *nl, const char *name, struct netlink_link *out, struct err *e);
/* Hands every link to each(link, arg). */
int netlink_list_links(struct netlink *nl, void (*each)(const struct netlink_link *l, void *arg),
	void *arg, struct err *e);

/* ---- addresses ---- */

struct netlink_address {
	uint32_t index;
	struct in_addr ip;
	uint8_t prefix_len;
	bool has_broadcast; /* writing: set the subnet's last address as broadcast */
};
void netlink_put_address(struct netlink_batch *b, const struct netlink_address *a);
void netlink_put_address_delete(struct netlink_batch *b, const struct netlink_address *a);
/* Hands every IPv4 address of link index (0: all links) to each. */
int netlink_list_addresses(struct netlink *nl, uint32_t index,
	void (*each)(const struct netlink_address *a, void *arg), void *arg, struct err *e);

/* ---- routes and neighbours ---- */

struct netlink_route {
	struct in_addr dst; /* 0.0.0.0/0 is the default route */
	uint8_t prefix_len;
	struct in_addr gateway; /* 0: none, the destination is on the link */
	uint32_t index;		/* outgoing link */
};
void netlink_put_route(struct netlink_batch *b, const struct netlink_route *r);
/* Hands every IPv4 route of the main table to each. */
int netlink_list_routes(struct netlink *nl, void (*each)(const struct netlink_route *r, void *arg),
	void *arg, struct err *e);

/* Forgets what ip's hardware address on link index was. ENOENT when it was not known. */
void netlink_put_neighbour_delete(struct netlink_batch *b, uint32_t index, struct in_addr ip);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A container's place in a network as a record: id, address, names. Interfaces are sandbox.c's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/id.h"
#include "net/net_int.h"

void endpoint_host_ifname(char out[NET_IFNAME], const char *id)
{
	snprintf(out, NET_IFNAME, "veth%.7s", id);
}

static void remember(struct network *w, const struct net_endpoint *ep)
{
	struct net_endpoint *copy = malloc(sizeof(*copy));

	if (!copy)
		abort();
	*copy = *ep;
	free(map_set(w->endpoints, ep->id, copy));
}

static int choose_mac(const struct net_request *r, uint32_t ip, char out[NET_MAC], struct err *e)
{
	/* From the address: who gets that next has the same one, so no cache goes stale. */
	uint8_t mac[ADDR_MAC] = { 0x02, 0x42, (uint8_t)(ip >> 24), (uint8_t)(ip >> 16),
		(uint8_t)(ip >> 8), (uint8_t)ip };

	if (r->mac && !addr_parse_mac(r->mac, mac))
		return err_set(e, ERR_INVALID, "invalid MAC address: %s", r->mac);
	addr_mac_text(out, mac);
	return 0;
}

static int take_address(struct network *w, const struct net_request *r, uint32_t *ip, struct err *e)
{
	if (r->ipv4) {
		if (!addr_parse(r->ipv4, ip))
			return err_set(e, ERR_INVALID, "invalid IPv4 address: %s", r->ipv4);
		return ipam_take(w->pool, *ip, e);
	}
	if (ipam_take_lowest(w->pool, ip, e) < 0) {
		struct err why = *e;

		return err_set(e, why.kind, "%s: %s (%s)", why.msg, w->name, w->id);
	}
	return 0;
}

static int give_address(
	struct network *w, const struct net_request *r, struct net_endpoint *out, struct err *e)
{
	uint32_t ip = 0;

	if (r->ipv6)
		return err_set(e, ERR_INVALID,
			"invalid address %s: It does not belong to any of this network's subnets",
			r->ipv6);
	if (take_address(w, r, &ip, e) < 0)
		return -1;
	if (choose_mac(r, ip, out->mac, e) < 0) {
		ipam_release(w->pool, ip);
		return -1;
	}
	addr_text(out->ipv4, ip);
	out->ipv4_prefix_len = w->address.prefix_len;
	addr_text(out->gateway, w->gateway);
	endpoint_host_ifname(out->host_ifname, out->id);
	return 0;
}

int endpoint_reserve(struct network *w, const char *ctr_id, const struct net_request *r,
	struct net_endpoint *out, struct err *e)
{
	memset(out, 0, sizeof(*out));
	id_hex64(out->id);
	memcpy(out->network_id, w->id, sizeof(out->network_id));
	memcpy(out->network, w->name, sizeof(out->network));
	snprintf(out->ctr_id, sizeof(out->ctr_id), "%s", ctr_id);
	if (w->pool && give_address(w, r, out, e) < 0)
		return -1;
	remember(w, out);
	return 0;
}

int endpoint_adopt(struct network *w, const struct net_endpoint *ep, struct err *e)
{
	struct net_endpoint copy = *ep;
	uint32_t ip;
	int result = 0;

	endpoint_host_ifname(copy.host_ifname, copy.id);
	if (w->pool && addr_parse(copy.ipv4, &ip) && ipam_take(w->pool, ip, e) < 0) {
		result = err_in(e, "address %s", copy.ipv4);
		if (e->kind == ERR_FORBIDDEN)
			e->kind = ERR_CONFLICT;
		/* it is somebody else's to give back */
		copy.ipv4[0] = '\0';
	}
	remember(w, &copy);
	return result;
}

void endpoint_release(struct net *n, const struct net_endpoint *ep)
{
	own_lock guard = lock_take(&n->lock);

	list_for_each (&n->networks, w, struct network, link) {
		struct net_endpoint *held = map_remove(w->endpoints, ep->id);
		uint32_t ip;

		if (!held)
			continue;
		if (w->pool && addr_parse(held->ipv4, &ip))
			ipam_release(w->pool, ip);
		free(held);
		return;
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The default bridge: which address it has, and making it so. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "net/net_int.h"
#include "sys/netlink_route.h"

#define DEFAULT_BRIDGE "docker0"
#define DEFAULT_MTU    1500

/* ---- planning ---- */

struct found_addresses {
	struct netlink_address *v;
	size_t n;
};

static void *grow(void *v, size_t n, size_t size)
{
	void *p = reallocarray(v, n, size);

	if (!p)
		abort();
	return p;
}

static void add_address(const struct netlink_address *a, void *arg)
{
	struct found_addresses *f = arg;

	f->v = grow(f->v, f->n + 1, sizeof(*f->v));
	f->v[f->n++] = *a;
}

struct found_routes {
	struct addr_net *v;
	size_t n;
};

static void add_route(const struct netlink_route *r, void *arg)
{
	struct found_routes *f = arg;

	if (!r->prefix_len)
		return;
	f->v = grow(f->v, f->n + 1, sizeof(*f->v));
	f->v[f->n++] = (struct addr_net){ ntohl(r->dst.s_addr), r->prefix_len };
}

/* The first address of the existing bridge: 1 and *out; 0 when it has none or is not there. */
static int existing_address(struct net *n, const char *bridge, struct addr_net *out, struct err *e)
{
	struct netlink_link l;
	struct found_addresses f = { 0 };

	if (netlink_get_link(n->route, bridge, &l, e) < 0)
		return e->kind == ERR_NOT_FOUND && n->makes_bridge ? 0 : -1;
	if (netlink_list_addresses(n->route, l.index, add_address, &f, e) < 0) {
		free(f.v);
		return -1;
	}
	own_mem struct netlink_address *v = f.v;

	if (!f.n)
		return 0;
	*out = (struct addr_net){ ntohl(v[0].ip.s_addr), v[0].prefix_len };
	return 1;
}

static int free_subnet(struct net *n, struct addr_net *out, struct err *e)
{
	struct found_routes f = { 0 };
	int result = netlink_list_routes(n->route, add_route, &f, e);
	own_mem struct addr_net *v = f.v;

	if (result < 0 || ipam_pick_subnet(v, f.n, out, e) < 0)
		return -1;
	out->ip++;
	return 0;
}

static int plan_address(struct net *n, const struct net_config *c, struct network *w, struct err *e)
{
	int found;

	if (!str_empty(c->bip)) {
		if (!addr_parse_net(c->bip, &w->address) || w->address.prefix_len > 30)
			return err_set(e, ERR_INVALID, "invalid CIDR address: %s", c->bip);
		return 0;
	}
	found = existing_address(n, w->bridge, &w->address, e);
	if (found < 0)
		return -1;
	return found ? 0 : free_subnet(n, &w->address, e);
}

static int plan_range(const struct net_config *c, struct network *w, struct err *e)
{
	struct addr_net subnet = addr_subnet(w->address);

	w->range = subnet;
	if (!str_empty(c->fixed_cidr)) {
		if (!addr_parse_net(c->fixed_cidr, &w->range))
			return err_set(e, ERR_INVALID, "invalid CIDR address: %s", c->fixed_cidr);
		w->range = addr_subnet(w->range);
		if (!addr_contains(subnet, addr_first(w->range)) ||
			!addr_contains(subnet, addr_last(w->range)))
			return err_set(e, ERR_INVALID,
				"--fixed-cidr %s is not within the bridge's subnet", c->fixed_cidr);
	}
	w->gateway = w->address.ip;
	if (!str_empty(c->default_gateway)) {
		if (!addr_parse(c->default_gateway, &w->gateway))
			return err_set(
				e, ERR_INVALID, "invalid IP address: %s", c->default_gateway);
		if (!addr_contains(subnet, w->gateway))
			return err_set(e, ERR_INVALID,
				"default gateway %s is not within the bridge's subnet",
				c->default_gateway);
	}
	return 0;
}

int bridge_plan(struct net *n, const struct net_config *c, struct network *w, struct err *e)
{
	const char *name = str_empty(c->bridge) ? DEFAULT_BRIDGE : c->bridge;
	const char *host_ip = str_empty(c->default_ip) ? "0.0.0.0" : c->default_ip;

	if (strlen(name) >= sizeof(w->bridge))
		return err_set(e, ERR_INVALID, "invalid bridge name: %s", name);
	memcpy(w->bridge, name, strlen(name) + 1);
	if (!addr_is_ip(host_ip))
		return err_set(e, ERR_INVALID, "invalid IP address: %s", host_ip);
	snprintf(w->host_ip, sizeof(w->host_ip), "%s", host_ip);
	n->makes_bridge = str_eq(name, DEFAULT_BRIDGE);
	n->moves_bridge = !str_empty(c->bip);
	w->mtu = c->mtu ? c->mtu : DEFAULT_MTU;
	w->icc = !c->no_icc;
	w->masquerade = !c->no_ip_masq;
	if (plan_address(n, c, w, e) < 0 || plan_range(c, w, e) < 0)
		return err_in(e, "network bridge");

	w->pool = ipam_pool_new(w->address, w->range);
	if (ipam_take(w->pool, w->address.ip, e) < 0)
		return err_in(e, "address of %s", w->bridge);
	if (w->gateway != w->address.ip && ipam_take(w->pool, w->gateway, e) < 0)
		return err_in(e, "default gateway");
	return 0;
}

/* ---- making ---- */

/* Makes docker0 where there is none. A fixed address: else it would change with the first port. */
static int make_link(struct net *n, const struct network *w, struct netlink_link *l, struct err *e)
{
	uint8_t mac[NETLINK_MAC] = { 0x02, 0x42 };
	own_netlink_batch b = { 0 };

	netlink_batch_init(&b);
	if (getrandom(mac + 2, sizeof(mac) - 2, 0) < 0)
		return err_sys(e, "getrandom");
	netlink_put_bridge(&b, w->bridge, mac, w->mtu);
	if (netlink_send(n->route, &b, e) < 0)
		return -1;
	return netlink_get_link(n->route, w->bridge, l, e);
}

static int get_or_make_link(
	struct net *n, const struct network *w, struct netlink_link *l, struct err *e)
{
	if (netlink_get_link(n->route, w->bridge, l, e) < 0) {
		if (e->kind != ERR_NOT_FOUND || !n->makes_bridge)
			return -1;
		return make_link(n, w, l, e);
	}
	if (!str_eq(l->kind, "bridge"))
		return err_set(e, ERR_INVALID, "existing interface %s is not a bridge", w->bridge);
	return 0;
}

/* Adds to b what makes the interface's addresses right. */
static int put_addresses(struct net *n, const struct network *w, const struct netlink_link *l,
	struct netlink_batch *b, struct err *e)
{
	struct found_addresses f = { 0 };
	struct netlink_address want = {
		.index = l->index,
		.ip.s_addr = htonl(w->address.ip),
		.prefix_len = w->address.prefix_len,
		.has_broadcast = true,
	};
	int result = netlink_list_addresses(n->route, l->index, add_address, &f, e);
	own_mem struct netlink_address *v = f.v;
	bool is_there = false;

	if (result < 0)
		return -1;
	for (size_t i = 0; i < f.n; i++) {
		if (v[i].ip.s_addr == want.ip.s_addr && v[i].prefix_len == want.prefix_len)
			is_there = true;
		else if (n->moves_bridge)
			netlink_put_address_delete(b, &v[i]);
	}
	if (!is_there)
		netlink_put_address(b, &want);
	return 0;
}

int bridge_make(struct net *n, struct network *w, struct err *e)
{
	struct netlink_link l;
	own_netlink_batch b = { 0 };

	netlink_batch_init(&b);
	if (get_or_make_link(n, w, &l, e) < 0 || put_addresses(n, w, &l, &b, e) < 0)
		return -1;
	if (!(l.flags & IFF_UP))
		netlink_put_change(
			&b, &(struct netlink_change){ .index = l.index, .updown = NETLINK_UP });
	w->bridge_index = l.index;
	return netlink_send(n->route, &b, e);
}

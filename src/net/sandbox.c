/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's network namespace, from nothing to an address and a default route, and back. All of
 * it runs on one short-lived thread inside the new namespace, which talks to the host's namespace
 * through the shared socket (a socket stays where it was opened):
 *
 *	host socket	one message: veth pair, host end up and in the bridge, other end inside
 *	inner socket	one query (eth0's index), one batch: lo up, eth0 up, address, default route
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/id.h"
#include "base/log.h"
#include "base/slice.h"
#include "base/steps.h"
#include "net/net_int.h"
#include "net/netns.h"
#include "sys/netlink_route.h"

#define DISABLE_IPV6_SYSCTL "/proc/sys/net/ipv6/conf/default/disable_ipv6"

#define PLUGS_MOST 64

/* One endpoint under way; networks with endpoints do not go away. */
struct plug {
	struct net_endpoint *ep;
	struct network *network;
};

/* One net_sandbox_create under way. */
struct creation {
	struct net *net;
	const char *ctr_id;
	const struct net_request *reqs;
	size_t n_reqs;
	struct net_sandbox *sb;
	struct net_endpoint *eps;
	struct plug plugs[PLUGS_MOST]; /* those with an interface */
	size_t n_plugs;
	size_t n_reserved;	/* of eps */
	size_t n_made;		/* of plugs */
	bool on_host, is_empty; /* network host; network none */

	int netns;	 /* fd of the new namespace */
	int ipv6_sysctl; /* fd of its DISABLE_IPV6_SYSCTL, -1 without IPv6 */
	struct netlink *inner;
};

/* ---- on the thread inside ---- */

static int write_sysctl(int fd, const char *value, struct err *e)
{
	if (fd >= 0 && pwrite(fd, value, 1, 0) != 1)
		return err_sys(e, "write " DISABLE_IPV6_SYSCTL);
	return 0;
}

/*
 * An interface without an IPv6 address must not have IPv6 at all (else it joins multicast groups
 * and listens to router advertisements): dockerd sets its disable_ipv6. Said once for interfaces to
 * come, before ours do, no packet goes out; run_settle takes it back.
 */
static int run_netns(void *ctx, struct err *e)
{
	struct creation *c = ctx;

	c->ipv6_sysctl = open(DISABLE_IPV6_SYSCTL, O_WRONLY | O_CLOEXEC);
	if (c->ipv6_sysctl < 0 && errno != ENOENT)
		return err_sys(e, "open " DISABLE_IPV6_SYSCTL);
	if (write_sysctl(c->ipv6_sysctl, "1", e) < 0)
		return -1;
	c->netns = netns_open_current(e);
	if (c->netns < 0)
		return -1;
	return netlink_open(NETLINK_ROUTE, &c->inner, e);
}

static int run_mount(void *ctx, struct err *e)
{
	struct creation *c = ctx;

	return netns_mount_current(c->sb->key, e);
}

static void unmount(const char *key)
{
	struct err e;

	if (netns_unmount(key, &e) < 0)
		log_warn("net: %s, ignoring", e.msg);
}

static void undo_mount(void *ctx)
{
	struct creation *c = ctx;

	unmount(c->sb->key);
}

static void undo_veth(void *ctx)
{
	struct creation *c = ctx;
	const char *ifnames[PLUGS_MOST] = { NULL };

	for (size_t i = 0; i < c->n_made; i++)
		ifnames[i] = c->plugs[i].ep->host_ifname;
	reaper_doom(c->net, ifnames, c->n_made);
	c->n_made = 0;
}

/* icc=false: the port talks to the bridge itself only; needs no packet filter on the bridge. */
static int isolate(struct netlink *nl, const char *ifname, struct err *e)
{
	struct netlink_link l;
	own_netlink_batch b = { 0 };

	netlink_batch_init(&b);
	if (netlink_get_link(nl, ifname, &l, e) < 0)
		return -1;
	netlink_put_port_isolated(&b, l.index);
	return netlink_send(nl, &b, e);
}

static int plug_in(struct creation *c, const struct plug *p, struct err *e)
{
	uint8_t mac[ADDR_MAC];
	own_netlink_batch b = { 0 };

	netlink_batch_init(&b);
	addr_parse_mac(p->ep->mac, mac);
	netlink_put_veth(&b, &(struct netlink_veth){
				     .name = p->ep->host_ifname,
				     .master = p->network->bridge_index,
				     .group = NET_GROUP_LIVE,
				     .mtu = p->network->mtu,
				     .peer_name = p->ep->ctr_ifname,
				     .peer_netns = c->netns,
				     .peer_mac = mac,
			     });
	if (netlink_send(c->net->route, &b, e) < 0) {
		/* perhaps somebody deleted the bridge: the next start looks */
		atomic_store(&c->net->is_set_up, false);
		return -1;
	}
	c->n_made++;
	if (!p->network->icc)
		return isolate(c->net->route, p->ep->host_ifname, e);
	return 0;
}

static int run_veth(void *ctx, struct err *e)
{
	struct creation *c = ctx;

	for (size_t i = 0; i < c->n_plugs; i++) {
		if (plug_in(c, &c->plugs[i], e) < 0) {
			undo_veth(c);
			return -1;
		}
	}
	return 0;
}

/* Adds to b what makes the inner end work; the first one's gateway becomes the default route. */
static int put_inner(struct creation *c, const struct plug *p, bool is_first,
	struct netlink_batch *b, struct err *e)
{
	struct netlink_link l;
	struct netlink_address a = { .has_broadcast = true };
	struct netlink_route r = { .prefix_len = 0 };

	if (netlink_get_link(c->inner, p->ep->ctr_ifname, &l, e) < 0)
		return -1;
	inet_pton(AF_INET, p->ep->ipv4, &a.ip);
	inet_pton(AF_INET, p->ep->gateway, &r.gateway);
	a.index = r.index = l.index;
	a.prefix_len = p->ep->ipv4_prefix_len;
	netlink_put_change(b, &(struct netlink_change){ .index = l.index, .updown = NETLINK_UP });
	netlink_put_address(b, &a);
	if (is_first)
		netlink_put_route(b, &r);
	return 0;
}

static int run_address(void *ctx, struct err *e)
{
	struct creation *c = ctx;
	own_netlink_batch b = { 0 };

	netlink_batch_init(&b);
	netlink_put_change(&b, &(struct netlink_change){ .name = "lo", .updown = NETLINK_UP });
	for (size_t i = 0; i < c->n_plugs; i++)
		if (put_inner(c, &c->plugs[i], i == 0, &b, e) < 0)
			return -1;
	return netlink_send(c->inner, &b, e);
}

static int run_settle(void *ctx, struct err *e)
{
	struct creation *c = ctx;

	return write_sysctl(c->ipv6_sysctl, "0", e);
}

static int inside(void *arg, struct err *e)
{
	static const struct step steps[] = {
		{ "netns", run_netns, NULL },
		{ "mount", run_mount, undo_mount },
		{ "veth", run_veth, undo_veth },
		{ "address", run_address, NULL },
		{ "settle", run_settle, NULL },
		{ NULL },
	};

	return steps_run("net", steps, arg, e);
}

/* ---- around it ---- */

static int reserve(struct creation *c, const struct net_request *r, struct err *e)
{
	struct net_endpoint *ep = &c->eps[c->n_reserved];
	struct network *w = network_find(c->net, r->network, e);

	if (!w || endpoint_reserve(w, c->ctr_id, r, ep, e) < 0)
		return -1;
	c->n_reserved++;
	if (w->kind == NETWORK_BRIDGE) {
		snprintf(ep->ctr_ifname, sizeof(ep->ctr_ifname), "eth%zu", c->n_plugs);
		c->plugs[c->n_plugs++] = (struct plug){ ep, w };
	}
	c->on_host |= w->kind == NETWORK_HOST;
	c->is_empty |= w->kind == NETWORK_NONE;
	return 0;
}

static void undo_record(void *ctx)
{
	struct creation *c = ctx;

	for (size_t i = 0; i < c->n_reserved; i++)
		endpoint_release(c->net, &c->eps[i]);
	c->n_reserved = 0;
}

static int reserve_all(struct creation *c, struct err *e)
{
	own_lock guard = lock_take(&c->net->lock);

	for (size_t i = 0; i < c->n_reqs; i++)
		if (reserve(c, &c->reqs[i], e) < 0)
			return -1;
	return 0;
}

static int run_record(void *ctx, struct err *e)
{
	struct creation *c = ctx;

	if (reserve_all(c, e) < 0) {
		undo_record(c);
		return -1;
	}
	if ((c->on_host || c->is_empty) && c->n_reqs > 1) {
		undo_record(c);
		return err_set(e, ERR_INVALID,
			"container cannot be connected to multiple networks with one of the "
			"networks in private (none) mode");
	}
	return 0;
}

static int run_setup(void *ctx, struct err *e)
{
	struct creation *c = ctx;

	return c->n_plugs ? net_setup(c->net, e) : 0;
}

static void keep_key(struct net *n, const char *key)
{
	own_lock guard = lock_take(&n->lock);

	map_set(n->sandboxes, key, n);
}

/* The daemon's own namespace under a name; one that an earlier daemon mounted stays. */
static int mount_host(void *arg, struct err *e)
{
	if (netns_mount_current(arg, e) < 0 && e->kind != ERR_CONFLICT)
		return -1;
	return 0;
}

static int run_namespace(void *ctx, struct err *e)
{
	struct creation *c = ctx;
	struct net_sandbox *sb = c->sb;
	int result;

	if (c->is_empty)
		return 0;
	snprintf(sb->key, sizeof(sb->key), "%s/%.*s", c->net->netns_dir,
		c->on_host ? (int)sizeof(NET_HOST_KEY) : ID_SHORT,
		c->on_host ? NET_HOST_KEY : sb->id);
	if (c->on_host)
		return mount_host(sb->key, e);
	result = netns_run_new(inside, c, e);
	netlink_close(c->inner);
	cleanup_fd(&c->netns);
	cleanup_fd(&c->ipv6_sysctl);
	if (result == 0)
		keep_key(c->net, sb->key);
	return result;
}

int net_sandbox_create(struct net *n, const char *ctr_id, const struct net_request *reqs,
	size_t n_reqs, struct net_sandbox *sb, struct net_endpoint *eps, struct err *e)
{
	static const struct step steps[] = {
		{ "record", run_record, undo_record },
		{ "setup", run_setup, NULL },
		{ "namespace", run_namespace, NULL },
		{ NULL },
	};
	struct creation c = {
		.net = n,
		.ctr_id = ctr_id,
		.reqs = reqs,
		.n_reqs = n_reqs,
		.sb = sb,
		.eps = eps,
		.netns = -1,
		.ipv6_sysctl = -1,
	};

	if (n_reqs > PLUGS_MOST)
		return err_set(
			e, ERR_INVALID, "more than %d networks for one container", PLUGS_MOST);
	memset(sb, 0, sizeof(*sb));
	id_hex64(sb->id);
	return steps_run("net", steps, &c, e);
}

/* ---- the end ---- */

/* What the host knows of a released address: the next holder may have another MAC. */
static void forget_neighbours(struct net *n, const struct net_endpoint *eps, size_t n_eps)
{
	own_netlink_batch b = { 0 };
	struct err e;
	uint32_t ip, index = n->bridge_network ? n->bridge_network->bridge_index : 0;

	netlink_batch_init(&b);
	for (size_t i = 0; i < n_eps; i++)
		if (index && addr_parse(eps[i].ipv4, &ip))
			netlink_put_neighbour_delete(&b, index, (struct in_addr){ htonl(ip) });
	/* ENOENT: they never met */
	if (netlink_send(n->route, &b, &e) < 0 && e.sys != ENOENT)
		log_warn("net: %s, ignoring", e.msg);
}

static void drop_key(struct net *n, const char *key)
{
	own_lock guard = lock_take(&n->lock);

	map_remove(n->sandboxes, key);
}

void net_sandbox_delete(
	struct net *n, const struct net_sandbox *sb, const struct net_endpoint *eps, size_t n_eps)
{
	char names[PLUGS_MOST][NET_IFNAME];
	const char *ifnames[PLUGS_MOST] = { NULL };
	size_t n_ifnames = 0;

	for (size_t i = 0; i < n_eps && n_ifnames < PLUGS_MOST; i++) {
		if (!eps[i].ctr_ifname[0])
			continue;
		endpoint_host_ifname(names[n_ifnames], eps[i].id);
		ifnames[n_ifnames] = names[n_ifnames];
		n_ifnames++;
	}
	reaper_doom(n, ifnames, n_ifnames);
	forget_neighbours(n, eps, n_eps);
	for (size_t i = 0; i < n_eps; i++)
		endpoint_release(n, &eps[i]);
	if (sb->key[0] && !str_ends(sb->key, "/" NET_HOST_KEY)) {
		unmount(sb->key);
		drop_key(n, sb->key);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the room, setting the host up once, and the questions about networks. */
#include "net/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/id.h"
#include "base/log.h"
#include "base/slice.h"
#include "net/net_int.h"
#include "net/netns.h"

#define IP_FORWARD "/proc/sys/net/ipv4/ip_forward"

/* ---- opening ---- */

static int add_network(struct net *n, int dir, struct network *w, struct err *e)
{
	list_append(&n->networks, &w->link);
	return state_load(dir, w, e);
}

static int open_networks(struct net *n, const struct net_config *c, int dir, struct err *e)
{
	/* in order of name: the order they are listed in */
	if (!str_eq(c->bridge, "none")) {
		struct network *w = n->bridge_network = network_new(NETWORK_BRIDGE, "bridge");

		if (add_network(n, dir, w, e) < 0 || bridge_plan(n, c, w, e) < 0)
			return -1;
	}
	if (add_network(n, dir, network_new(NETWORK_HOST, "host"), e) < 0)
		return -1;
	return add_network(n, dir, network_new(NETWORK_NONE, "none"), e);
}

static int open_dirs(struct net *n, const struct net_config *c, int *files, struct err *e)
{
	n->files = arena_printf(n->arena, "%s/network/files", c->data_root);
	n->netns_dir = arena_printf(n->arena, "%s/netns", c->run_root);
	if (strlen(n->netns_dir) + 1 + ID_SHORT >= NET_PATH)
		return err_set(e, ERR_INVALID, "run directory %s: path too long", c->run_root);
	if (fs_mkdir_p(AT_FDCWD, n->files, 0750, e) < 0 ||
		fs_mkdir_p(AT_FDCWD, n->netns_dir, 0755, e) < 0)
		return -1;
	*files = open(n->files, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*files < 0)
		return err_sys(e, "open %s", n->files);
	return 0;
}

static int open_all(struct net *n, const struct net_config *c, struct err *e)
{
	own_fd files = -1;

	if (open_dirs(n, c, &files, e) < 0 || netlink_open(NETLINK_ROUTE, &n->route, e) < 0 ||
		netlink_open(NETLINK_ROUTE, &n->reaper_route, e) < 0)
		return -1;
	return open_networks(n, c, files, e);
}

int net_open(const struct net_config *c, struct net **out, struct err *e)
{
	struct net *n = calloc(1, sizeof(*n));

	if (!n)
		abort();
	n->arena = arena_new();
	n->sandboxes = map_new();
	n->firewall = !c->no_iptables;
	n->forwarding = !c->no_ip_forward;
	n->forwarding_drop = !c->no_ip_forward_drop;
	list_init(&n->networks);
	pthread_mutex_init(&n->lock, NULL);
	pthread_mutex_init(&n->setup_lock, NULL);
	pthread_mutex_init(&n->reaper_lock, NULL);
	pthread_cond_init(&n->reaper_idle, NULL);
	if (open_all(n, c, e) < 0) {
		net_close(n);
		return -1;
	}
	*out = n;
	return 0;
}

/* The host's namespace stays mounted from its first container to the daemon's end: unmounting waits for RCU. */
static void drop_host_key(struct net *n)
{
	own_arena a = arena_new();
	const char *key = arena_printf(a, "%s/" NET_HOST_KEY, n->netns_dir);
	struct err e;

	list_for_each (&n->networks, w, struct network, link)
		if (w->kind == NETWORK_HOST && map_len(w->endpoints) > 0)
			return;
	if (fs_exists(AT_FDCWD, key) && netns_unmount(key, &e))
		log_warn("net: %s, ignoring", e.msg);
}

void net_close(struct net *n)
{
	if (!n)
		return;
	reaper_wait(n);
	drop_host_key(n);
	list_for_each (&n->networks, w, struct network, link)
		network_free(w);
	netlink_close(n->route);
	netlink_close(n->reaper_route);
	netlink_close(n->nft);
	map_free(n->sandboxes);
	pthread_cond_destroy(&n->reaper_idle);
	pthread_mutex_destroy(&n->reaper_lock);
	pthread_mutex_destroy(&n->setup_lock);
	pthread_mutex_destroy(&n->lock);
	arena_free(n->arena);
	free(n);
}

/* ---- setting up ---- */

/* Whether the host forwards already: 1, 0 or -1. */
static int is_forwarding(int fd, struct err *e)
{
	char value;

	if (pread(fd, &value, 1, 0) != 1)
		return err_sys(e, "read " IP_FORWARD);
	return value != '0';
}

static int set_up_firewall(struct net *n, bool drop_foreign, struct err *e)
{
	const struct network *w = n->bridge_network;
	struct firewall_network v = {
		.bridge = w->bridge,
		.subnet = addr_subnet(w->address),
		.icc = w->icc,
		.masquerade = w->masquerade,
	};

	if (!n->firewall)
		return 0;
	if (!n->nft && netlink_open(NETLINK_NETFILTER, &n->nft, e) < 0)
		return -1;
	return firewall_apply(n->nft, &v, 1, drop_foreign, e);
}

/* The rules come before forwarding is on: no moment in which the host forwards what it must not. */
static int set_up_forwarding(struct net *n, struct err *e)
{
	own_fd fd = -1;
	int was_on = 1;

	if (n->forwarding) {
		fd = open(IP_FORWARD, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return err_sys(e, "open " IP_FORWARD);
		was_on = is_forwarding(fd, e);
		if (was_on < 0)
			return -1;
	}
	if (set_up_firewall(n, !was_on && n->forwarding_drop, e) < 0)
		return -1;
	if (!was_on && pwrite(fd, "1", 1, 0) != 1)
		return err_sys(e, "write " IP_FORWARD);
	return 0;
}

int net_setup(struct net *n, struct err *e)
{
	if (!n->bridge_network || atomic_load(&n->is_set_up))
		return 0;

	own_lock guard = lock_take(&n->setup_lock);

	if (atomic_load(&n->is_set_up))
		return 0;
	if (bridge_make(n, n->bridge_network, e) < 0 || set_up_forwarding(n, e) < 0)
		return err_in(e, "set up network bridge");
	atomic_store(&n->is_set_up, true);
	return 0;
}

/* ---- asking ---- */

void net_list_networks(struct net *n, struct arena *a, struct net_networks *out)
{
	own_lock guard = lock_take(&n->lock);

	out->v = NULL;
	out->n = 0;
	list_for_each (&n->networks, w, struct network, link) {
		out->v = arena_grow(a, out->v, &out->n, sizeof(*out->v));
		network_snapshot(w, a, &out->v[out->n - 1]);
	}
}

int net_find_network(
	struct net *n, struct arena *a, const char *ref, struct net_network *out, struct err *e)
{
	own_lock guard = lock_take(&n->lock);
	const struct network *w = network_find(n, ref, e);

	if (!w)
		return -1;
	network_snapshot(w, a, out);
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct net_endpoint *x = a, *y = b;
	uint32_t ip_x = 0, ip_y = 0;

	addr_parse(x->ipv4, &ip_x);
	addr_parse(y->ipv4, &ip_y);
	if (ip_x != ip_y)
		return ip_x < ip_y ? -1 : 1;
	return strcmp(x->id, y->id);
}

void net_list_endpoints(
	struct net *n, struct arena *a, const char *network_id, struct net_endpoints *out)
{
	own_lock guard = lock_take(&n->lock);
	struct err e;
	const struct network *w = network_find(n, network_id, &e);

	out->v = NULL;
	out->n = 0;
	if (!w)
		return;
	for (struct map_iter it = map_iter(w->endpoints); map_next(&it);) {
		out->v = arena_grow(a, out->v, &out->n, sizeof(*out->v));
		out->v[out->n - 1] = *(const struct net_endpoint *)it.value;
	}
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_address);
}

void net_host_gateway(struct net *n, char out[NET_ADDR])
{
	out[0] = '\0';
	if (n->bridge_network)
		addr_text(out, n->bridge_network->address.ip);
}

int net_check_request(struct net *n, const struct net_request *r, struct err *e)
{
	own_lock guard = lock_take(&n->lock);
	uint8_t mac[ADDR_MAC];
	const struct network *w = network_find(n, r->network, e);
	const char *ip = NULL, *alias = NULL, *bad_mac = NULL;

	if (!w)
		return -1;
	if (r->ipv4 || r->ipv6)
		ip = "\nuser specified IP address is supported on user defined networks only";
	if (r->aliases.n)
		alias = "\nnetwork-scoped alias is supported only for containers in user defined "
			"networks";
	if (r->mac && !addr_parse_mac(r->mac, mac))
		bad_mac = "\ninvalid MAC address";
	if (!ip && !alias && !bad_mac)
		return 0;
	return err_set(e, ERR_INVALID,
		"invalid config for network %s: invalid endpoint settings:%s%s%s", w->name,
		ip ? ip : "", alias ? alias : "", bad_mac ? bad_mac : "");
}

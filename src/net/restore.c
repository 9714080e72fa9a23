/* SPDX-License-Identifier: Apache-2.0 */
/* After a daemon's restart: what lives is taken over, what nobody names any more is swept away. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/id.h"
#include "base/log.h"
#include "net/net_int.h"
#include "net/netns.h"
#include "sys/netlink_route.h"

int net_restore(struct net *n, const struct net_sandbox *sb, const struct net_endpoint *eps,
	size_t n_eps, struct err *e)
{
	own_lock guard = lock_take(&n->lock);
	int result = 0;

	if (sb->key[0])
		map_set(n->sandboxes, sb->key, n);
	for (size_t i = 0; i < n_eps; i++) {
		struct network *w = network_find(n, eps[i].network_id, e);

		/* a predefined network whose state was lost has another id now */
		if (!w)
			w = network_find(n, eps[i].network, e);
		if (!w || endpoint_adopt(w, &eps[i], e) < 0) {
			log_warn("ctr %s: network %s: %s", eps[i].ctr_id, eps[i].network, e->msg);
			result = -1;
		}
	}
	return result;
}

/* ---- sweeping ---- */

/* Interfaces of ours without an endpoint. */
struct strays {
	uint32_t bridge_index;
	struct map *living; /* host ends that have one */
	struct arena *a;
	struct str_list ifnames;
};

static void add_stray(const struct netlink_link *l, void *arg)
{
	struct strays *s = arg;

	if (l->group == NET_GROUP_DOOMED ||
		(l->group == NET_GROUP_LIVE && l->master == s->bridge_index &&
			!map_get(s->living, l->name)))
		str_list_add(s->a, &s->ifnames, l->name);
}

static void collect_living(struct net *n, struct map *living)
{
	own_lock guard = lock_take(&n->lock);

	list_for_each (&n->networks, w, struct network, link)
		for (struct map_iter it = map_iter(w->endpoints); map_next(&it);) {
			struct net_endpoint *ep = it.value;

			map_set(living, ep->host_ifname, ep);
		}
}

static void sweep_interfaces(struct net *n)
{
	own_arena a = arena_new();
	struct strays s = { .a = a };
	struct netlink_link bridge;
	struct err e;

	if (!n->bridge_network ||
		netlink_get_link(n->route, n->bridge_network->bridge, &bridge, &e) < 0)
		return;
	s.bridge_index = bridge.index;
	s.living = map_new();
	collect_living(n, s.living);
	if (netlink_list_links(n->route, add_stray, &s, &e) < 0)
		log_warn("net: look for stray interfaces: %s, ignoring", e.msg);
	else if (s.ifnames.n) {
		log_info("net: remove %zu stray interfaces", s.ifnames.n);
		reaper_doom(n, s.ifnames.v, s.ifnames.n);
	}
	map_free(s.living);
}

static bool is_used(struct net *n, const char *key)
{
	own_lock guard = lock_take(&n->lock);

	return map_get(n->sandboxes, key);
}

static void sweep_namespaces(struct net *n)
{
	own_arena a = arena_new();
	own_dir d = opendir(n->netns_dir);
	struct err e;

	if (!d)
		return;
	for (const struct dirent *ent; (ent = readdir(d));) {
		const char *key = arena_printf(a, "%s/%s", n->netns_dir, ent->d_name);

		if (strlen(ent->d_name) != ID_SHORT || !id_is_hex(ent->d_name, ID_SHORT))
			continue;
		if (is_used(n, key))
			continue;
		log_info("net: remove stray namespace %s", key);
		if (netns_unmount(key, &e) < 0)
			log_warn("net: %s, ignoring", e.msg);
	}
}

void net_restore_done(struct net *n)
{
	sweep_interfaces(n);
	sweep_namespaces(n);
}

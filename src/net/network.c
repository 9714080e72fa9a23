/* SPDX-License-Identifier: Apache-2.0 */
/* Network objects: finding them, and showing them to the rest of the daemon. */
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/slice.h"
#include "net/net_int.h"

static const struct {
	const char *driver;
	bool has_ipv4; /* as dockerd 28 shows it: false for host and none */
} kinds[] = {
	[NETWORK_BRIDGE] = { "bridge", true },
	[NETWORK_HOST] = { "host", false },
	[NETWORK_NONE] = { "null", false },
};

struct network *network_new(enum network_kind kind, const char *name)
{
	struct network *w = calloc(1, sizeof(*w));

	if (!w)
		abort();
	w->kind = kind;
	memcpy(w->name, name, strlen(name) + 1);
	w->endpoints = map_new();
	list_init(&w->link);
	return w;
}

void network_free(struct network *w)
{
	if (!w)
		return;
	for (struct map_iter it = map_iter(w->endpoints); map_next(&it);)
		free(it.value);
	map_free(w->endpoints);
	ipam_pool_free(w->pool);
	free(w);
}

const char *network_driver(enum network_kind kind)
{
	return kinds[kind].driver;
}

struct network *network_find(struct net *n, const char *ref, struct err *e)
{
	struct network *by_name = NULL, *by_prefix = NULL;
	size_t matches = 0;

	list_for_each (&n->networks, w, struct network, link) {
		if (str_eq(w->id, ref))
			return w;
		if (str_eq(w->name, ref))
			by_name = w;
		if (!str_empty(ref) && str_starts(w->id, ref)) {
			by_prefix = w;
			matches++;
		}
	}
	if (by_name)
		return by_name;
	if (matches == 1)
		return by_prefix;
	if (matches > 1)
		err_set(e, ERR_INVALID,
			"network %s is ambiguous (%zu matches found based on ID prefix)", ref,
			matches);
	else
		err_set(e, ERR_NOT_FOUND, "network %s not found", ref);
	return NULL;
}

static const char *bool_text(bool b)
{
	return b ? "true" : "false";
}

static void add_ipam(const struct network *w, struct arena *a, struct net_network *out)
{
	struct net_ipam_config *c = ARENA_NEW(a, struct net_ipam_config);
	struct addr_net subnet = addr_subnet(w->address);
	char text[NET_ADDR];

	c->subnet = arena_strdup(a, addr_net_text(text, subnet));
	c->ip_range = "";
	if (w->range.prefix_len != subnet.prefix_len)
		c->ip_range = arena_strdup(a, addr_net_text(text, w->range));
	c->gateway = arena_strdup(a, addr_text(text, w->address.ip));
	/* dockerd keeps --default-gateway as an auxiliary address, so that nobody gets it */
	if (w->gateway != w->address.ip)
		str_map_set(
			a, &c->aux_addresses, "DefaultGatewayIPv4", addr_text(text, w->gateway));
	out->ipam.v = c;
	out->ipam.n = 1;
}

static void add_bridge_options(const struct network *w, struct arena *a, struct str_map *o)
{
	str_map_set(a, o, "com.docker.network.bridge.default_bridge", "true");
	str_map_set(a, o, "com.docker.network.bridge.enable_icc", bool_text(w->icc));
	str_map_set(
		a, o, "com.docker.network.bridge.enable_ip_masquerade", bool_text(w->masquerade));
	str_map_set(a, o, "com.docker.network.bridge.host_binding_ipv4", w->host_ip);
	str_map_set(a, o, "com.docker.network.bridge.name", w->bridge);
	str_map_set(a, o, "com.docker.network.driver.mtu", arena_printf(a, "%u", w->mtu));
}

static void make_empty(struct arena *a, struct str_map *m)
{
	m->keys = arena_array(a, 1, sizeof(*m->keys));
	m->v = arena_array(a, 1, sizeof(*m->v));
	m->n = 0;
}

void network_snapshot(const struct network *w, struct arena *a, struct net_network *out)
{
	memset(out, 0, sizeof(*out));
	out->name = arena_strdup(a, w->name);
	out->id = arena_strdup(a, w->id);
	out->created_ns = w->created_ns;
	out->scope = "local";
	out->driver = kinds[w->kind].driver;
	out->enable_ipv4 = kinds[w->kind].has_ipv4;
	out->ipam_driver = "default";
	out->config_from = "";
	out->is_predefined = true;
	out->n_endpoints = map_len(w->endpoints);
	make_empty(a, &out->options);
	make_empty(a, &out->labels);
	if (w->kind != NETWORK_BRIDGE)
		return;
	add_ipam(w, a, out);
	add_bridge_options(w, a, &out->options);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Converting a container's place in its networks. */
#include "endpoints.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"

/* The endpoint plugged into network (by name), or NULL. */
static const struct net_endpoint *plugged(const struct container *c, const char *network)
{
	for (size_t i = 0; i < c->n_endpoints; i++)
		if (str_eq(c->endpoints[i].network, network))
			return &c->endpoints[i];
	return NULL;
}

static void fill_addresses(struct endpoint_settings *out, const struct net_endpoint *ep)
{
	out->network_id = ep->network_id;
	out->endpoint_id = ep->id;
	out->mac_address = ep->mac;
	out->ip_address = ep->ipv4;
	out->ip_prefix_len = *ep->ipv4 ? ep->ipv4_prefix_len : 0;
	out->gateway = ep->gateway;
	out->global_ipv6_address = ep->ipv6;
	out->global_ipv6_prefix_len = *ep->ipv6 ? ep->ipv6_prefix_len : 0;
	out->ipv6_gateway = ep->gateway_ipv6;
}

/* The top-level members repeat the default bridge's endpoint (seed S20). */
static void fill_top_level(struct network_settings *out, const struct net_endpoint *ep)
{
	out->endpoint_id = ep->id;
	out->gateway = ep->gateway;
	out->global_ipv6_address = ep->ipv6;
	out->global_ipv6_prefix_len = *ep->ipv6 ? ep->ipv6_prefix_len : 0;
	out->ip_address = ep->ipv4;
	out->ip_prefix_len = *ep->ipv4 ? ep->ipv4_prefix_len : 0;
	out->ipv6_gateway = ep->gateway_ipv6;
	out->mac_address = ep->mac;
}

void endpoints_settings(struct arena *a, const struct container *c, struct network_settings *out)
{
	const struct endpoint_map *wanted = &c->wanted;
	size_t n = wanted->n ? wanted->n : 1;

	*out = (struct network_settings){ .sandbox_id = c->sandbox.id,
		.sandbox_key = c->sandbox.key };
	out->networks.keys = arena_array(a, n, sizeof(*out->networks.keys));
	out->networks.v = arena_array(a, n, sizeof(*out->networks.v));
	for (size_t i = 0; i < wanted->n; i++) {
		const struct net_endpoint *ep = plugged(c, wanted->keys[i]);

		out->networks.keys[i] = wanted->keys[i];
		out->networks.v[i] = wanted->v[i];
		if (ep)
			fill_addresses(&out->networks.v[i], ep);
		if (ep && str_eq(ep->network, "bridge"))
			fill_top_level(out, ep);
	}
	out->networks.n = wanted->n;

	bool runs = ctr_state_runs(c->life.state) && c->n_endpoints &&
		    !str_eq(c->host.network_mode, "host") && !str_eq(c->host.network_mode, "none");
	size_t ports = runs ? c->config.exposed_ports.n : 0;
	out->ports.keys = arena_array(a, ports ? ports : 1, sizeof(*out->ports.keys));
	out->ports.v = arena_array(a, ports ? ports : 1, sizeof(*out->ports.v));
	for (; out->ports.n < ports; out->ports.n++)
		out->ports.keys[out->ports.n] = c->config.exposed_ports.v[out->ports.n];
}

struct text_field {
	char *to;
	size_t size;
	const char *from;
};

static int copy_texts(const struct text_field *fields, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const char *from = fields[i].from ? fields[i].from : "";

		if (strlen(from) >= fields[i].size)
			return err_set(e, ERR_INVALID, "NetworkSettings: %.32s… is too long", from);
		snprintf(fields[i].to, fields[i].size, "%s", from);
	}
	return 0;
}

static int restore_one(const struct container *c, const char *network,
	const struct endpoint_settings *s, struct net_endpoint *ep, struct err *e)
{
	const struct text_field fields[] = {
		{ ep->id, sizeof(ep->id), s->endpoint_id },
		{ ep->network_id, sizeof(ep->network_id), s->network_id },
		{ ep->network, sizeof(ep->network), network },
		{ ep->ctr_id, sizeof(ep->ctr_id), c->id },
		{ ep->ctr_ifname, sizeof(ep->ctr_ifname), str_empty(s->ip_address) ? "" : "eth0" },
		{ ep->mac, sizeof(ep->mac), s->mac_address },
		{ ep->ipv4, sizeof(ep->ipv4), s->ip_address },
		{ ep->gateway, sizeof(ep->gateway), s->gateway },
		{ ep->ipv6, sizeof(ep->ipv6), s->global_ipv6_address },
		{ ep->gateway_ipv6, sizeof(ep->gateway_ipv6), s->ipv6_gateway },
	};

	if (s->ip_prefix_len < 0 || s->ip_prefix_len > 32 || s->global_ipv6_prefix_len < 0 ||
		s->global_ipv6_prefix_len > 128)
		return err_set(e, ERR_INVALID, "NetworkSettings: bad prefix length");
	ep->ipv4_prefix_len = (uint8_t)s->ip_prefix_len;
	ep->ipv6_prefix_len = (uint8_t)s->global_ipv6_prefix_len;
	return copy_texts(fields, sizeof(fields) / sizeof(*fields), e);
}

/* The wish is what remains of the settings once the addresses are taken out. */
static struct endpoint_settings wish_of(const struct endpoint_settings *s)
{
	return (struct endpoint_settings){
		.ipam = s->ipam,
		.links = s->links,
		.aliases = s->aliases,
		.mac_address = "",
		.driver_opts = s->driver_opts,
		.gw_priority = s->gw_priority,
	};
}

int endpoints_restore(struct container *c, const struct network_settings *s, struct err *e)
{
	const struct endpoint_map *in = &s->networks;
	struct text_field sandbox[] = {
		{ c->sandbox.id, sizeof(c->sandbox.id), s->sandbox_id },
		{ c->sandbox.key, sizeof(c->sandbox.key), s->sandbox_key },
	};

	c->wanted.keys = arena_array(c->arena, in->n ? in->n : 1, sizeof(*in->keys));
	c->wanted.v = arena_array(c->arena, in->n ? in->n : 1, sizeof(*in->v));
	for (size_t i = 0; i < in->n; i++) {
		c->wanted.keys[i] = in->keys[i];
		c->wanted.v[i] = wish_of(&in->v[i]);
		if (!str_empty(in->v[i].endpoint_id))
			c->n_endpoints++;
	}
	c->wanted.n = in->n;
	if (copy_texts(sandbox, 2, e))
		return -1;
	c->endpoints = c->n_endpoints ? calloc(c->n_endpoints, sizeof(*c->endpoints)) : NULL;
	for (size_t i = 0, k = 0; i < in->n; i++)
		if (!str_empty(in->v[i].endpoint_id) &&
			restore_one(c, in->keys[i], &in->v[i], &c->endpoints[k++], e))
			return -1;
	return 0;
}

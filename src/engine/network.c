/* SPDX-License-Identifier: Apache-2.0 */
/* Joining engine and net. Addresses and interfaces are net's business, files' texts too. */
#include "network.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/slice.h"
#include "engine/events.h"
#include "model/copy.h"
#include "net/files.h"

#define FILE_MAX (1024 * 1024)

/* ---- wishes ---- */

static const char *canonical(const char *name)
{
	return str_empty(name) || str_eq(name, "default") ? "bridge" : name;
}

static void request_of(const struct container *c, size_t i, struct net_request *out)
{
	const struct endpoint_settings *s = &c->wanted.v[i];

	*out = (struct net_request){ .network = c->wanted.keys[i] };
	if (i == 0 && !str_empty(c->config.mac_address))
		out->mac = c->config.mac_address;
	if (s->ipam && !str_empty(s->ipam->ipv4_address))
		out->ipv4 = s->ipam->ipv4_address;
	if (s->ipam && !str_empty(s->ipam->ipv6_address))
		out->ipv6 = s->ipam->ipv6_address;
	out->aliases = s->aliases;
}

/*
 * Adds network name (as asked for) unless it is there; s may be NULL. A network that does not exist is refused by
 * start, as dockerd does: to a client, 404 from create means that the image is missing.
 */
static int want(struct engine *eng, struct container *c, const char *name,
	const struct endpoint_settings *s, struct err *e)
{
	struct net_network found = { .name = name };
	struct endpoint_map *w = &c->wanted;

	if (net_find_network(eng->net, c->arena, canonical(name), &found, e) &&
		e->kind != ERR_NOT_FOUND)
		return -1;
	for (size_t i = 0; i < w->n; i++)
		if (str_eq(w->keys[i], found.name))
			return 0;
	size_t n = w->n;
	w->keys = arena_grow(c->arena, w->keys, &n, sizeof(*w->keys));
	w->v = arena_grow(c->arena, w->v, &w->n, sizeof(*w->v));
	w->keys[w->n - 1] = arena_strdup(c->arena, found.name);
	if (s)
		model_copy(c->arena, endpoint_settings_fields, s, &w->v[w->n - 1], sizeof(*s));
	return 0;
}

static int refuse_unused(const struct endpoint_settings *s, struct err *e)
{
	if (s->links.n)
		return err_set(
			e, ERR_NOT_IMPLEMENTED, "links (--link) are not available in this version");
	if (s->driver_opts.n)
		return err_set(e, ERR_NOT_IMPLEMENTED,
			"endpoint driver options (driver-opt) are not available in this version");
	if (s->ipam && s->ipam->link_local_ips.n)
		return err_set(e, ERR_NOT_IMPLEMENTED,
			"link-local addresses (--link-local-ip) are not available in this version");
	return 0;
}

static const struct endpoint_settings *asked_for(
	const struct networking_config *asked, const char *mode)
{
	for (size_t i = 0; asked && i < asked->endpoints.n; i++)
		if (str_eq(canonical(asked->endpoints.keys[i]), canonical(mode)))
			return &asked->endpoints.v[i];
	return NULL;
}

int network_want(struct engine *eng, struct container *c, const struct networking_config *asked,
	struct err *e)
{
	const char *mode = c->config.network_disabled ? "none" : c->host.network_mode;
	const struct endpoint_settings *primary = asked_for(asked, mode);

	for (size_t i = 0; asked && i < asked->endpoints.n; i++)
		if (refuse_unused(&asked->endpoints.v[i], e))
			return -1;
	if (want(eng, c, mode, primary, e))
		return -1;
	if (primary && !str_empty(primary->mac_address) && str_empty(c->config.mac_address))
		c->config.mac_address = arena_strdup(c->arena, primary->mac_address);
	for (size_t i = 0; asked && i < asked->endpoints.n; i++)
		if (want(eng, c, asked->endpoints.keys[i], &asked->endpoints.v[i], e))
			return -1;
	for (size_t i = 0; i < c->wanted.n; i++) {
		struct net_request r;

		if (c->wanted.n > 1 &&
			(str_eq(c->wanted.keys[i], "host") || str_eq(c->wanted.keys[i], "none")))
			return err_set(e, ERR_INVALID,
				"conflicting options: cannot attach both user-defined and "
				"non-user-defined network-modes");
		request_of(c, i, &r);
		if (net_check_request(eng->net, &r, e) && e->kind != ERR_NOT_FOUND)
			return -1;
	}
	return 0;
}

/* ---- plugging ---- */

int network_plug(
	struct engine *eng, const struct container *c, struct network_plugged *out, struct err *e)
{
	own_arena a = arena_new();
	struct net_request *reqs = arena_array(a, c->wanted.n ? c->wanted.n : 1, sizeof(*reqs));

	*out = (struct network_plugged){ .n = c->wanted.n };
	for (size_t i = 0; i < c->wanted.n; i++)
		request_of(c, i, &reqs[i]);
	out->endpoints = calloc(out->n ? out->n : 1, sizeof(*out->endpoints));
	if (!out->endpoints)
		abort();
	if (net_sandbox_create(eng->net, c->id, reqs, out->n, &out->sandbox, out->endpoints, e) ==
		0)
		return 0;
	free(out->endpoints);
	*out = (struct network_plugged){ 0 };
	return e->kind == ERR_NOT_FOUND ? -1 : err_in(e, "failed to set up container networking");
}

void network_drop(struct engine *eng, struct network_plugged *p)
{
	if (!p->endpoints)
		return;
	net_sandbox_delete(eng->net, &p->sandbox, p->endpoints, p->n);
	free(p->endpoints);
	*p = (struct network_plugged){ 0 };
}

static void publish(struct engine *eng, const struct container *c, const char *action,
	const struct network_plugged *p)
{
	own_arena a = arena_new();

	for (size_t i = 0; i < p->n; i++) {
		struct net_network net;
		struct str_map attrs = { 0 };
		struct err ignored;
		const struct net_endpoint *ep = &p->endpoints[i];

		if (net_find_network(eng->net, a, ep->network_id, &net, &ignored))
			continue;
		str_map_set(a, &attrs, "container", c->id);
		str_map_set(a, &attrs, "name", net.name);
		str_map_set(a, &attrs, "type", net.driver);
		engine_publish(eng, "network", action, ep->network_id, &attrs);
	}
}

void network_commit(struct engine *eng, struct container *c, struct network_plugged *p)
{
	publish(eng, c, "connect", p);
	pthread_mutex_lock(&c->lock);
	free(c->endpoints);
	c->sandbox = p->sandbox;
	c->endpoints = p->endpoints;
	c->n_endpoints = p->n;
	pthread_mutex_unlock(&c->lock);
	*p = (struct network_plugged){ 0 };
}

void network_unplug(struct engine *eng, struct container *c)
{
	struct network_plugged p;

	pthread_mutex_lock(&c->lock);
	p = (struct network_plugged){ c->sandbox, c->endpoints, c->n_endpoints };
	c->sandbox = (struct net_sandbox){ 0 };
	c->endpoints = NULL;
	c->n_endpoints = 0;
	pthread_mutex_unlock(&c->lock);
	publish(eng, c, "disconnect", &p);
	network_drop(eng, &p);
}

const char *network_namespace(const struct container *c, const struct network_plugged *p)
{
	if (c->wanted.n && str_eq(c->wanted.keys[0], "host"))
		return "";
	return str_empty(p->sandbox.key) ? NULL : p->sandbox.key;
}

/* ---- files ---- */

static bool on_host_network(const struct container *c)
{
	return c->wanted.n && str_eq(c->wanted.keys[0], "host");
}

static int write_hosts(struct engine *eng, const struct container *c,
	const struct network_plugged *p, int dir, struct err *e)
{
	own_arena a = arena_new();
	char gateway[NET_ADDR];
	own_buf text = { 0 };
	struct net_hosts h = {
		.hostname = c->config.hostname,
		.domainname = c->config.domainname,
		.extra = c->host.extra_hosts,
		.host_gateway = gateway,
	};

	net_host_gateway(eng->net, gateway);
	buf_init(&text, FILE_MAX);
	if (on_host_network(c) && !h.extra.n) {
		struct err missing;

		if (fs_read(AT_FDCWD, "/etc/hosts", FILE_MAX, &text, &missing))
			buf_clear(&text);
		return fs_replace(dir, "hosts", text.data, text.len, 0644, FS_NO_SYNC, e);
	}
	for (size_t i = 0; p && i < p->n; i++) {
		if (*p->endpoints[i].ipv4)
			str_list_add(a, &h.addresses, p->endpoints[i].ipv4);
		if (*p->endpoints[i].ipv6)
			str_list_add(a, &h.addresses, p->endpoints[i].ipv6);
	}
	if (net_hosts_write(&h, &text, e))
		return -1;
	return fs_replace(dir, "hosts", text.data, text.len, 0644, FS_NO_SYNC, e);
}

static int write_resolv(
	const struct container *c, const struct network_plugged *p, int dir, struct err *e)
{
	own_arena a = arena_new();
	own_buf text = { 0 };
	struct net_resolv r = {
		.mode = on_host_network(c) ? NET_RESOLV_HOST : NET_RESOLV_LEGACY,
		.servers = c->host.dns,
		.search = c->host.dns_search,
		.options = c->host.dns_options,
	};

	for (size_t i = 0; p && i < p->n; i++)
		r.ipv6 = r.ipv6 || *p->endpoints[i].ipv6;
	buf_init(&text, FILE_MAX);
	if (net_resolv_read_host(a, &r.host_path, &r.host_text, e) ||
		net_resolv_write(&r, &text, e))
		return -1;
	return net_resolv_put(dir, text.data, text.len, e);
}

int network_write_files(struct engine *eng, const struct container *c,
	const struct network_plugged *p, struct err *e)
{
	own_arena a = arena_new();
	own_fd dir = open(c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *hostname = arena_printf(a, "%s\n", c->config.hostname);

	if (dir < 0)
		return err_sys(e, "open %s", c->dir);
	if (fs_replace(dir, "hostname", hostname, strlen(hostname), 0644, FS_NO_SYNC, e))
		return -1;
	return write_hosts(eng, c, p, dir, e) || write_resolv(c, p, dir, e) ? -1 : 0;
}

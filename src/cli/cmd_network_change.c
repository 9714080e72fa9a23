/* SPDX-License-Identifier: Apache-2.0 */
/* network create, connect and disconnect. */
#include <arpa/inet.h>
#include <string.h>

#include "base/jsonw.h"
#include "cmds.h"
#include "spec.h"

/* --- addresses --- */

struct subnet {
	unsigned char base[16]; /* IPv4 mapped */
	int bits;		/* of the 128 */
};

static bool read_address(struct slice text, unsigned char out[16], bool *is_v4)
{
	char copy[64];

	if (text.n >= sizeof(copy))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	memset(out, 0, 10);
	out[10] = out[11] = 0xff;
	*is_v4 = inet_pton(AF_INET, copy, out + 12) == 1;
	return *is_v4 || inet_pton(AF_INET6, copy, out) == 1;
}

/* Go's ParseCIDR; its error names the text. */
static int read_cidr(const char *text, struct subnet *out, struct err *e)
{
	struct slice address, bits;
	uint16_t n;
	bool is_v4;

	if (!slice_cut(slice_str(text), '/', &address, &bits) || !parse_u16(bits, &n) ||
		!read_address(address, out->base, &is_v4) || n > (is_v4 ? 32 : 128))
		return err_set(e, ERR_INVALID, "invalid CIDR address: %s", text);
	out->bits = is_v4 ? n + 96 : n;
	return 0;
}

static bool contains(const struct subnet *s, const unsigned char address[16])
{
	int whole = s->bits / 8, rest = s->bits % 8;

	if (memcmp(s->base, address, (size_t)whole) != 0)
		return false;
	return rest == 0 || ((s->base[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

/* Whether data (an address, or one with a length) is in subnet: 1, 0, or -1. */
static int matches(const char *subnet, const char *data, struct err *e)
{
	struct subnet s, d;
	bool is_v4;

	if (read_cidr(subnet, &s, e))
		return err_in(e, "invalid subnet");
	if (strchr(data, '/')) {
		if (read_cidr(data, &d, e))
			return -1;
	} else if (!read_address(slice_str(data), d.base, &is_v4)) {
		return 0;
	}
	return contains(&s, d.base);
}

/* --- create --- */

struct create_opts {
	struct opts_common common;
	bool attachable, config_only, ingress, internal;
	bool ipv4, ipv6, has_ipv4, has_ipv6;
	const char *config_from, *driver, *ipam_driver, *scope;
	struct str_map aux, ipam_opts, opts, labels;
	struct str_list gateways, ranges, subnets;
};

static void set_pair(struct arena *a, struct str_map *map, const char *pair)
{
	struct slice k, v;

	slice_cut(slice_str(pair), '=', &k, &v);
	str_map_set(a, map, arena_strndup(a, k.p, k.n), arena_strndup(a, v.p ? v.p : "", v.n));
}

static int set_aux(struct opt_ctx *ctx, const char *value, struct err *e)
{
	set_pair(ctx->arena, &((struct create_opts *)ctx->into)->aux, value);
	return 0;
}

static int set_ipam_opt(struct opt_ctx *ctx, const char *value, struct err *e)
{
	set_pair(ctx->arena, &((struct create_opts *)ctx->into)->ipam_opts, value);
	return 0;
}

static int set_opt(struct opt_ctx *ctx, const char *value, struct err *e)
{
	set_pair(ctx->arena, &((struct create_opts *)ctx->into)->opts, value);
	return 0;
}

static int set_label(struct opt_ctx *ctx, const char *value, struct err *e)
{
	if (spec_label(value, e))
		return -1;
	set_pair(ctx->arena, &((struct create_opts *)ctx->into)->labels, value);
	return 0;
}

static const struct opt create_opts[] = {
	OPT(BOOL, 0, "attachable", NULL, struct create_opts, attachable,
		"Enable manual container attachment"),
	OPT_FUNC(0, "aux-address", "map", set_aux,
		"Auxiliary IPv4 or IPv6 addresses used by Network driver (default map[])"),
	OPT(STR, 0, "config-from", "string", struct create_opts, config_from,
		"The network from which to copy the configuration"),
	OPT(BOOL, 0, "config-only", NULL, struct create_opts, config_only,
		"Create a configuration only network"),
	OPT(STR, 'd', "driver", "string", struct create_opts, driver,
		"Driver to manage the Network (default \"bridge\")"),
	OPT(CSV, 0, "gateway", "strings", struct create_opts, gateways,
		"IPv4 or IPv6 Gateway for the master subnet"),
	OPT(BOOL, 0, "ingress", NULL, struct create_opts, ingress,
		"Create swarm routing-mesh network"),
	OPT(BOOL, 0, "internal", NULL, struct create_opts, internal,
		"Restrict external access to the network"),
	OPT(CSV, 0, "ip-range", "strings", struct create_opts, ranges,
		"Allocate container ip from a sub-range"),
	OPT(STR, 0, "ipam-driver", "string", struct create_opts, ipam_driver,
		"IP Address Management Driver (default \"default\")"),
	OPT_FUNC(0, "ipam-opt", "map", set_ipam_opt,
		"Set IPAM driver specific options (default map[])"),
	OPT_CHANGED(BOOL, 0, "ipv4", NULL, struct create_opts, ipv4, has_ipv4,
		"Enable or disable IPv4 address assignment (default true)"),
	OPT_CHANGED(BOOL, 0, "ipv6", NULL, struct create_opts, ipv6, has_ipv6,
		"Enable or disable IPv6 address assignment"),
	OPT_FUNC(0, "label", "list", set_label, "Set metadata on a network"),
	OPT_FUNC('o', "opt", "map", set_opt, "Set driver specific options (default map[])"),
	OPT(STR, 0, "scope", "string", struct create_opts, scope, "Control the network's scope"),
	OPT(CSV, 0, "subnet", "strings", struct create_opts, subnets,
		"Subnet in CIDR format that represents a network segment"),
	OPT_END,
};

static const struct create_opts create_defaults = {
	.driver = "bridge",
	.ipam_driver = "default",
	.config_from = "",
	.scope = "",
	.ipv4 = true,
};

/* What belongs to one subnet. */
struct pool {
	const char *subnet, *range, *gateway;
	struct str_map aux;
};

struct pools {
	struct pool *v;
	size_t n;
};

static int add_pools(struct arena *a, const struct create_opts *o, struct pools *out, struct err *e)
{
	for (size_t i = 0; i < o->subnets.n; i++) {
		const char *subnet = o->subnets.v[i];

		for (size_t k = 0; k < out->n; k++) {
			int x = matches(subnet, out->v[k].subnet, e);
			int y = x < 0 ? -1 : matches(out->v[k].subnet, subnet, e);

			if (y < 0)
				return -1;
			if (x || y)
				return err_set(e, ERR_INVALID,
					"multiple overlapping subnet configuration is not "
					"supported");
		}
		out->v = arena_grow(a, out->v, &out->n, sizeof(*out->v));
		out->v[out->n - 1] = (struct pool){ .subnet = subnet };
	}
	return 0;
}

/* Puts each of values to the subnet it is in; what is "range" or "gateway". */
static int assign(struct pools *pools, const struct str_list *values, bool is_range, struct err *e)
{
	const char *what = is_range ? "range" : "gateway";

	for (size_t i = 0; i < values->n; i++) {
		const char *value = values->v[i];
		bool found = false;

		for (size_t k = 0; k < pools->n; k++) {
			struct pool *p = &pools->v[k];
			const char **field = is_range ? &p->range : &p->gateway;
			struct subnet ignored;
			int rc;

			if (is_range && read_cidr(value, &ignored, e))
				return -1;
			rc = matches(p->subnet, value, e);
			if (rc < 0)
				return -1;
			if (rc == 0)
				continue;
			if (*field)
				return err_set(e, ERR_INVALID,
					"cannot configure multiple %ss (%s, %s) %s the same subnet "
					"(%s)",
					what, value, *field, is_range ? "on" : "for", p->subnet);
			*field = value;
			found = true;
		}
		if (!found)
			return err_set(e, ERR_INVALID, "no matching subnet for %s %s", what, value);
	}
	return 0;
}

static int assign_aux(
	struct arena *a, struct pools *pools, const struct str_map *aux, struct err *e)
{
	for (size_t i = 0; i < aux->n; i++) {
		bool found = false;

		for (size_t k = 0; k < pools->n; k++) {
			int rc = matches(pools->v[k].subnet, aux->v[i], e);

			if (rc < 0)
				return -1;
			if (rc)
				str_map_set(a, &pools->v[k].aux, aux->keys[i], aux->v[i]);
			found |= rc > 0;
		}
		if (!found)
			return err_set(
				e, ERR_INVALID, "no matching subnet for aux-address %s", aux->v[i]);
	}
	return 0;
}

static void add_map(struct jsonw *w, const char *key, const struct str_map *map)
{
	jsonw_key(w, key);
	jsonw_obj(w);
	for (size_t i = 0; i < map->n; i++)
		jsonw_kstr(w, map->keys[i], map->v[i]);
	jsonw_obj_end(w);
}

static void add_ipam(struct jsonw *w, const struct create_opts *o, const struct pools *pools)
{
	jsonw_key(w, "IPAM");
	jsonw_obj(w);
	jsonw_kstr(w, "Driver", o->ipam_driver);
	add_map(w, "Options", &o->ipam_opts);
	jsonw_key(w, "Config");
	jsonw_arr(w);
	for (size_t i = 0; i < pools->n; i++) {
		const struct pool *p = &pools->v[i];

		jsonw_obj(w);
		jsonw_kstr(w, "Subnet", p->subnet);
		if (p->range)
			jsonw_kstr(w, "IPRange", p->range);
		if (p->gateway)
			jsonw_kstr(w, "Gateway", p->gateway);
		if (p->aux.n > 0)
			add_map(w, "AuxiliaryAddresses", &p->aux);
		jsonw_obj_end(w);
	}
	jsonw_arr_end(w);
	jsonw_obj_end(w);
}

static void add_body(
	struct jsonw *w, const struct create_opts *o, const char *name, const struct pools *pools)
{
	jsonw_obj(w);
	jsonw_kstr(w, "Name", name);
	jsonw_kstr(w, "Driver", o->driver);
	jsonw_kstr(w, "Scope", o->scope);
	if (o->has_ipv4)
		jsonw_kbool(w, "EnableIPv4", o->ipv4);
	if (o->has_ipv6)
		jsonw_kbool(w, "EnableIPv6", o->ipv6);
	add_ipam(w, o, pools);
	jsonw_kbool(w, "Internal", o->internal);
	jsonw_kbool(w, "Attachable", o->attachable);
	jsonw_kbool(w, "Ingress", o->ingress);
	jsonw_kbool(w, "ConfigOnly", o->config_only);
	jsonw_key(w, "ConfigFrom");
	if (*o->config_from) {
		jsonw_obj(w);
		jsonw_kstr(w, "Network", o->config_from);
		jsonw_obj_end(w);
	} else {
		jsonw_null(w);
	}
	add_map(w, "Options", &o->opts);
	add_map(w, "Labels", &o->labels);
	jsonw_obj_end(w);
}

static int run_create(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct create_opts *o = opts;
	struct pools pools = { 0 };
	own_buf body = { 0 };
	own_json answer = NULL;
	struct jsonw w;

	if (o->subnets.n < o->ranges.n || o->subnets.n < o->gateways.n)
		return err_set(e, ERR_INVALID,
			"every ip-range or gateway must have a corresponding subnet");
	if (add_pools(c->arena, o, &pools, e) || assign(&pools, &o->ranges, true, e) ||
		assign(&pools, &o->gateways, false, e) || assign_aux(c->arena, &pools, &o->aux, e))
		return -1;
	buf_init(&body, 1 << 20);
	jsonw_init(&w, &body, NULL);
	add_body(&w, o, args->v[0], &pools);
	if (cli_client(c, e) == NULL ||
		client_call_json(c->client, "POST", "/networks/create", body.data, &answer, e) < 0)
		return -1;
	buf_fmt(&c->out, "%s\n", json_str(json_get_ci(answer, "Id"), ""));
	return 0;
}

const struct command_impl network_create_impl = {
	.run = run_create,
	.opts = create_opts,
	.opts_size = sizeof(struct create_opts),
	.defaults = &create_defaults,
};

/* --- connect --- */

struct connect_opts {
	struct opts_common common;
	struct str_list aliases, driver_opts, links, link_local;
	int64_t priority;
	const char *ip, *ip6;
	bool force; /* disconnect's */
};

static int set_link(struct opt_ctx *ctx, const char *value, struct err *e)
{
	if (spec_link(value, e))
		return -1;
	str_list_add(ctx->arena, &((struct connect_opts *)ctx->into)->links, value);
	return 0;
}

static const struct opt connect_opts[] = {
	OPT(CSV, 0, "alias", "strings", struct connect_opts, aliases,
		"Add network-scoped alias for the container"),
	OPT(CSV, 0, "driver-opt", "strings", struct connect_opts, driver_opts,
		"driver options for the network"),
	OPT(INT, 0, "gw-priority", "int", struct connect_opts, priority,
		"Highest gw-priority provides the default gateway. Accepts positive and negative "
		"values."),
	OPT(STR, 0, "ip", "string", struct connect_opts, ip,
		"IPv4 address (e.g., \"172.30.100.104\")"),
	OPT(STR, 0, "ip6", "string", struct connect_opts, ip6,
		"IPv6 address (e.g., \"2001:db8::33\")"),
	OPT_FUNC(0, "link", "list", set_link, "Add link to another container"),
	OPT(CSV, 0, "link-local-ip", "strings", struct connect_opts, link_local,
		"Add a link-local address for the container"),
	OPT_END,
};

static const struct opt disconnect_opts[] = {
	OPT(BOOL, 'f', "force", NULL, struct connect_opts, force,
		"Force the container to disconnect from a network"),
	OPT_END,
};

/* null is what docker sends for a list nothing was added to. */
static void add_list(struct jsonw *w, const char *key, const struct str_list *list, bool is_null)
{
	jsonw_key(w, key);
	if (list->n == 0 && is_null) {
		jsonw_null(w);
		return;
	}
	jsonw_arr(w);
	for (size_t i = 0; i < list->n; i++)
		jsonw_str(w, list->v[i]);
	jsonw_arr_end(w);
}

static int driver_options(
	struct arena *a, const struct str_list *list, struct str_map *out, struct err *e)
{
	for (size_t i = 0; i < list->n; i++) {
		struct slice key, value;
		bool has = slice_cut(slice_str(list->v[i]), '=', &key, &value);

		key = slice_trim(key);
		value = slice_trim(value);
		if (!has || key.n == 0)
			return err_set(
				e, ERR_INVALID, "invalid key/value pair format in driver options");
		str_map_set(
			a, out, arena_strndup(a, key.p, key.n), arena_strndup(a, value.p, value.n));
	}
	return 0;
}

static void add_endpoint(
	struct jsonw *w, const struct connect_opts *o, const struct str_map *driver)
{
	static const char *const texts[] = { "MacAddress", "NetworkID", "EndpointID", "Gateway",
		"IPAddress", "IPv6Gateway", "GlobalIPv6Address" };

	jsonw_key(w, "EndpointConfig");
	jsonw_obj(w);
	jsonw_key(w, "IPAMConfig");
	jsonw_obj(w);
	if (!str_empty(o->ip))
		jsonw_kstr(w, "IPv4Address", o->ip);
	if (!str_empty(o->ip6))
		jsonw_kstr(w, "IPv6Address", o->ip6);
	if (o->link_local.n > 0)
		add_list(w, "LinkLocalIPs", &o->link_local, false);
	jsonw_obj_end(w);
	add_list(w, "Links", &o->links, true);
	add_list(w, "Aliases", &o->aliases, false);
	add_map(w, "DriverOpts", driver);
	jsonw_ki64(w, "GwPriority", o->priority);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		jsonw_kstr(w, texts[i], "");
	jsonw_ki64(w, "IPPrefixLen", 0);
	jsonw_ki64(w, "GlobalIPv6PrefixLen", 0);
	jsonw_knull(w, "DNSNames");
	jsonw_obj_end(w);
}

static int run_connect(struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct connect_opts *o = opts;
	struct str_map driver = { 0 };
	own_buf body = { 0 };
	struct jsonw w;

	if (driver_options(c->arena, &o->driver_opts, &driver, e))
		return -1;
	buf_init(&body, 1 << 20);
	jsonw_init(&w, &body, NULL);
	jsonw_obj(&w);
	jsonw_kstr(&w, "Container", args->v[1]);
	add_endpoint(&w, o, &driver);
	jsonw_obj_end(&w);
	if (cli_client(c, e) == NULL)
		return -1;
	return client_call(c->client, "POST", cli_path(c, "networks", args->v[0], "/connect"),
		       body.data, NULL, e) < 0
		       ? -1
		       : 0;
}

const struct command_impl network_connect_impl = {
	.run = run_connect,
	.opts = connect_opts,
	.opts_size = sizeof(struct connect_opts),
};

static int run_disconnect(
	struct cli *c, const void *opts, const struct str_list *args, struct err *e)
{
	const struct connect_opts *o = opts;
	own_buf body = { 0 };
	struct jsonw w;

	buf_init(&body, 1 << 16);
	jsonw_init(&w, &body, NULL);
	jsonw_obj(&w);
	jsonw_kstr(&w, "Container", args->v[1]);
	jsonw_kbool(&w, "Force", o->force);
	jsonw_obj_end(&w);
	if (cli_client(c, e) == NULL)
		return -1;
	return client_call(c->client, "POST", cli_path(c, "networks", args->v[0], "/disconnect"),
		       body.data, NULL, e) < 0
		       ? -1
		       : 0;
}

const struct command_impl network_disconnect_impl = {
	.run = run_disconnect,
	.opts = disconnect_opts,
	.opts_size = sizeof(struct connect_opts),
};

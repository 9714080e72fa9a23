/* SPDX-License-Identifier: Apache-2.0 */
/* Networks: list, inspect, and the refusal to remove the predefined ones. */
#include "net/net.h"

#include <regex.h>
#include <string.h>

#include "base/clock.h"
#include "base/slice.h"
#include "engine/inspect.h"
#include "routes.h"
#include "write.h"

static void write_ipam(struct jsonw *w, const struct net_network *n)
{
	jsonw_key(w, "IPAM");
	jsonw_obj(w);
	jsonw_kstr(w, "Driver", n->ipam_driver);
	write_map(w, "Options", &n->ipam_options);
	jsonw_key(w, "Config");
	if (n->ipam.v) {
		jsonw_arr(w);
		for (size_t i = 0; i < n->ipam.n; i++) {
			const struct net_ipam_config *config = &n->ipam.v[i];

			jsonw_obj(w);
			write_str_if(w, "Subnet", config->subnet);
			write_str_if(w, "IPRange", config->ip_range);
			write_str_if(w, "Gateway", config->gateway);
			if (config->aux_addresses.n)
				write_map(w, "AuxiliaryAddresses", &config->aux_addresses);
			jsonw_obj_end(w);
		}
		jsonw_arr_end(w);
	} else {
		jsonw_null(w);
	}
	jsonw_obj_end(w);
}

/* "172.17.0.2/16"; "" without an address. */
static void write_address(
	struct jsonw *w, const char *key, const char *address, unsigned prefix_len)
{
	char text[NET_ADDR + 8] = "";

	if (*address)
		snprintf(text, sizeof(text), "%s/%u", address, prefix_len);
	jsonw_kstr(w, key, text);
}

static void write_endpoints(struct call *c, struct jsonw *w, const struct net_endpoints *eps)
{
	for (size_t i = 0; i < eps->n; i++) {
		const struct net_endpoint *ep = &eps->v[i];
		struct engine_brief ctr;
		struct err gone;

		/* It may be removed at this moment: then it is no longer plugged in either. */
		if (engine_get_brief(c->api->config.engine, c->arena, ep->ctr_id, &ctr, &gone))
			continue;
		jsonw_key(w, ep->ctr_id);
		jsonw_obj(w);
		jsonw_kstr(w, "Name", ctr.name);
		jsonw_kstr(w, "EndpointID", ep->id);
		jsonw_kstr(w, "MacAddress", ep->mac);
		write_address(w, "IPv4Address", ep->ipv4, ep->ipv4_prefix_len);
		write_address(w, "IPv6Address", ep->ipv6, ep->ipv6_prefix_len);
		jsonw_obj_end(w);
	}
}

/* eps NULL: as in the list, without containers. */
static void write_network(struct call *c, struct jsonw *w, const struct net_network *n,
	const struct net_endpoints *eps)
{
	char created[CLOCK_TEXT];

	jsonw_obj(w);
	jsonw_kstr(w, "Name", n->name);
	jsonw_kstr(w, "Id", n->id);
	jsonw_kstr(w, "Created", clock_rfc3339(created, n->created_ns));
	jsonw_kstr(w, "Scope", n->scope);
	jsonw_kstr(w, "Driver", n->driver);
	if (c->version >= API_V(1, 48))
		jsonw_kbool(w, "EnableIPv4", n->enable_ipv4);
	jsonw_kbool(w, "EnableIPv6", n->enable_ipv6);
	write_ipam(w, n);
	jsonw_kbool(w, "Internal", n->internal);
	jsonw_kbool(w, "Attachable", n->attachable);
	jsonw_kbool(w, "Ingress", n->ingress);
	jsonw_key(w, "ConfigFrom");
	jsonw_obj(w);
	jsonw_kstr(w, "Network", n->config_from);
	jsonw_obj_end(w);
	jsonw_kbool(w, "ConfigOnly", n->config_only);
	jsonw_key(w, "Containers");
	jsonw_obj(w);
	if (eps)
		write_endpoints(c, w, eps);
	jsonw_obj_end(w);
	write_map_or_empty(w, "Options", &n->options);
	write_map_or_empty(w, "Labels", &n->labels);
	jsonw_obj_end(w);
}

/* Docker matches these filters as regular expressions anywhere in the text. */
static bool matches_pattern(const struct filters *f, const char *name, const char *text)
{
	const struct str_list *values = filters_get(f, name);

	for (size_t i = 0; values && i < values->n; i++) {
		regex_t re;
		bool hit = strcmp(values->v[i], text) == 0;

		if (!hit && regcomp(&re, values->v[i], REG_EXTENDED | REG_NOSUB) == 0) {
			hit = regexec(&re, text, 0, NULL, 0) == 0;
			regfree(&re);
		}
		if (hit)
			return true;
	}
	return values == NULL;
}

static bool is_listed(const struct net_network *n, const struct filters *f, const bool *dangling)
{
	const char *type = n->is_predefined ? "builtin" : "custom";

	if (dangling && *dangling != (!n->is_predefined && n->n_endpoints == 0))
		return false;
	return filters_match(f, "driver", n->driver) && matches_pattern(f, "name", n->name) &&
	       matches_pattern(f, "id", n->id) && filters_match_labels(f, "label", &n->labels) &&
	       filters_match(f, "scope", n->scope) && filters_match(f, "type", type);
}

static int check_filters(const struct filters *f, struct err *e)
{
	static const char *const allowed[] = { "dangling", "driver", "id", "label", "name", "scope",
		"type", NULL };
	const struct str_list *types = filters_get(f, "type");

	if (filters_check(f, allowed, e))
		return -1;
	for (size_t i = 0; types && i < types->n; i++)
		if (strcmp(types->v[i], "custom") != 0 && strcmp(types->v[i], "builtin") != 0)
			return err_set(e, ERR_INVALID, "invalid filter: 'type'='%s'", types->v[i]);
	return 0;
}

int network_list(struct call *c, struct err *e)
{
	struct net_networks networks;
	bool dangling = false, wants_dangling;
	struct filters f;
	struct jsonw w;
	own_buf body = { 0 };

	if (call_filters(c, &f, e) || check_filters(&f, e) ||
		filters_bool(&f, "dangling", false, &dangling, e))
		return -1;
	wants_dangling = filters_get(&f, "dangling") != NULL;
	net_list_networks(c->api->config.net, c->arena, &networks);
	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	jsonw_arr(&w);
	for (size_t i = 0; i < networks.n; i++)
		if (is_listed(&networks.v[i], &f, wants_dangling ? &dangling : NULL))
			write_network(c, &w, &networks.v[i], NULL);
	jsonw_arr_end(&w);
	return call_reply(c, 200, &body);
}

/* Go's ParseBool knows fewer words than the other parameters' booleans. */
static int check_verbose(const struct call *c, struct err *e)
{
	static const char *const words[] = { "", "1", "t", "T", "TRUE", "true", "True", "0", "f",
		"F", "FALSE", "false", "False" };
	const char *v = call_param(c, "verbose");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(v, words[i]) == 0)
			return 0;
	return err_set(e, ERR_INVALID,
		"invalid value for verbose: %s: strconv.ParseBool: parsing \"%s\": invalid syntax",
		v, v);
}

int network_inspect(struct call *c, struct err *e)
{
	const char *scope = call_param(c, "scope");
	struct net_endpoints eps;
	struct net_network n;
	struct jsonw w;
	own_buf body = { 0 };

	if (check_verbose(c, e) || net_find_network(c->api->config.net, c->arena, c->id, &n, e))
		return -1;
	if (*scope && strcmp(scope, n.scope) != 0)
		return err_set(e, ERR_NOT_FOUND, "network %s not found", c->id);
	net_list_endpoints(c->api->config.net, c->arena, n.id, &eps);
	buf_init(&body, API_ANSWER_MAX);
	jsonw_init(&w, &body, NULL);
	write_network(c, &w, &n, &eps);
	return call_reply(c, 200, &body);
}

int network_delete(struct call *c, struct err *e)
{
	struct net_network n;

	if (net_find_network(c->api->config.net, c->arena, c->id, &n, e))
		return -1;
	if (n.is_predefined)
		return err_set(e, ERR_FORBIDDEN,
			"%s is a pre-defined network and cannot be removed", n.name);
	return err_set(e, ERR_NOT_IMPLEMENTED,
		"removing networks is not available in this version of tare");
}

/* There are only predefined networks, and those stay. */
int network_prune(struct call *c, struct err *e)
{
	static const char *const allowed[] = { "until", "label", "label!", NULL };
	struct filters f;
	own_buf body = { 0 };

	if (call_filters(c, &f, e) || filters_check(&f, allowed, e))
		return -1;
	buf_init(&body, 64);
	buf_str(&body, "{\"NetworksDeleted\":null}");
	return call_reply(c, 200, &body);
}

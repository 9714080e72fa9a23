/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a container stands in the network: EndpointSettings (one network), NetworkSettings (inspect),
 * NetworkingConfig (create) and the port map.
 */
#ifndef TARE_MODEL_NETWORK_SETTINGS_H
#define TARE_MODEL_NETWORK_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bind.h"

struct port_binding {
	const char *host_ip;
	const char *host_port;
};

struct port_binding_list {
	struct port_binding *v;
	size_t n;
};

/* "80/tcp" → where it is published; a key without bindings is an exposed port (null in JSON). */
struct port_map {
	const char **keys;
	struct port_binding_list *v;
	size_t n;
};

struct endpoint_ipam {
	const char *ipv4_address;
	const char *ipv6_address;
	struct str_list link_local_ips;
};

struct endpoint_settings {
	struct endpoint_ipam *ipam;
	struct str_list links;
	struct str_list aliases;
	const char *mac_address;
	struct str_map driver_opts;
	int64_t gw_priority;
	const char *network_id;
	const char *endpoint_id;
	const char *gateway;
	const char *ip_address;
	int64_t ip_prefix_len;
	const char *ipv6_gateway;
	const char *global_ipv6_address;
	int64_t global_ipv6_prefix_len;
	struct str_list dns_names;
};

struct endpoint_map {
	const char **keys; /* network names */
	struct endpoint_settings *v;
	size_t n;
};

/* The top-level address members repeat the default bridge's endpoint (dropped by API 1.52, kept here). */
struct network_settings {
	const char *bridge;
	const char *sandbox_id;
	const char *sandbox_key;
	struct port_map ports;
	bool hairpin_mode;
	const char *link_local_ipv6_address;
	int64_t link_local_ipv6_prefix_len;
	const char *secondary_ip_addresses;   /* always NULL: null */
	const char *secondary_ipv6_addresses; /* always NULL: null */
	const char *endpoint_id;
	const char *gateway;
	const char *global_ipv6_address;
	int64_t global_ipv6_prefix_len;
	const char *ip_address;
	int64_t ip_prefix_len;
	const char *ipv6_gateway;
	const char *mac_address;
	struct endpoint_map networks;
};

struct networking_config {
	struct endpoint_map endpoints;
};

extern const struct bind_field port_binding_fields[];
extern const struct bind_field endpoint_settings_fields[];
extern const struct bind_field network_settings_fields[];
extern const struct bind_field networking_config_fields[];

#endif

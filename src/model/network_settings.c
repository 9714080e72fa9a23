/* SPDX-License-Identifier: Apache-2.0 */
/* The binding tables of EndpointSettings, NetworkSettings and NetworkingConfig. */
#include "network_settings.h"

const struct bind_field port_binding_fields[] = {
	BIND(STR, struct port_binding, host_ip, "HostIp", 0),
	BIND(STR, struct port_binding, host_port, "HostPort", 0),
	BIND_END,
};

static const struct bind_field endpoint_ipam_fields[] = {
	BIND(STR, struct endpoint_ipam, ipv4_address, "IPv4Address", BIND_OMITEMPTY),
	BIND(STR, struct endpoint_ipam, ipv6_address, "IPv6Address", BIND_OMITEMPTY),
	BIND(STRS, struct endpoint_ipam, link_local_ips, "LinkLocalIPs", BIND_OMITEMPTY),
	BIND_END,
};

const struct bind_field endpoint_settings_fields[] = {
	BIND_NEST(OBJP, struct endpoint_settings, ipam, "IPAMConfig", 0, endpoint_ipam_fields,
		struct endpoint_ipam),
	BIND(STRS, struct endpoint_settings, links, "Links", 0),
	BIND(STRS, struct endpoint_settings, aliases, "Aliases", 0),
	BIND(STR, struct endpoint_settings, mac_address, "MacAddress", 0),
	BIND(STRMAP, struct endpoint_settings, driver_opts, "DriverOpts", 0),
	BIND(I64, struct endpoint_settings, gw_priority, "GwPriority", 0),
	BIND(STR, struct endpoint_settings, network_id, "NetworkID", 0),
	BIND(STR, struct endpoint_settings, endpoint_id, "EndpointID", 0),
	BIND(STR, struct endpoint_settings, gateway, "Gateway", 0),
	BIND(STR, struct endpoint_settings, ip_address, "IPAddress", 0),
	BIND(I64, struct endpoint_settings, ip_prefix_len, "IPPrefixLen", 0),
	BIND(STR, struct endpoint_settings, ipv6_gateway, "IPv6Gateway", 0),
	BIND(STR, struct endpoint_settings, global_ipv6_address, "GlobalIPv6Address", 0),
	BIND(I64, struct endpoint_settings, global_ipv6_prefix_len, "GlobalIPv6PrefixLen", 0),
	BIND(STRS, struct endpoint_settings, dns_names, "DNSNames", 0),
	BIND_END,
};

const struct bind_field network_settings_fields[] = {
	BIND(STR, struct network_settings, bridge, "Bridge", 0),
	BIND(STR, struct network_settings, sandbox_id, "SandboxID", 0),
	BIND(STR, struct network_settings, sandbox_key, "SandboxKey", 0),
	BIND_NEST(OBJSMAP, struct network_settings, ports, "Ports", 0, port_binding_fields,
		struct port_binding),
	BIND(BOOL, struct network_settings, hairpin_mode, "HairpinMode", 0),
	BIND(STR, struct network_settings, link_local_ipv6_address, "LinkLocalIPv6Address", 0),
	BIND(I64, struct network_settings, link_local_ipv6_prefix_len, "LinkLocalIPv6PrefixLen", 0),
	BIND(RAW, struct network_settings, secondary_ip_addresses, "SecondaryIPAddresses", 0),
	BIND(RAW, struct network_settings, secondary_ipv6_addresses, "SecondaryIPv6Addresses", 0),
	BIND(STR, struct network_settings, endpoint_id, "EndpointID", 0),
	BIND(STR, struct network_settings, gateway, "Gateway", 0),
	BIND(STR, struct network_settings, global_ipv6_address, "GlobalIPv6Address", 0),
	BIND(I64, struct network_settings, global_ipv6_prefix_len, "GlobalIPv6PrefixLen", 0),
	BIND(STR, struct network_settings, ip_address, "IPAddress", 0),
	BIND(I64, struct network_settings, ip_prefix_len, "IPPrefixLen", 0),
	BIND(STR, struct network_settings, ipv6_gateway, "IPv6Gateway", 0),
	BIND(STR, struct network_settings, mac_address, "MacAddress", 0),
	BIND_NEST(OBJMAP, struct network_settings, networks, "Networks", BIND_EMPTY_LIST,
		endpoint_settings_fields, struct endpoint_settings),
	BIND_END,
};

const struct bind_field networking_config_fields[] = {
	BIND_NEST(OBJMAP, struct networking_config, endpoints, "EndpointsConfig", 0,
		endpoint_settings_fields, struct endpoint_settings),
	BIND_END,
};

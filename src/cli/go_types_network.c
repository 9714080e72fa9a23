/* SPDX-License-Identifier: Apache-2.0 */
/* What docker inspect knows of networks: the Go types its client decodes answers into, member by member in their order. */
#include "go_types.h"

static const struct go_field network_ipamconfig_fields[] = {
	{ "Subnet", NULL, &go_string_type, GO_OMITEMPTY },
	{ "IPRange", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Gateway", NULL, &go_string_type, GO_OMITEMPTY },
	{ "AuxAddress", "AuxiliaryAddresses", &go_string_map_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type network_ipamconfig_type =
	GO_STRUCT_OF("network.IPAMConfig", network_ipamconfig_fields);

static const struct go_type network_ipamconfig_list_type = GO_LIST_OF(&network_ipamconfig_type);
static const struct go_field network_ipam_fields[] = {
	{ "Driver", NULL, &go_string_type, 0 },
	{ "Options", NULL, &go_string_map_type, 0 },
	{ "Config", NULL, &network_ipamconfig_list_type, 0 },
	{ 0 },
};
static const struct go_type network_ipam_type = GO_STRUCT_OF("network.IPAM", network_ipam_fields);

static const struct go_field network_config_reference_fields[] = {
	{ "Network", NULL, &go_string_type, 0 },
	{ 0 },
};
static const struct go_type network_config_reference_type =
	GO_STRUCT_OF("network.ConfigReference", network_config_reference_fields);

static const struct go_field network_endpoint_resource_fields[] = {
	{ "Name", NULL, &go_string_type, 0 },
	{ "EndpointID", NULL, &go_string_type, 0 },
	{ "MacAddress", NULL, &go_string_type, 0 },
	{ "IPv4Address", NULL, &go_string_type, 0 },
	{ "IPv6Address", NULL, &go_string_type, 0 },
	{ 0 },
};
static const struct go_type network_endpoint_resource_type =
	GO_STRUCT_OF("network.EndpointResource", network_endpoint_resource_fields);

static const struct go_type network_endpoint_resource_map_type =
	GO_MAP_OF(&network_endpoint_resource_type);
static const struct go_field network_peer_info_fields[] = {
	{ "Name", NULL, &go_string_type, 0 },
	{ "IP", NULL, &go_string_type, 0 },
	{ 0 },
};
static const struct go_type network_peer_info_type =
	GO_STRUCT_OF("network.PeerInfo", network_peer_info_fields);

static const struct go_type network_peer_info_list_type = GO_LIST_OF(&network_peer_info_type);
static const struct go_field network_task_fields[] = {
	{ "Name", NULL, &go_string_type, 0 },
	{ "EndpointID", NULL, &go_string_type, 0 },
	{ "EndpointIP", NULL, &go_string_type, 0 },
	{ "Info", NULL, &go_string_map_type, 0 },
	{ 0 },
};
static const struct go_type network_task_type = GO_STRUCT_OF("network.Task", network_task_fields);

static const struct go_type network_task_list_type = GO_LIST_OF(&network_task_type);
static const struct go_field network_service_info_fields[] = {
	{ "VIP", NULL, &go_string_type, 0 },
	{ "Ports", NULL, &go_strings_type, 0 },
	{ "LocalLBIndex", NULL, &go_int_type, 0 },
	{ "Tasks", NULL, &network_task_list_type, 0 },
	{ 0 },
};
static const struct go_type network_service_info_type =
	GO_STRUCT_OF("network.ServiceInfo", network_service_info_fields);

static const struct go_type network_service_info_map_type = GO_MAP_OF(&network_service_info_type);
static const struct go_field network_inspect_fields[] = {
	{ "Name", NULL, &go_string_type, 0 },
	{ "ID", "Id", &go_string_type, 0 },
	{ "Created", NULL, &go_time_type, 0 },
	{ "Scope", NULL, &go_string_type, 0 },
	{ "Driver", NULL, &go_string_type, 0 },
	{ "EnableIPv4", NULL, &go_bool_type, 0 },
	{ "EnableIPv6", NULL, &go_bool_type, 0 },
	{ "IPAM", NULL, &network_ipam_type, 0 },
	{ "Internal", NULL, &go_bool_type, 0 },
	{ "Attachable", NULL, &go_bool_type, 0 },
	{ "Ingress", NULL, &go_bool_type, 0 },
	{ "ConfigFrom", NULL, &network_config_reference_type, 0 },
	{ "ConfigOnly", NULL, &go_bool_type, 0 },
	{ "Containers", NULL, &network_endpoint_resource_map_type, 0 },
	{ "Options", NULL, &go_string_map_type, 0 },
	{ "Labels", NULL, &go_string_map_type, 0 },
	{ "Peers", NULL, &network_peer_info_list_type, GO_OMITEMPTY },
	{ "Services", NULL, &network_service_info_map_type, GO_OMITEMPTY },
	{ 0 },
};
const struct go_type network_inspect_type = GO_STRUCT_OF("network.Inspect", network_inspect_fields);

/* SPDX-License-Identifier: Apache-2.0 */
/* What version, info and events know: the Go types its client decodes answers into, member by member in their order. */
#include "go_types.h"

static const struct go_field types_version_platform_fields[] = {
	{ "Name", NULL, &go_string_type, 0 },
	{ 0 },
};
static const struct go_type types_version_platform_type =
	GO_STRUCT_OF("types.VersionPlatform", types_version_platform_fields);

static const struct go_field types_component_version_fields[] = {
	{ "Name", NULL, &go_string_type, 0 },
	{ "Version", NULL, &go_string_type, 0 },
	{ "Details", NULL, &go_string_map_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type types_component_version_type =
	GO_STRUCT_OF("types.ComponentVersion", types_component_version_fields);

static const struct go_type types_component_version_list_type =
	GO_LIST_OF(&types_component_version_type);
static const struct go_field types_version_fields[] = {
	{ "Platform", NULL, &types_version_platform_type, GO_OMITEMPTY },
	{ "Components", NULL, &types_component_version_list_type, GO_OMITEMPTY },
	{ "Version", NULL, &go_string_type, 0 },
	{ "APIVersion", "ApiVersion", &go_string_type, 0 },
	{ "MinAPIVersion", NULL, &go_string_type, GO_OMITEMPTY },
	{ "GitCommit", NULL, &go_string_type, 0 },
	{ "GoVersion", NULL, &go_string_type, 0 },
	{ "Os", NULL, &go_string_type, 0 },
	{ "Arch", NULL, &go_string_type, 0 },
	{ "KernelVersion", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Experimental", NULL, &go_bool_type, GO_OMITEMPTY },
	{ "BuildTime", NULL, &go_string_type, GO_OMITEMPTY },
	{ 0 },
};
const struct go_type types_version_type = GO_STRUCT_OF("types.Version", types_version_fields);

static const struct go_field events_actor_fields[] = {
	{ "ID", NULL, &go_string_type, 0 },
	{ "Attributes", NULL, &go_string_map_type, 0 },
	{ 0 },
};
static const struct go_type events_actor_type = GO_STRUCT_OF("events.Actor", events_actor_fields);

static const struct go_field events_message_fields[] = {
	{ "Status", "status", &go_string_type, GO_OMITEMPTY },
	{ "ID", "id", &go_string_type, GO_OMITEMPTY },
	{ "From", "from", &go_string_type, GO_OMITEMPTY },
	{ "Type", NULL, &go_string_type, 0 },
	{ "Action", NULL, &go_string_type, 0 },
	{ "Actor", NULL, &events_actor_type, 0 },
	{ "Scope", "scope", &go_string_type, GO_OMITEMPTY },
	{ "Time", "time", &go_int64_type, GO_OMITEMPTY },
	{ "TimeNano", "timeNano", &go_int64_type, GO_OMITEMPTY },
	{ 0 },
};
const struct go_type events_message_type = GO_STRUCT_OF("events.Message", events_message_fields);

static const struct go_field system_plugins_info_fields[] = {
	{ "Volume", NULL, &go_strings_type, 0 },
	{ "Network", NULL, &go_strings_type, 0 },
	{ "Authorization", NULL, &go_strings_type, 0 },
	{ "Log", NULL, &go_strings_type, 0 },
	{ 0 },
};
static const struct go_type system_plugins_info_type =
	GO_STRUCT_OF("system.PluginsInfo", system_plugins_info_fields);

static const struct go_field registry_index_info_fields[] = {
	{ "Mirrors", NULL, &go_strings_type, 0 },
	{ "Name", NULL, &go_string_type, 0 },
	{ "Official", NULL, &go_bool_type, 0 },
	{ "Secure", NULL, &go_bool_type, 0 },
	{ 0 },
};
static const struct go_type registry_index_info_type =
	GO_STRUCT_OF("registry.IndexInfo", registry_index_info_fields);

static const struct go_type registry_index_info_ptr_type = GO_PTR_TO(&registry_index_info_type);
static const struct go_type registry_index_info_ptr_map_type =
	GO_MAP_OF(&registry_index_info_ptr_type);
/* its own MarshalJSON writes maps: sorted */
static const struct go_field registry_service_config_fields[] = {
	{ "IndexConfigs", NULL, &registry_index_info_ptr_map_type, 0 },
	{ "InsecureRegistryCIDRs", NULL, &go_strings_type, 0 },
	{ "Mirrors", NULL, &go_strings_type, 0 },
	{ 0 },
};
static const struct go_type registry_service_config_type =
	GO_STRUCT_OF("registry.ServiceConfig", registry_service_config_fields);

static const struct go_type registry_service_config_ptr_type =
	GO_PTR_TO(&registry_service_config_type);
static const struct go_field swarm_generic_resource_fields[] = {
	{ "NamedResourceSpec", NULL, &go_any_type, GO_OMITEMPTY },
	{ "DiscreteResourceSpec", NULL, &go_any_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type swarm_generic_resource_type =
	GO_STRUCT_OF("swarm.GenericResource", swarm_generic_resource_fields);

static const struct go_type swarm_generic_resource_list_type =
	GO_LIST_OF(&swarm_generic_resource_type);
static const struct go_field system_runtime_fields[] = {
	{ "Path", "path", &go_string_type, GO_OMITEMPTY },
	{ "Args", "runtimeArgs", &go_strings_type, GO_OMITEMPTY },
	{ "Type", "runtimeType", &go_string_type, GO_OMITEMPTY },
	{ "Options", "options", &go_any_map_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type system_runtime_type =
	GO_STRUCT_OF("system.Runtime", system_runtime_fields);

static const struct go_field system_runtime_with_status_fields[] = {
	{ "Runtime", NULL, &system_runtime_type, GO_EMBEDDED },
	{ "Status", "status", &go_string_map_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type system_runtime_with_status_type =
	GO_STRUCT_OF("system.RuntimeWithStatus", system_runtime_with_status_fields);

static const struct go_type system_runtime_with_status_map_type =
	GO_MAP_OF(&system_runtime_with_status_type);
static const struct go_field swarm_peer_fields[] = {
	{ "NodeID", NULL, &go_string_type, 0 },
	{ "Addr", NULL, &go_string_type, 0 },
	{ 0 },
};
static const struct go_type swarm_peer_type = GO_STRUCT_OF("swarm.Peer", swarm_peer_fields);

static const struct go_type swarm_peer_list_type = GO_LIST_OF(&swarm_peer_type);
static const struct go_field swarm_info_fields[] = {
	{ "NodeID", NULL, &go_string_type, 0 },
	{ "NodeAddr", NULL, &go_string_type, 0 },
	{ "LocalNodeState", NULL, &go_string_type, 0 },
	{ "ControlAvailable", NULL, &go_bool_type, 0 },
	{ "Error", NULL, &go_string_type, 0 },
	{ "RemoteManagers", NULL, &swarm_peer_list_type, 0 },
	{ "Nodes", NULL, &go_int_type, GO_OMITEMPTY },
	{ "Managers", NULL, &go_int_type, GO_OMITEMPTY },
	{ "Cluster", NULL, &go_any_type, GO_OMITEMPTY },
	{ "Warnings", NULL, &go_strings_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type swarm_info_type = GO_STRUCT_OF("swarm.Info", swarm_info_fields);

static const struct go_field system_commit_fields[] = {
	{ "ID", NULL, &go_string_type, 0 },
	{ "Expected", NULL, &go_string_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type system_commit_type =
	GO_STRUCT_OF("system.Commit", system_commit_fields);

static const struct go_field system_network_address_pool_fields[] = {
	{ "Base", NULL, &go_string_type, 0 },
	{ "Size", NULL, &go_int_type, 0 },
	{ 0 },
};
static const struct go_type system_network_address_pool_type =
	GO_STRUCT_OF("system.NetworkAddressPool", system_network_address_pool_fields);

static const struct go_type system_network_address_pool_list_type =
	GO_LIST_OF(&system_network_address_pool_type);
static const struct go_field system_firewall_info_fields[] = {
	{ "Driver", NULL, &go_string_type, 0 },
	{ "Info", NULL, &go_strings_list_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type system_firewall_info_type =
	GO_STRUCT_OF("system.FirewallInfo", system_firewall_info_fields);

static const struct go_type system_firewall_info_ptr_type = GO_PTR_TO(&system_firewall_info_type);
static const struct go_field system_device_info_fields[] = {
	{ "Source", NULL, &go_string_type, 0 },
	{ "ID", NULL, &go_string_type, 0 },
	{ 0 },
};
static const struct go_type system_device_info_type =
	GO_STRUCT_OF("system.DeviceInfo", system_device_info_fields);

static const struct go_type system_device_info_list_type = GO_LIST_OF(&system_device_info_type);
static const struct go_field system_containerd_namespaces_fields[] = {
	{ "Containers", NULL, &go_string_type, 0 },
	{ "Plugins", NULL, &go_string_type, 0 },
	{ 0 },
};
static const struct go_type system_containerd_namespaces_type =
	GO_STRUCT_OF("system.ContainerdNamespaces", system_containerd_namespaces_fields);

static const struct go_field system_containerd_info_fields[] = {
	{ "Address", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Namespaces", NULL, &system_containerd_namespaces_type, 0 },
	{ 0 },
};
static const struct go_type system_containerd_info_type =
	GO_STRUCT_OF("system.ContainerdInfo", system_containerd_info_fields);

static const struct go_type system_containerd_info_ptr_type =
	GO_PTR_TO(&system_containerd_info_type);
static const struct go_field system_info_fields[] = {
	{ "ID", NULL, &go_string_type, 0 },
	{ "Containers", NULL, &go_int_type, 0 },
	{ "ContainersRunning", NULL, &go_int_type, 0 },
	{ "ContainersPaused", NULL, &go_int_type, 0 },
	{ "ContainersStopped", NULL, &go_int_type, 0 },
	{ "Images", NULL, &go_int_type, 0 },
	{ "Driver", NULL, &go_string_type, 0 },
	{ "DriverStatus", NULL, &go_strings_list_type, 0 },
	{ "SystemStatus", NULL, &go_strings_list_type, GO_OMITEMPTY },
	{ "Plugins", NULL, &system_plugins_info_type, 0 },
	{ "MemoryLimit", NULL, &go_bool_type, 0 },
	{ "SwapLimit", NULL, &go_bool_type, 0 },
	{ "KernelMemory", NULL, &go_bool_type, GO_OMITEMPTY },
	{ "KernelMemoryTCP", NULL, &go_bool_type, GO_OMITEMPTY },
	{ "CPUCfsPeriod", "CpuCfsPeriod", &go_bool_type, 0 },
	{ "CPUCfsQuota", "CpuCfsQuota", &go_bool_type, 0 },
	{ "CPUShares", NULL, &go_bool_type, 0 },
	{ "CPUSet", NULL, &go_bool_type, 0 },
	{ "PidsLimit", NULL, &go_bool_type, 0 },
	{ "IPv4Forwarding", NULL, &go_bool_type, 0 },
	{ "Debug", NULL, &go_bool_type, 0 },
	{ "NFd", NULL, &go_int_type, 0 },
	{ "OomKillDisable", NULL, &go_bool_type, 0 },
	{ "NGoroutines", NULL, &go_int_type, 0 },
	{ "SystemTime", NULL, &go_string_type, 0 },
	{ "LoggingDriver", NULL, &go_string_type, 0 },
	{ "CgroupDriver", NULL, &go_string_type, 0 },
	{ "CgroupVersion", NULL, &go_string_type, GO_OMITEMPTY },
	{ "NEventsListener", NULL, &go_int_type, 0 },
	{ "KernelVersion", NULL, &go_string_type, 0 },
	{ "OperatingSystem", NULL, &go_string_type, 0 },
	{ "OSVersion", NULL, &go_string_type, 0 },
	{ "OSType", NULL, &go_string_type, 0 },
	{ "Architecture", NULL, &go_string_type, 0 },
	{ "IndexServerAddress", NULL, &go_string_type, 0 },
	{ "RegistryConfig", NULL, &registry_service_config_ptr_type, 0 },
	{ "NCPU", NULL, &go_int_type, 0 },
	{ "MemTotal", NULL, &go_int64_type, 0 },
	{ "GenericResources", NULL, &swarm_generic_resource_list_type, 0 },
	{ "DockerRootDir", NULL, &go_string_type, 0 },
	{ "HTTPProxy", "HttpProxy", &go_string_type, 0 },
	{ "HTTPSProxy", "HttpsProxy", &go_string_type, 0 },
	{ "NoProxy", NULL, &go_string_type, 0 },
	{ "Name", NULL, &go_string_type, 0 },
	{ "Labels", NULL, &go_strings_type, 0 },
	{ "ExperimentalBuild", NULL, &go_bool_type, 0 },
	{ "ServerVersion", NULL, &go_string_type, 0 },
	{ "Runtimes", NULL, &system_runtime_with_status_map_type, 0 },
	{ "DefaultRuntime", NULL, &go_string_type, 0 },
	{ "Swarm", NULL, &swarm_info_type, 0 },
	{ "LiveRestoreEnabled", NULL, &go_bool_type, 0 },
	{ "Isolation", NULL, &go_string_type, 0 },
	{ "InitBinary", NULL, &go_string_type, 0 },
	{ "ContainerdCommit", NULL, &system_commit_type, 0 },
	{ "RuncCommit", NULL, &system_commit_type, 0 },
	{ "InitCommit", NULL, &system_commit_type, 0 },
	{ "SecurityOptions", NULL, &go_strings_type, 0 },
	{ "ProductLicense", NULL, &go_string_type, GO_OMITEMPTY },
	{ "DefaultAddressPools", NULL, &system_network_address_pool_list_type, GO_OMITEMPTY },
	{ "FirewallBackend", NULL, &system_firewall_info_ptr_type, GO_OMITEMPTY },
	{ "CDISpecDirs", NULL, &go_strings_type, 0 },
	{ "DiscoveredDevices", NULL, &system_device_info_list_type, GO_OMITEMPTY },
	{ "Containerd", NULL, &system_containerd_info_ptr_type, GO_OMITEMPTY },
	{ "Warnings", NULL, &go_strings_type, 0 },
	{ 0 },
};
const struct go_type system_info_type = GO_STRUCT_OF("system.Info", system_info_fields);

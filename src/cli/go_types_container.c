/* SPDX-License-Identifier: Apache-2.0 */
/* What docker inspect knows of containers: the Go types its client decodes answers into, member by member in their order. */
#include "go_types.h"

static const struct go_field container_healthcheck_result_fields[] = {
	{ "Start", NULL, &go_time_type, 0 },
	{ "End", NULL, &go_time_type, 0 },
	{ "ExitCode", NULL, &go_int_type, 0 },
	{ "Output", NULL, &go_string_type, 0 },
	{ 0 },
};
static const struct go_type container_healthcheck_result_type =
	GO_STRUCT_OF("container.HealthcheckResult", container_healthcheck_result_fields);

static const struct go_type container_healthcheck_result_ptr_type =
	GO_PTR_TO(&container_healthcheck_result_type);
static const struct go_type container_healthcheck_result_ptr_list_type =
	GO_LIST_OF(&container_healthcheck_result_ptr_type);
static const struct go_field container_health_fields[] = {
	{ "Status", NULL, &go_string_type, 0 },
	{ "FailingStreak", NULL, &go_int_type, 0 },
	{ "Log", NULL, &container_healthcheck_result_ptr_list_type, 0 },
	{ 0 },
};
static const struct go_type container_health_type =
	GO_STRUCT_OF("container.Health", container_health_fields);

static const struct go_type container_health_ptr_type = GO_PTR_TO(&container_health_type);
static const struct go_field container_state_fields[] = {
	{ "Status", NULL, &go_string_type, 0 },
	{ "Running", NULL, &go_bool_type, 0 },
	{ "Paused", NULL, &go_bool_type, 0 },
	{ "Restarting", NULL, &go_bool_type, 0 },
	{ "OOMKilled", NULL, &go_bool_type, 0 },
	{ "Dead", NULL, &go_bool_type, 0 },
	{ "Pid", NULL, &go_int_type, 0 },
	{ "ExitCode", NULL, &go_int_type, 0 },
	{ "Error", NULL, &go_string_type, 0 },
	{ "StartedAt", NULL, &go_string_type, 0 },
	{ "FinishedAt", NULL, &go_string_type, 0 },
	{ "Health", NULL, &container_health_ptr_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type container_state_type =
	GO_STRUCT_OF("container.State", container_state_fields);

static const struct go_type container_state_ptr_type = GO_PTR_TO(&container_state_type);
static const struct go_field container_log_config_fields[] = {
	{ "Type", NULL, &go_string_type, 0 },
	{ "Config", NULL, &go_string_map_type, 0 },
	{ 0 },
};
static const struct go_type container_log_config_type =
	GO_STRUCT_OF("container.LogConfig", container_log_config_fields);

static const struct go_field nat_port_binding_fields[] = {
	{ "HostIP", "HostIp", &go_string_type, 0 },
	{ "HostPort", NULL, &go_string_type, 0 },
	{ 0 },
};
static const struct go_type nat_port_binding_type =
	GO_STRUCT_OF("nat.PortBinding", nat_port_binding_fields);

static const struct go_type nat_port_binding_list_type = GO_LIST_OF(&nat_port_binding_type);
static const struct go_type nat_port_binding_list_map_type = GO_MAP_OF(&nat_port_binding_list_type);
static const struct go_field container_restart_policy_fields[] = {
	{ "Name", NULL, &go_string_type, 0 },
	{ "MaximumRetryCount", NULL, &go_int_type, 0 },
	{ 0 },
};
static const struct go_type container_restart_policy_type =
	GO_STRUCT_OF("container.RestartPolicy", container_restart_policy_fields);

static const struct go_type go_uint_list_type = GO_LIST_OF(&go_uint_type);
static const struct go_field blkiodev_weight_device_fields[] = {
	{ "Path", NULL, &go_string_type, 0 },
	{ "Weight", NULL, &go_uint16_type, 0 },
	{ 0 },
};
static const struct go_type blkiodev_weight_device_type =
	GO_STRUCT_OF("blkiodev.WeightDevice", blkiodev_weight_device_fields);

static const struct go_type blkiodev_weight_device_ptr_type =
	GO_PTR_TO(&blkiodev_weight_device_type);
static const struct go_type blkiodev_weight_device_ptr_list_type =
	GO_LIST_OF(&blkiodev_weight_device_ptr_type);
static const struct go_field blkiodev_throttle_device_fields[] = {
	{ "Path", NULL, &go_string_type, 0 },
	{ "Rate", NULL, &go_uint64_type, 0 },
	{ 0 },
};
static const struct go_type blkiodev_throttle_device_type =
	GO_STRUCT_OF("blkiodev.ThrottleDevice", blkiodev_throttle_device_fields);

static const struct go_type blkiodev_throttle_device_ptr_type =
	GO_PTR_TO(&blkiodev_throttle_device_type);
static const struct go_type blkiodev_throttle_device_ptr_list_type =
	GO_LIST_OF(&blkiodev_throttle_device_ptr_type);
static const struct go_field container_device_mapping_fields[] = {
	{ "PathOnHost", NULL, &go_string_type, 0 },
	{ "PathInContainer", NULL, &go_string_type, 0 },
	{ "CgroupPermissions", NULL, &go_string_type, 0 },
	{ 0 },
};
static const struct go_type container_device_mapping_type =
	GO_STRUCT_OF("container.DeviceMapping", container_device_mapping_fields);

static const struct go_type container_device_mapping_list_type =
	GO_LIST_OF(&container_device_mapping_type);
const struct go_type go_strings_list_type = GO_LIST_OF(&go_strings_type);
static const struct go_field container_device_request_fields[] = {
	{ "Driver", NULL, &go_string_type, 0 },
	{ "Count", NULL, &go_int_type, 0 },
	{ "DeviceIDs", NULL, &go_strings_type, 0 },
	{ "Capabilities", NULL, &go_strings_list_type, 0 },
	{ "Options", NULL, &go_string_map_type, 0 },
	{ 0 },
};
static const struct go_type container_device_request_type =
	GO_STRUCT_OF("container.DeviceRequest", container_device_request_fields);

static const struct go_type container_device_request_list_type =
	GO_LIST_OF(&container_device_request_type);
static const struct go_type go_int64_ptr_type = GO_PTR_TO(&go_int64_type);
static const struct go_type go_bool_ptr_type = GO_PTR_TO(&go_bool_type);
static const struct go_field units_ulimit_fields[] = {
	{ "Name", NULL, &go_string_type, 0 },
	{ "Hard", NULL, &go_int64_type, 0 },
	{ "Soft", NULL, &go_int64_type, 0 },
	{ 0 },
};
static const struct go_type units_ulimit_type = GO_STRUCT_OF("units.Ulimit", units_ulimit_fields);

static const struct go_type units_ulimit_ptr_type = GO_PTR_TO(&units_ulimit_type);
static const struct go_type units_ulimit_ptr_list_type = GO_LIST_OF(&units_ulimit_ptr_type);
static const struct go_field container_resources_fields[] = {
	{ "CPUShares", "CpuShares", &go_int64_type, 0 },
	{ "Memory", NULL, &go_int64_type, 0 },
	{ "NanoCPUs", "NanoCpus", &go_int64_type, 0 },
	{ "CgroupParent", NULL, &go_string_type, 0 },
	{ "BlkioWeight", NULL, &go_uint16_type, 0 },
	{ "BlkioWeightDevice", NULL, &blkiodev_weight_device_ptr_list_type, 0 },
	{ "BlkioDeviceReadBps", NULL, &blkiodev_throttle_device_ptr_list_type, 0 },
	{ "BlkioDeviceWriteBps", NULL, &blkiodev_throttle_device_ptr_list_type, 0 },
	{ "BlkioDeviceReadIOps", NULL, &blkiodev_throttle_device_ptr_list_type, 0 },
	{ "BlkioDeviceWriteIOps", NULL, &blkiodev_throttle_device_ptr_list_type, 0 },
	{ "CPUPeriod", "CpuPeriod", &go_int64_type, 0 },
	{ "CPUQuota", "CpuQuota", &go_int64_type, 0 },
	{ "CPURealtimePeriod", "CpuRealtimePeriod", &go_int64_type, 0 },
	{ "CPURealtimeRuntime", "CpuRealtimeRuntime", &go_int64_type, 0 },
	{ "CpusetCpus", NULL, &go_string_type, 0 },
	{ "CpusetMems", NULL, &go_string_type, 0 },
	{ "Devices", NULL, &container_device_mapping_list_type, 0 },
	{ "DeviceCgroupRules", NULL, &go_strings_type, 0 },
	{ "DeviceRequests", NULL, &container_device_request_list_type, 0 },
	{ "KernelMemory", NULL, &go_int64_type, GO_OMITEMPTY },
	{ "KernelMemoryTCP", NULL, &go_int64_type, GO_OMITEMPTY },
	{ "MemoryReservation", NULL, &go_int64_type, 0 },
	{ "MemorySwap", NULL, &go_int64_type, 0 },
	{ "MemorySwappiness", NULL, &go_int64_ptr_type, 0 },
	{ "OomKillDisable", NULL, &go_bool_ptr_type, 0 },
	{ "PidsLimit", NULL, &go_int64_ptr_type, 0 },
	{ "Ulimits", NULL, &units_ulimit_ptr_list_type, 0 },
	{ "CPUCount", "CpuCount", &go_int64_type, 0 },
	{ "CPUPercent", "CpuPercent", &go_int64_type, 0 },
	{ "IOMaximumIOps", NULL, &go_uint64_type, 0 },
	{ "IOMaximumBandwidth", NULL, &go_uint64_type, 0 },
	{ 0 },
};
static const struct go_type container_resources_type =
	GO_STRUCT_OF("container.Resources", container_resources_fields);

static const struct go_field mount_bind_options_fields[] = {
	{ "Propagation", NULL, &go_string_type, GO_OMITEMPTY },
	{ "NonRecursive", NULL, &go_bool_type, GO_OMITEMPTY },
	{ "CreateMountpoint", NULL, &go_bool_type, GO_OMITEMPTY },
	{ "ReadOnlyNonRecursive", NULL, &go_bool_type, GO_OMITEMPTY },
	{ "ReadOnlyForceRecursive", NULL, &go_bool_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type mount_bind_options_type =
	GO_STRUCT_OF("mount.BindOptions", mount_bind_options_fields);

static const struct go_type mount_bind_options_ptr_type = GO_PTR_TO(&mount_bind_options_type);
static const struct go_field mount_driver_fields[] = {
	{ "Name", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Options", NULL, &go_string_map_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type mount_driver_type = GO_STRUCT_OF("mount.Driver", mount_driver_fields);

static const struct go_type mount_driver_ptr_type = GO_PTR_TO(&mount_driver_type);
static const struct go_field mount_volume_options_fields[] = {
	{ "NoCopy", NULL, &go_bool_type, GO_OMITEMPTY },
	{ "Labels", NULL, &go_string_map_type, GO_OMITEMPTY },
	{ "Subpath", NULL, &go_string_type, GO_OMITEMPTY },
	{ "DriverConfig", NULL, &mount_driver_ptr_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type mount_volume_options_type =
	GO_STRUCT_OF("mount.VolumeOptions", mount_volume_options_fields);

static const struct go_type mount_volume_options_ptr_type = GO_PTR_TO(&mount_volume_options_type);
static const struct go_field mount_image_options_fields[] = {
	{ "Subpath", NULL, &go_string_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type mount_image_options_type =
	GO_STRUCT_OF("mount.ImageOptions", mount_image_options_fields);

static const struct go_type mount_image_options_ptr_type = GO_PTR_TO(&mount_image_options_type);
static const struct go_field mount_tmpfs_options_fields[] = {
	{ "SizeBytes", NULL, &go_int64_type, GO_OMITEMPTY },
	{ "Mode", NULL, &go_uint_type, GO_OMITEMPTY },
	{ "Options", NULL, &go_strings_list_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type mount_tmpfs_options_type =
	GO_STRUCT_OF("mount.TmpfsOptions", mount_tmpfs_options_fields);

static const struct go_type mount_tmpfs_options_ptr_type = GO_PTR_TO(&mount_tmpfs_options_type);
static const struct go_field mount_cluster_options_fields[] = {

	{ 0 },
};
static const struct go_type mount_cluster_options_type =
	GO_STRUCT_OF("mount.ClusterOptions", mount_cluster_options_fields);

static const struct go_type mount_cluster_options_ptr_type = GO_PTR_TO(&mount_cluster_options_type);
static const struct go_field mount_mount_fields[] = {
	{ "Type", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Source", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Target", NULL, &go_string_type, GO_OMITEMPTY },
	{ "ReadOnly", NULL, &go_bool_type, GO_OMITEMPTY },
	{ "Consistency", NULL, &go_string_type, GO_OMITEMPTY },
	{ "BindOptions", NULL, &mount_bind_options_ptr_type, GO_OMITEMPTY },
	{ "VolumeOptions", NULL, &mount_volume_options_ptr_type, GO_OMITEMPTY },
	{ "ImageOptions", NULL, &mount_image_options_ptr_type, GO_OMITEMPTY },
	{ "TmpfsOptions", NULL, &mount_tmpfs_options_ptr_type, GO_OMITEMPTY },
	{ "ClusterOptions", NULL, &mount_cluster_options_ptr_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type mount_mount_type = GO_STRUCT_OF("mount.Mount", mount_mount_fields);

static const struct go_type mount_mount_list_type = GO_LIST_OF(&mount_mount_type);
static const struct go_field container_host_config_fields[] = {
	{ "Binds", NULL, &go_strings_type, 0 },
	{ "ContainerIDFile", NULL, &go_string_type, 0 },
	{ "LogConfig", NULL, &container_log_config_type, 0 },
	{ "NetworkMode", NULL, &go_string_type, 0 },
	{ "PortBindings", NULL, &nat_port_binding_list_map_type, 0 },
	{ "RestartPolicy", NULL, &container_restart_policy_type, 0 },
	{ "AutoRemove", NULL, &go_bool_type, 0 },
	{ "VolumeDriver", NULL, &go_string_type, 0 },
	{ "VolumesFrom", NULL, &go_strings_type, 0 },
	{ "ConsoleSize", NULL, &go_uint_list_type, 0 },
	{ "Annotations", NULL, &go_string_map_type, GO_OMITEMPTY },
	{ "CapAdd", NULL, &go_strings_type, 0 },
	{ "CapDrop", NULL, &go_strings_type, 0 },
	{ "CgroupnsMode", NULL, &go_string_type, 0 },
	{ "DNS", "Dns", &go_strings_type, 0 },
	{ "DNSOptions", "DnsOptions", &go_strings_type, 0 },
	{ "DNSSearch", "DnsSearch", &go_strings_type, 0 },
	{ "ExtraHosts", NULL, &go_strings_type, 0 },
	{ "GroupAdd", NULL, &go_strings_type, 0 },
	{ "IpcMode", NULL, &go_string_type, 0 },
	{ "Cgroup", NULL, &go_string_type, 0 },
	{ "Links", NULL, &go_strings_type, 0 },
	{ "OomScoreAdj", NULL, &go_int_type, 0 },
	{ "PidMode", NULL, &go_string_type, 0 },
	{ "Privileged", NULL, &go_bool_type, 0 },
	{ "PublishAllPorts", NULL, &go_bool_type, 0 },
	{ "ReadonlyRootfs", NULL, &go_bool_type, 0 },
	{ "SecurityOpt", NULL, &go_strings_type, 0 },
	{ "StorageOpt", NULL, &go_string_map_type, GO_OMITEMPTY },
	{ "Tmpfs", NULL, &go_string_map_type, GO_OMITEMPTY },
	{ "UTSMode", NULL, &go_string_type, 0 },
	{ "UsernsMode", NULL, &go_string_type, 0 },
	{ "ShmSize", NULL, &go_int64_type, 0 },
	{ "Sysctls", NULL, &go_string_map_type, GO_OMITEMPTY },
	{ "Runtime", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Isolation", NULL, &go_string_type, 0 },
	{ "Resources", NULL, &container_resources_type, GO_EMBEDDED },
	{ "Mounts", NULL, &mount_mount_list_type, GO_OMITEMPTY },
	{ "MaskedPaths", NULL, &go_strings_type, 0 },
	{ "ReadonlyPaths", NULL, &go_strings_type, 0 },
	{ "Init", NULL, &go_bool_ptr_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type container_host_config_type =
	GO_STRUCT_OF("container.HostConfig", container_host_config_fields);

static const struct go_type container_host_config_ptr_type = GO_PTR_TO(&container_host_config_type);
static const struct go_field storage_driver_data_fields[] = {
	{ "Data", NULL, &go_string_map_type, 0 },
	{ "Name", NULL, &go_string_type, 0 },
	{ 0 },
};
const struct go_type storage_driver_data_type =
	GO_STRUCT_OF("storage.DriverData", storage_driver_data_fields);

static const struct go_field container_container_jsonbase_fields[] = {
	{ "ID", "Id", &go_string_type, 0 },
	{ "Created", NULL, &go_string_type, 0 },
	{ "Path", NULL, &go_string_type, 0 },
	{ "Args", NULL, &go_strings_type, 0 },
	{ "State", NULL, &container_state_ptr_type, 0 },
	{ "Image", NULL, &go_string_type, 0 },
	{ "ResolvConfPath", NULL, &go_string_type, 0 },
	{ "HostnamePath", NULL, &go_string_type, 0 },
	{ "HostsPath", NULL, &go_string_type, 0 },
	{ "LogPath", NULL, &go_string_type, 0 },
	{ "Name", NULL, &go_string_type, 0 },
	{ "RestartCount", NULL, &go_int_type, 0 },
	{ "Driver", NULL, &go_string_type, 0 },
	{ "Platform", NULL, &go_string_type, 0 },
	{ "MountLabel", NULL, &go_string_type, 0 },
	{ "ProcessLabel", NULL, &go_string_type, 0 },
	{ "AppArmorProfile", NULL, &go_string_type, 0 },
	{ "ExecIDs", NULL, &go_strings_type, 0 },
	{ "HostConfig", NULL, &container_host_config_ptr_type, 0 },
	{ "GraphDriver", NULL, &storage_driver_data_type, 0 },
	{ "SizeRw", NULL, &go_int64_ptr_type, GO_OMITEMPTY },
	{ "SizeRootFs", NULL, &go_int64_ptr_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type container_container_jsonbase_type =
	GO_STRUCT_OF("container.ContainerJSONBase", container_container_jsonbase_fields);

static const struct go_type container_container_jsonbase_ptr_type =
	GO_PTR_TO(&container_container_jsonbase_type);
static const struct go_field container_mount_point_fields[] = {
	{ "Type", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Name", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Source", NULL, &go_string_type, 0 },
	{ "Destination", NULL, &go_string_type, 0 },
	{ "Driver", NULL, &go_string_type, GO_OMITEMPTY },
	{ "Mode", NULL, &go_string_type, 0 },
	{ "RW", NULL, &go_bool_type, 0 },
	{ "Propagation", NULL, &go_string_type, 0 },
	{ 0 },
};
static const struct go_type container_mount_point_type =
	GO_STRUCT_OF("container.MountPoint", container_mount_point_fields);

static const struct go_type container_mount_point_list_type =
	GO_LIST_OF(&container_mount_point_type);
const struct go_type go_empty_map_type = GO_MAP_OF(&go_empty_type);
static const struct go_field dockerspec_healthcheck_config_fields[] = {
	{ "Test", NULL, &go_strings_type, GO_OMITEMPTY },
	{ "Interval", NULL, &go_int64_type, GO_OMITEMPTY },
	{ "Timeout", NULL, &go_int64_type, GO_OMITEMPTY },
	{ "StartPeriod", NULL, &go_int64_type, GO_OMITEMPTY },
	{ "StartInterval", NULL, &go_int64_type, GO_OMITEMPTY },
	{ "Retries", NULL, &go_int_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type dockerspec_healthcheck_config_type =
	GO_STRUCT_OF("v1.HealthcheckConfig", dockerspec_healthcheck_config_fields);

const struct go_type dockerspec_healthcheck_config_ptr_type =
	GO_PTR_TO(&dockerspec_healthcheck_config_type);
static const struct go_type go_int_ptr_type = GO_PTR_TO(&go_int_type);
static const struct go_field container_config_fields[] = {
	{ "Hostname", NULL, &go_string_type, 0 },
	{ "Domainname", NULL, &go_string_type, 0 },
	{ "User", NULL, &go_string_type, 0 },
	{ "AttachStdin", NULL, &go_bool_type, 0 },
	{ "AttachStdout", NULL, &go_bool_type, 0 },
	{ "AttachStderr", NULL, &go_bool_type, 0 },
	{ "ExposedPorts", NULL, &go_empty_map_type, GO_OMITEMPTY },
	{ "Tty", NULL, &go_bool_type, 0 },
	{ "OpenStdin", NULL, &go_bool_type, 0 },
	{ "StdinOnce", NULL, &go_bool_type, 0 },
	{ "Env", NULL, &go_strings_type, 0 },
	{ "Cmd", NULL, &go_strings_type, 0 },
	{ "Healthcheck", NULL, &dockerspec_healthcheck_config_ptr_type, GO_OMITEMPTY },
	{ "ArgsEscaped", NULL, &go_bool_type, GO_OMITEMPTY },
	{ "Image", NULL, &go_string_type, 0 },
	{ "Volumes", NULL, &go_empty_map_type, 0 },
	{ "WorkingDir", NULL, &go_string_type, 0 },
	{ "Entrypoint", NULL, &go_strings_type, 0 },
	{ "NetworkDisabled", NULL, &go_bool_type, GO_OMITEMPTY },
	{ "MacAddress", NULL, &go_string_type, GO_OMITEMPTY },
	{ "OnBuild", NULL, &go_strings_type, 0 },
	{ "Labels", NULL, &go_string_map_type, 0 },
	{ "StopSignal", NULL, &go_string_type, GO_OMITEMPTY },
	{ "StopTimeout", NULL, &go_int_ptr_type, GO_OMITEMPTY },
	{ "Shell", NULL, &go_strings_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type container_config_type =
	GO_STRUCT_OF("container.Config", container_config_fields);

const struct go_type container_config_ptr_type = GO_PTR_TO(&container_config_type);
static const struct go_field network_address_fields[] = {
	{ "Addr", NULL, &go_string_type, 0 },
	{ "PrefixLen", NULL, &go_int_type, 0 },
	{ 0 },
};
static const struct go_type network_address_type =
	GO_STRUCT_OF("network.Address", network_address_fields);

static const struct go_type network_address_list_type = GO_LIST_OF(&network_address_type);
static const struct go_field container_network_settings_base_fields[] = {
	{ "Bridge", NULL, &go_string_type, 0 },
	{ "SandboxID", NULL, &go_string_type, 0 },
	{ "SandboxKey", NULL, &go_string_type, 0 },
	{ "Ports", NULL, &nat_port_binding_list_map_type, 0 },
	{ "HairpinMode", NULL, &go_bool_type, 0 },
	{ "LinkLocalIPv6Address", NULL, &go_string_type, 0 },
	{ "LinkLocalIPv6PrefixLen", NULL, &go_int_type, 0 },
	{ "SecondaryIPAddresses", NULL, &network_address_list_type, 0 },
	{ "SecondaryIPv6Addresses", NULL, &network_address_list_type, 0 },
	{ 0 },
};
static const struct go_type container_network_settings_base_type =
	GO_STRUCT_OF("container.NetworkSettingsBase", container_network_settings_base_fields);

static const struct go_field container_default_network_settings_fields[] = {
	{ "EndpointID", NULL, &go_string_type, 0 },
	{ "Gateway", NULL, &go_string_type, 0 },
	{ "GlobalIPv6Address", NULL, &go_string_type, 0 },
	{ "GlobalIPv6PrefixLen", NULL, &go_int_type, 0 },
	{ "IPAddress", NULL, &go_string_type, 0 },
	{ "IPPrefixLen", NULL, &go_int_type, 0 },
	{ "IPv6Gateway", NULL, &go_string_type, 0 },
	{ "MacAddress", NULL, &go_string_type, 0 },
	{ 0 },
};
static const struct go_type container_default_network_settings_type =
	GO_STRUCT_OF("container.DefaultNetworkSettings", container_default_network_settings_fields);

static const struct go_field network_endpoint_ipamconfig_fields[] = {
	{ "IPv4Address", NULL, &go_string_type, GO_OMITEMPTY },
	{ "IPv6Address", NULL, &go_string_type, GO_OMITEMPTY },
	{ "LinkLocalIPs", NULL, &go_strings_type, GO_OMITEMPTY },
	{ 0 },
};
static const struct go_type network_endpoint_ipamconfig_type =
	GO_STRUCT_OF("network.EndpointIPAMConfig", network_endpoint_ipamconfig_fields);

static const struct go_type network_endpoint_ipamconfig_ptr_type =
	GO_PTR_TO(&network_endpoint_ipamconfig_type);
static const struct go_field network_endpoint_settings_fields[] = {
	{ "IPAMConfig", NULL, &network_endpoint_ipamconfig_ptr_type, 0 },
	{ "Links", NULL, &go_strings_type, 0 },
	{ "Aliases", NULL, &go_strings_type, 0 },
	{ "MacAddress", NULL, &go_string_type, 0 },
	{ "DriverOpts", NULL, &go_string_map_type, 0 },
	{ "GwPriority", NULL, &go_int_type, 0 },
	{ "NetworkID", NULL, &go_string_type, 0 },
	{ "EndpointID", NULL, &go_string_type, 0 },
	{ "Gateway", NULL, &go_string_type, 0 },
	{ "IPAddress", NULL, &go_string_type, 0 },
	{ "IPPrefixLen", NULL, &go_int_type, 0 },
	{ "IPv6Gateway", NULL, &go_string_type, 0 },
	{ "GlobalIPv6Address", NULL, &go_string_type, 0 },
	{ "GlobalIPv6PrefixLen", NULL, &go_int_type, 0 },
	{ "DNSNames", NULL, &go_strings_type, 0 },
	{ 0 },
};
static const struct go_type network_endpoint_settings_type =
	GO_STRUCT_OF("network.EndpointSettings", network_endpoint_settings_fields);

static const struct go_type network_endpoint_settings_ptr_type =
	GO_PTR_TO(&network_endpoint_settings_type);
static const struct go_type network_endpoint_settings_ptr_map_type =
	GO_MAP_OF(&network_endpoint_settings_ptr_type);
static const struct go_field container_network_settings_fields[] = {
	{ "NetworkSettingsBase", NULL, &container_network_settings_base_type, GO_EMBEDDED },
	{ "DefaultNetworkSettings", NULL, &container_default_network_settings_type, GO_EMBEDDED },
	{ "Networks", NULL, &network_endpoint_settings_ptr_map_type, 0 },
	{ 0 },
};
static const struct go_type container_network_settings_type =
	GO_STRUCT_OF("container.NetworkSettings", container_network_settings_fields);

static const struct go_type container_network_settings_ptr_type =
	GO_PTR_TO(&container_network_settings_type);
static const struct go_field ocispec_platform_fields[] = {
	{ "Architecture", "architecture", &go_string_type, 0 },
	{ "OS", "os", &go_string_type, 0 },
	{ "OSVersion", "os.version", &go_string_type, GO_OMITEMPTY },
	{ "OSFeatures", "os.features", &go_strings_type, GO_OMITEMPTY },
	{ "Variant", "variant", &go_string_type, GO_OMITEMPTY },
	{ 0 },
};
const struct go_type ocispec_platform_type = GO_STRUCT_OF("v1.Platform", ocispec_platform_fields);

static const struct go_type ocispec_platform_ptr_type = GO_PTR_TO(&ocispec_platform_type);
static const struct go_field ocispec_descriptor_fields[] = {
	{ "MediaType", "mediaType", &go_string_type, 0 },
	{ "Digest", "digest", &go_string_type, 0 },
	{ "Size", "size", &go_int64_type, 0 },
	{ "URLs", "urls", &go_strings_type, GO_OMITEMPTY },
	{ "Annotations", "annotations", &go_string_map_type, GO_OMITEMPTY },
	{ "Data", "data", &go_uint_list_type, GO_OMITEMPTY },
	{ "Platform", "platform", &ocispec_platform_ptr_type, GO_OMITEMPTY },
	{ "ArtifactType", "artifactType", &go_string_type, GO_OMITEMPTY },
	{ 0 },
};
const struct go_type ocispec_descriptor_type =
	GO_STRUCT_OF("v1.Descriptor", ocispec_descriptor_fields);

const struct go_type ocispec_descriptor_ptr_type = GO_PTR_TO(&ocispec_descriptor_type);
static const struct go_field container_inspect_response_fields[] = {
	{ "ContainerJSONBase", NULL, &container_container_jsonbase_ptr_type, GO_EMBEDDED },
	{ "Mounts", NULL, &container_mount_point_list_type, 0 },
	{ "Config", NULL, &container_config_ptr_type, 0 },
	{ "NetworkSettings", NULL, &container_network_settings_ptr_type, 0 },
	{ "ImageManifestDescriptor", NULL, &ocispec_descriptor_ptr_type, GO_OMITEMPTY },
	{ 0 },
};
const struct go_type container_inspect_response_type =
	GO_STRUCT_OF("container.InspectResponse", container_inspect_response_fields);

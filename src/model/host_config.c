/* SPDX-License-Identifier: Apache-2.0 */
/* The binding table of HostConfig; order and omitempty follow moby's container.HostConfig. */
#include "host_config.h"

#include "base/slice.h"

const struct bind_field log_config_fields[] = {
	BIND(STR, struct log_config, type, "Type", 0),
	BIND(STRMAP, struct log_config, config, "Config", BIND_EMPTY_LIST),
	BIND_END,
};

const struct bind_field restart_policy_fields[] = {
	BIND(STR, struct restart_policy, name, "Name", 0),
	BIND(I64, struct restart_policy, maximum_retry_count, "MaximumRetryCount", 0),
	BIND_END,
};

static const struct bind_field device_mapping_fields[] = {
	BIND(STR, struct device_mapping, path_on_host, "PathOnHost", 0),
	BIND(STR, struct device_mapping, path_in_container, "PathInContainer", 0),
	BIND(STR, struct device_mapping, cgroup_permissions, "CgroupPermissions", 0),
	BIND_END,
};

static const struct bind_field device_request_fields[] = {
	BIND(STR, struct device_request, driver, "Driver", 0),
	BIND(I64, struct device_request, count, "Count", 0),
	BIND(STRS, struct device_request, device_ids, "DeviceIDs", 0),
	BIND(RAW, struct device_request, capabilities, "Capabilities", 0),
	BIND(STRMAP, struct device_request, options, "Options", 0),
	BIND_END,
};

static const struct bind_field ulimit_fields[] = {
	BIND(STR, struct ulimit, name, "Name", 0),
	BIND(I64, struct ulimit, hard, "Hard", 0),
	BIND(I64, struct ulimit, soft, "Soft", 0),
	BIND_END,
};

static const struct bind_field weight_device_fields[] = {
	BIND(STR, struct weight_device, path, "Path", 0),
	BIND(U16, struct weight_device, weight, "Weight", 0),
	BIND_END,
};

static const struct bind_field throttle_device_fields[] = {
	BIND(STR, struct throttle_device, path, "Path", 0),
	BIND(U64, struct throttle_device, rate, "Rate", 0),
	BIND_END,
};

const struct bind_field host_config_fields[] = {
	BIND(STRS, struct host_config, binds, "Binds", 0),
	BIND(STR, struct host_config, container_id_file, "ContainerIDFile", 0),
	BIND_NEST(OBJ, struct host_config, log_config, "LogConfig", 0, log_config_fields,
		struct log_config),
	BIND(STR, struct host_config, network_mode, "NetworkMode", 0),
	BIND_NEST(OBJSMAP, struct host_config, port_bindings, "PortBindings", 0,
		port_binding_fields, struct port_binding),
	BIND_NEST(OBJ, struct host_config, restart_policy, "RestartPolicy", 0,
		restart_policy_fields, struct restart_policy),
	BIND(BOOL, struct host_config, auto_remove, "AutoRemove", 0),
	BIND(STR, struct host_config, volume_driver, "VolumeDriver", 0),
	BIND(STRS, struct host_config, volumes_from, "VolumesFrom", 0),
	BIND(RAW, struct host_config, console_size, "ConsoleSize", 0),
	BIND(STRMAP, struct host_config, annotations, "Annotations", BIND_OMITEMPTY),
	BIND(STRS1, struct host_config, cap_add, "CapAdd", 0),
	BIND(STRS1, struct host_config, cap_drop, "CapDrop", 0),
	BIND(STR, struct host_config, cgroupns_mode, "CgroupnsMode", 0),
	BIND(STRS, struct host_config, dns, "Dns", BIND_EMPTY_LIST),
	BIND(STRS, struct host_config, dns_options, "DnsOptions", BIND_EMPTY_LIST),
	BIND(STRS, struct host_config, dns_search, "DnsSearch", BIND_EMPTY_LIST),
	BIND(STRS, struct host_config, extra_hosts, "ExtraHosts", 0),
	BIND(STRS, struct host_config, group_add, "GroupAdd", 0),
	BIND(STR, struct host_config, ipc_mode, "IpcMode", 0),
	BIND(STR, struct host_config, cgroup, "Cgroup", 0),
	BIND(STRS, struct host_config, links, "Links", 0),
	BIND(I64, struct host_config, oom_score_adj, "OomScoreAdj", 0),
	BIND(STR, struct host_config, pid_mode, "PidMode", 0),
	BIND(BOOL, struct host_config, privileged, "Privileged", 0),
	BIND(BOOL, struct host_config, publish_all_ports, "PublishAllPorts", 0),
	BIND(BOOL, struct host_config, readonly_rootfs, "ReadonlyRootfs", 0),
	BIND(STRS, struct host_config, security_opt, "SecurityOpt", 0),
	BIND(STRMAP, struct host_config, storage_opt, "StorageOpt", BIND_OMITEMPTY),
	BIND(STRMAP, struct host_config, tmpfs, "Tmpfs", BIND_OMITEMPTY),
	BIND(STR, struct host_config, uts_mode, "UTSMode", 0),
	BIND(STR, struct host_config, userns_mode, "UsernsMode", 0),
	BIND(I64, struct host_config, shm_size, "ShmSize", 0),
	BIND(STRMAP, struct host_config, sysctls, "Sysctls", BIND_OMITEMPTY),
	BIND(STR, struct host_config, runtime, "Runtime", BIND_OMITEMPTY),
	BIND(STR, struct host_config, isolation, "Isolation", 0),
	BIND(I64, struct host_config, cpu_shares, "CpuShares", 0),
	BIND(I64, struct host_config, memory, "Memory", 0),
	BIND(I64, struct host_config, nano_cpus, "NanoCpus", 0),
	BIND(STR, struct host_config, cgroup_parent, "CgroupParent", 0),
	BIND(U16, struct host_config, blkio_weight, "BlkioWeight", 0),
	BIND_NEST(OBJS, struct host_config, blkio_weight_device, "BlkioWeightDevice",
		BIND_EMPTY_LIST, weight_device_fields, struct weight_device),
	BIND_NEST(OBJS, struct host_config, blkio_read_bps, "BlkioDeviceReadBps", BIND_EMPTY_LIST,
		throttle_device_fields, struct throttle_device),
	BIND_NEST(OBJS, struct host_config, blkio_write_bps, "BlkioDeviceWriteBps", BIND_EMPTY_LIST,
		throttle_device_fields, struct throttle_device),
	BIND_NEST(OBJS, struct host_config, blkio_read_iops, "BlkioDeviceReadIOps", BIND_EMPTY_LIST,
		throttle_device_fields, struct throttle_device),
	BIND_NEST(OBJS, struct host_config, blkio_write_iops, "BlkioDeviceWriteIOps",
		BIND_EMPTY_LIST, throttle_device_fields, struct throttle_device),
	BIND(I64, struct host_config, cpu_period, "CpuPeriod", 0),
	BIND(I64, struct host_config, cpu_quota, "CpuQuota", 0),
	BIND(I64, struct host_config, cpu_realtime_period, "CpuRealtimePeriod", 0),
	BIND(I64, struct host_config, cpu_realtime_runtime, "CpuRealtimeRuntime", 0),
	BIND(STR, struct host_config, cpuset_cpus, "CpusetCpus", 0),
	BIND(STR, struct host_config, cpuset_mems, "CpusetMems", 0),
	BIND_NEST(OBJS, struct host_config, devices, "Devices", BIND_EMPTY_LIST,
		device_mapping_fields, struct device_mapping),
	BIND(STRS, struct host_config, device_cgroup_rules, "DeviceCgroupRules", 0),
	BIND_NEST(OBJS, struct host_config, device_requests, "DeviceRequests", 0,
		device_request_fields, struct device_request),
	BIND(I64, struct host_config, kernel_memory, "KernelMemory", BIND_OMITEMPTY),
	BIND(I64, struct host_config, kernel_memory_tcp, "KernelMemoryTCP", BIND_OMITEMPTY),
	BIND(I64, struct host_config, memory_reservation, "MemoryReservation", 0),
	BIND(I64, struct host_config, memory_swap, "MemorySwap", 0),
	BIND(I64P, struct host_config, memory_swappiness, "MemorySwappiness", 0),
	BIND(BOOLP, struct host_config, oom_kill_disable, "OomKillDisable", 0),
	BIND(I64P, struct host_config, pids_limit, "PidsLimit", 0),
	BIND_NEST(OBJS, struct host_config, ulimits, "Ulimits", BIND_EMPTY_LIST, ulimit_fields,
		struct ulimit),
	BIND(I64, struct host_config, cpu_count, "CpuCount", 0),
	BIND(I64, struct host_config, cpu_percent, "CpuPercent", 0),
	BIND(U64, struct host_config, io_maximum_iops, "IOMaximumIOps", 0),
	BIND(U64, struct host_config, io_maximum_bandwidth, "IOMaximumBandwidth", 0),
	BIND_NEST(OBJS, struct host_config, mounts, "Mounts", BIND_OMITEMPTY, mount_fields,
		struct mount),
	BIND(STRS, struct host_config, masked_paths, "MaskedPaths", 0),
	BIND(STRS, struct host_config, readonly_paths, "ReadonlyPaths", 0),
	BIND(BOOLP, struct host_config, init, "Init", BIND_OMITEMPTY),
	BIND_END,
};

bool host_config_console_size(const char *text, uint32_t *height, uint32_t *width)
{
	struct slice inner = slice_trim(slice_str(text)), h, w;

	*height = *width = 0;
	if (inner.n < 2 || inner.p[0] != '[' || inner.p[inner.n - 1] != ']')
		return false;
	inner = (struct slice){ inner.p + 1, inner.n - 2 };
	if (!slice_cut(inner, ',', &h, &w))
		return false;
	uint32_t rows, cols;
	if (!parse_u32(slice_trim(h), &rows) || !parse_u32(slice_trim(w), &cols))
		return false;
	*height = rows;
	*width = cols;
	return true;
}

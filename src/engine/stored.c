/* SPDX-License-Identifier: Apache-2.0 */
/* The binding tables of config.v2.json, in the order dockerd writes it. */
#include "stored.h"

static const struct bind_field stored_state_fields[] = {
	BIND(BOOL, struct stored_state, running, "Running", 0),
	BIND(BOOL, struct stored_state, paused, "Paused", 0),
	BIND(BOOL, struct stored_state, restarting, "Restarting", 0),
	BIND(BOOL, struct stored_state, oom_killed, "OOMKilled", 0),
	BIND(BOOL, struct stored_state, removal_in_progress, "RemovalInProgress", 0),
	BIND(BOOL, struct stored_state, dead, "Dead", 0),
	BIND(I64, struct stored_state, pid, "Pid", 0),
	BIND(I64, struct stored_state, exit_code, "ExitCode", 0),
	BIND(STR, struct stored_state, error, "Error", 0),
	BIND(STR, struct stored_state, started_at, "StartedAt", 0),
	BIND(STR, struct stored_state, finished_at, "FinishedAt", 0),
	BIND_END,
};

static const struct bind_field stored_network_fields[] = {
	BIND(STR, struct stored_network, settings.bridge, "Bridge", 0),
	BIND(STR, struct stored_network, settings.sandbox_id, "SandboxID", 0),
	BIND(STR, struct stored_network, settings.sandbox_key, "SandboxKey", 0),
	BIND(BOOL, struct stored_network, settings.hairpin_mode, "HairpinMode", 0),
	BIND(STR, struct stored_network, settings.link_local_ipv6_address, "LinkLocalIPv6Address",
		0),
	BIND(I64, struct stored_network, settings.link_local_ipv6_prefix_len,
		"LinkLocalIPv6PrefixLen", 0),
	BIND_NEST(OBJMAP, struct stored_network, settings.networks, "Networks", BIND_EMPTY_LIST,
		endpoint_settings_fields, struct endpoint_settings),
	BIND_NEST(OBJSMAP, struct stored_network, settings.ports, "Ports", 0, port_binding_fields,
		struct port_binding),
	BIND(REST, struct stored_network, rest, NULL, 0),
	BIND_END,
};

static const struct bind_field stored_mount_fields[] = {
	BIND(STR, struct stored_mount, source, "Source", 0),
	BIND(STR, struct stored_mount, destination, "Destination", 0),
	BIND(BOOL, struct stored_mount, rw, "RW", 0),
	BIND(STR, struct stored_mount, name, "Name", 0),
	BIND(STR, struct stored_mount, driver, "Driver", 0),
	BIND(STR, struct stored_mount, type, "Type", BIND_OMITEMPTY),
	BIND(STR, struct stored_mount, mode, "Relabel", BIND_OMITEMPTY),
	BIND(STR, struct stored_mount, propagation, "Propagation", BIND_OMITEMPTY),
	BIND_NEST(OBJ, struct stored_mount, spec, "Spec", 0, mount_fields, struct mount),
	BIND(BOOL, struct stored_mount, skip_creation, "SkipMountpointCreation", 0),
	BIND_END,
};

const struct bind_field stored_fields[] = {
	BIND(RAW, struct stored, stream_config, "StreamConfig", 0),
	BIND_NEST(OBJ, struct stored, state, "State", 0, stored_state_fields, struct stored_state),
	BIND(STR, struct stored, id, "ID", 0),
	BIND(STR, struct stored, created, "Created", 0),
	BIND(STR, struct stored, path, "Path", 0),
	BIND(STRS, struct stored, args, "Args", BIND_EMPTY_LIST),
	BIND_NEST(OBJ, struct stored, config, "Config", 0, container_config_fields,
		struct container_config),
	BIND(STR, struct stored, image, "Image", 0),
	BIND_NEST(OBJ, struct stored, network, "NetworkSettings", 0, stored_network_fields,
		struct stored_network),
	BIND(STR, struct stored, log_path, "LogPath", 0),
	BIND(STR, struct stored, name, "Name", 0),
	BIND(STR, struct stored, driver, "Driver", 0),
	BIND(STR, struct stored, os, "OS", 0),
	BIND(I64, struct stored, restart_count, "RestartCount", 0),
	BIND(BOOL, struct stored, was_started, "HasBeenStartedBefore", 0),
	BIND(BOOL, struct stored, was_stopped_by_hand, "HasBeenManuallyStopped", 0),
	BIND_NEST(OBJMAP, struct stored, mounts, "MountPoints", BIND_EMPTY_LIST,
		stored_mount_fields, struct stored_mount),
	BIND(STR, struct stored, hostname_path, "HostnamePath", 0),
	BIND(STR, struct stored, hosts_path, "HostsPath", 0),
	BIND(STR, struct stored, resolv_conf_path, "ResolvConfPath", 0),
	BIND(RAW, struct stored, log_cache, "LocalLogCacheMeta", 0),
	BIND(STR, struct stored, cgroup_path, "TareCgroupPath", BIND_OMITEMPTY),
	BIND(REST, struct stored, rest, NULL, 0),
	BIND_END,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* The binding tables of the container requests and answers. */
#include "container.h"

static const struct bind_field create_beside_fields[] = {
	BIND_NEST(OBJP, struct create_request, host_config, "HostConfig", BIND_OMITEMPTY,
		host_config_fields, struct host_config),
	BIND_NEST(OBJP, struct create_request, networking_config, "NetworkingConfig",
		BIND_OMITEMPTY, networking_config_fields, struct networking_config),
	BIND_END,
};

const struct bind_field create_response_fields[] = {
	BIND(STR, struct create_response, id, "Id", 0),
	BIND(STRS, struct create_response, warnings, "Warnings", BIND_EMPTY_LIST),
	BIND_END,
};

static const struct bind_field wait_error_fields[] = {
	BIND(STR, struct wait_error, message, "Message", BIND_OMITEMPTY),
	BIND_END,
};

const struct bind_field wait_response_fields[] = {
	BIND_NEST(OBJP, struct wait_response, error, "Error", BIND_OMITEMPTY, wait_error_fields,
		struct wait_error),
	BIND(I64, struct wait_response, status_code, "StatusCode", 0),
	BIND_END,
};

const struct bind_field update_response_fields[] = {
	BIND(STRS, struct update_response, warnings, "Warnings", 0),
	BIND_END,
};

const struct bind_field prune_response_fields[] = {
	BIND(STRS, struct prune_response, containers_deleted, "ContainersDeleted", 0),
	BIND(U64, struct prune_response, space_reclaimed, "SpaceReclaimed", 0),
	BIND_END,
};

static const struct bind_field port_summary_fields[] = {
	BIND(STR, struct port_summary, ip, "IP", BIND_OMITEMPTY),
	BIND(U16, struct port_summary, private_port, "PrivatePort", 0),
	BIND(U16, struct port_summary, public_port, "PublicPort", BIND_OMITEMPTY),
	BIND(STR, struct port_summary, type, "Type", 0),
	BIND_END,
};

static const struct bind_field summary_host_config_fields[] = {
	BIND(STR, struct summary_host_config, network_mode, "NetworkMode", BIND_OMITEMPTY),
	BIND(STRMAP, struct summary_host_config, annotations, "Annotations", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field summary_network_settings_fields[] = {
	BIND_NEST(OBJMAP, struct summary_network_settings, networks, "Networks", BIND_EMPTY_LIST,
		endpoint_settings_fields, struct endpoint_settings),
	BIND_END,
};

const struct bind_field container_summary_fields[] = {
	BIND(STR, struct container_summary, id, "Id", 0),
	BIND(STRS, struct container_summary, names, "Names", 0),
	BIND(STR, struct container_summary, image, "Image", 0),
	BIND(STR, struct container_summary, image_id, "ImageID", 0),
	BIND(STR, struct container_summary, command, "Command", 0),
	BIND(I64, struct container_summary, created, "Created", 0),
	BIND_NEST(OBJS, struct container_summary, ports, "Ports", BIND_EMPTY_LIST,
		port_summary_fields, struct port_summary),
	BIND(I64, struct container_summary, size_rw, "SizeRw", BIND_OMITEMPTY),
	BIND(I64, struct container_summary, size_root_fs, "SizeRootFs", BIND_OMITEMPTY),
	BIND(STRMAP, struct container_summary, labels, "Labels", BIND_EMPTY_LIST),
	BIND(STR, struct container_summary, state, "State", 0),
	BIND(STR, struct container_summary, status, "Status", 0),
	BIND_NEST(OBJ, struct container_summary, host_config, "HostConfig", 0,
		summary_host_config_fields, struct summary_host_config),
	BIND_NEST(OBJ, struct container_summary, network_settings, "NetworkSettings", 0,
		summary_network_settings_fields, struct summary_network_settings),
	BIND_NEST(OBJS, struct container_summary, mounts, "Mounts", BIND_EMPTY_LIST,
		mount_point_fields, struct mount_point),
	BIND_END,
};

static const struct bind_field graph_driver_fields[] = {
	BIND(STRMAP, struct graph_driver, data, "Data", 0),
	BIND(STR, struct graph_driver, name, "Name", 0),
	BIND_END,
};

const struct bind_field container_inspect_fields[] = {
	BIND(STR, struct container_inspect, id, "Id", 0),
	BIND(STR, struct container_inspect, created, "Created", 0),
	BIND(STR, struct container_inspect, path, "Path", 0),
	BIND(STRS, struct container_inspect, args, "Args", BIND_EMPTY_LIST),
	BIND_NEST(OBJ, struct container_inspect, state, "State", 0, container_state_fields,
		struct container_state),
	BIND(STR, struct container_inspect, image, "Image", 0),
	BIND(STR, struct container_inspect, resolv_conf_path, "ResolvConfPath", 0),
	BIND(STR, struct container_inspect, hostname_path, "HostnamePath", 0),
	BIND(STR, struct container_inspect, hosts_path, "HostsPath", 0),
	BIND(STR, struct container_inspect, log_path, "LogPath", 0),
	BIND(STR, struct container_inspect, name, "Name", 0),
	BIND(I64, struct container_inspect, restart_count, "RestartCount", 0),
	BIND(STR, struct container_inspect, driver, "Driver", 0),
	BIND(STR, struct container_inspect, platform, "Platform", 0),
	BIND(STR, struct container_inspect, mount_label, "MountLabel", 0),
	BIND(STR, struct container_inspect, process_label, "ProcessLabel", 0),
	BIND(STR, struct container_inspect, apparmor_profile, "AppArmorProfile", 0),
	BIND(STRS, struct container_inspect, exec_ids, "ExecIDs", 0),
	BIND_NEST(OBJ, struct container_inspect, host_config, "HostConfig", 0, host_config_fields,
		struct host_config),
	BIND_NEST(OBJ, struct container_inspect, graph_driver, "GraphDriver", 0,
		graph_driver_fields, struct graph_driver),
	BIND(I64P, struct container_inspect, size_rw, "SizeRw", BIND_OMITEMPTY),
	BIND(I64P, struct container_inspect, size_root_fs, "SizeRootFs", BIND_OMITEMPTY),
	BIND_NEST(OBJS, struct container_inspect, mounts, "Mounts", BIND_EMPTY_LIST,
		mount_point_fields, struct mount_point),
	BIND_NEST(OBJ, struct container_inspect, config, "Config", 0, container_config_fields,
		struct container_config),
	BIND_NEST(OBJ, struct container_inspect, network_settings, "NetworkSettings", 0,
		network_settings_fields, struct network_settings),
	BIND_END,
};

int create_request_decode(
	struct arena *a, const struct json *body, struct create_request *out, struct err *e)
{
	*out = (struct create_request){ 0 };
	if (bind_decode(a, body, container_config_fields, &out->config, e))
		return -1;
	return bind_decode(a, body, create_beside_fields, out, e);
}

void create_request_encode(struct jsonw *w, const struct create_request *in)
{
	jsonw_obj(w);
	bind_encode_members(w, container_config_fields, &in->config);
	bind_encode_members(w, create_beside_fields, in);
	jsonw_obj_end(w);
}

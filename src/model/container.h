/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container requests and answers of the Docker API: create, wait, update, prune, the list's rows
 * (ContainerSummary) and inspect (ContainerInspectResponse).
 */
#ifndef TARE_MODEL_CONTAINER_H
#define TARE_MODEL_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bind.h"
#include "container_config.h"
#include "host_config.h"
#include "mount.h"
#include "network_settings.h"
#include "state.h"

/* The body of create: ContainerConfig's members with two objects beside them. */
struct create_request {
	struct container_config config;
	struct host_config *host_config;
	struct networking_config *networking_config;
};

struct create_response {
	const char *id;
	struct str_list warnings;
};

struct wait_error {
	const char *message;
};

struct wait_response {
	struct wait_error *error; /* absent when all went well */
	int64_t status_code;
};

struct update_response {
	struct str_list warnings;
};

struct prune_response {
	struct str_list containers_deleted;
	uint64_t space_reclaimed;
};

/* One row of ContainerSummary.Ports. */
struct port_summary {
	const char *ip;
	uint16_t private_port;
	uint16_t public_port;
	const char *type;
};

struct port_summary_list {
	struct port_summary *v;
	size_t n;
};

struct summary_host_config {
	const char *network_mode;
	struct str_map annotations;
};

struct summary_network_settings {
	struct endpoint_map networks;
};

struct container_summary {
	const char *id;
	struct str_list names; /* "/c1" */
	const char *image;
	const char *image_id;
	const char *command;
	int64_t created; /* seconds since 1970 */
	struct port_summary_list ports;
	int64_t size_rw;
	int64_t size_root_fs;
	struct str_map labels;
	const char *state;
	const char *status; /* "Up 4 seconds" */
	struct summary_host_config host_config;
	struct summary_network_settings network_settings;
	struct mount_point_list mounts;
};

struct container_summary_list {
	struct container_summary *v;
	size_t n;
};

struct graph_driver {
	struct str_map data; /* LowerDir MergedDir UpperDir WorkDir */
	const char *name;
};

struct container_inspect {
	const char *id;
	const char *created;
	const char *path;
	struct str_list args;
	struct container_state state;
	const char *image; /* "sha256:…" */
	const char *resolv_conf_path;
	const char *hostname_path;
	const char *hosts_path;
	const char *log_path;
	const char *name; /* "/c1" */
	int64_t restart_count;
	const char *driver;
	const char *platform;
	const char *mount_label;
	const char *process_label;
	const char *apparmor_profile;
	struct str_list exec_ids; /* absent: null */
	struct host_config host_config;
	struct graph_driver graph_driver;
	int64_t *size_rw; /* only with ?size=1 */
	int64_t *size_root_fs;
	struct mount_point_list mounts;
	struct container_config config;
	struct network_settings network_settings;
};

extern const struct bind_field create_response_fields[];
extern const struct bind_field wait_response_fields[];
extern const struct bind_field update_response_fields[];
extern const struct bind_field prune_response_fields[];
extern const struct bind_field container_summary_fields[];
extern const struct bind_field container_inspect_fields[];

/*
 * Reads a create body into *out (zeroed here). A body without HostConfig leaves host_config NULL, as
 * does one with null. Errors are ERR_INVALID.
 */
int create_request_decode(
	struct arena *a, const struct json *body, struct create_request *out, struct err *e);
/* Writes the body as one object; absent parts are left out. */
void create_request_encode(struct jsonw *w, const struct create_request *in);

#endif

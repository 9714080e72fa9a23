/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HostConfig of the Docker API: what ties a container to this machine. Members stand in the order
 * dockerd writes them (the general ones, the resources, the rest); pointers are values whose absence
 * differs from zero.
 */
#ifndef TARE_MODEL_HOST_CONFIG_H
#define TARE_MODEL_HOST_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bind.h"
#include "mount.h"
#include "network_settings.h"

struct log_config {
	const char *type;
	struct str_map config;
};

struct restart_policy {
	const char *name; /* "no" always unless-stopped on-failure; "" reads as no */
	int64_t maximum_retry_count;
};

struct device_mapping {
	const char *path_on_host;
	const char *path_in_container;
	const char *cgroup_permissions;
};

struct device_request {
	const char *driver;
	int64_t count;
	struct str_list device_ids;
	const char *capabilities; /* JSON text: list of lists of strings */
	struct str_map options;
};

struct ulimit {
	const char *name;
	int64_t hard;
	int64_t soft;
};

struct weight_device {
	const char *path;
	uint16_t weight;
};

struct throttle_device {
	const char *path;
	uint64_t rate;
};

struct device_mapping_list {
	struct device_mapping *v;
	size_t n;
};

struct device_request_list {
	struct device_request *v;
	size_t n;
};

struct ulimit_list {
	struct ulimit *v;
	size_t n;
};

struct weight_device_list {
	struct weight_device *v;
	size_t n;
};

struct throttle_device_list {
	struct throttle_device *v;
	size_t n;
};

struct host_config {
	struct str_list binds;
	const char *container_id_file;
	struct log_config log_config;
	const char *network_mode;
	struct port_map port_bindings;
	struct restart_policy restart_policy;
	bool auto_remove;
	const char *volume_driver;
	struct str_list volumes_from;
	const char *console_size; /* JSON text [height,width]; see host_config_console_size */
	struct str_map annotations;
	struct str_list cap_add;
	struct str_list cap_drop;
	const char *cgroupns_mode;
	struct str_list dns;
	struct str_list dns_options;
	struct str_list dns_search;
	struct str_list extra_hosts;
	struct str_list group_add;
	const char *ipc_mode;
	const char *cgroup;
	struct str_list links;
	int64_t oom_score_adj;
	const char *pid_mode;
	bool privileged;
	bool publish_all_ports;
	bool readonly_rootfs;
	struct str_list security_opt;
	struct str_map storage_opt;
	struct str_map tmpfs;
	const char *uts_mode;
	const char *userns_mode;
	int64_t shm_size;
	struct str_map sysctls;
	const char *runtime;
	const char *isolation;
	int64_t cpu_shares;
	int64_t memory;
	int64_t nano_cpus;
	const char *cgroup_parent;
	uint16_t blkio_weight;
	struct weight_device_list blkio_weight_device;
	struct throttle_device_list blkio_read_bps;
	struct throttle_device_list blkio_write_bps;
	struct throttle_device_list blkio_read_iops;
	struct throttle_device_list blkio_write_iops;
	int64_t cpu_period;
	int64_t cpu_quota;
	int64_t cpu_realtime_period;
	int64_t cpu_realtime_runtime;
	const char *cpuset_cpus;
	const char *cpuset_mems;
	struct device_mapping_list devices;
	struct str_list device_cgroup_rules;
	struct device_request_list device_requests;
	int64_t kernel_memory;
	int64_t kernel_memory_tcp;
	int64_t memory_reservation;
	int64_t memory_swap;
	int64_t *memory_swappiness;
	bool *oom_kill_disable;
	int64_t *pids_limit;
	struct ulimit_list ulimits;
	int64_t cpu_count;
	int64_t cpu_percent;
	uint64_t io_maximum_iops;
	uint64_t io_maximum_bandwidth;
	struct mount_list mounts;
	struct str_list masked_paths;	/* absent: the default list; empty: none */
	struct str_list readonly_paths; /* absent: the default list; empty: none */
	bool *init;
};

extern const struct bind_field log_config_fields[];
extern const struct bind_field restart_policy_fields[];
extern const struct bind_field host_config_fields[];

/* The two numbers of console_size; false (and zeros) when it is absent or malformed. */
bool host_config_console_size(const char *text, uint32_t *height, uint32_t *width);

#endif

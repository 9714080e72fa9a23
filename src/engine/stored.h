/* SPDX-License-Identifier: Apache-2.0 */
/* config.v2.json as a struct (feature row J.2): what persist.c converts from and to. */
#ifndef TARE_ENGINE_STORED_H
#define TARE_ENGINE_STORED_H

#include "model/container.h"

struct stored_state {
	bool running, paused, restarting, oom_killed, removal_in_progress, dead;
	int64_t pid;
	int64_t exit_code;
	const char *error;
	const char *started_at;
	const char *finished_at;
	struct health *health;
};

struct stored_mount {
	const char *source;
	const char *destination;
	bool rw;
	const char *name;
	const char *driver;
	const char *type;
	const char *mode; /* Docker calls it Relabel */
	const char *propagation;
	struct mount spec;
	bool skip_creation;
};

struct stored_mounts {
	const char **keys; /* destinations */
	struct stored_mount *v;
	size_t n;
};

struct stored_network {
	struct network_settings settings;
	const char *rest;
};

struct stored {
	const char *stream_config;
	struct stored_state state;
	const char *id;
	const char *created;
	const char *path;
	struct str_list args;
	struct container_config config;
	const char *image;
	struct stored_network network;
	const char *log_path;
	const char *name;
	const char *driver;
	const char *os;
	int64_t restart_count;
	bool was_started;
	bool was_stopped_by_hand;
	struct stored_mounts mounts;
	const char *hostname_path;
	const char *hosts_path;
	const char *resolv_conf_path;
	const char *log_cache;
	const char *cgroup_path; /* ours: linux.cgroupsPath of the current run */
	const char *rest;
};

extern const struct bind_field stored_fields[];

#endif

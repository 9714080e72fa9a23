/* SPDX-License-Identifier: Apache-2.0 */
/* What checkpoint and restore ask of CRIU: their options, and what of the spec CRIU must be told. */
#ifndef TARE_RUNTIME_CRIU_REQUEST_H
#define TARE_RUNTIME_CRIU_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "criu.pb-c.h"
#include "oci/runtime_spec.h"
#include "sys/cgroup.h"

/* Of both commands, as given. */
struct criu_options {
	const char *image_path, *work_path, *parent_path;
	bool leave_running, tcp_established, tcp_skip_in_flight, link_remap, ext_unix_sk, shell_job;
	bool file_locks, auto_dedup, lazy_pages, pre_dump;
	int64_t status_fd; /* -1: none */
	const char *page_server, *manage_cgroups_mode, *lsm_profile, *lsm_mount_context;
	struct str_list empty_ns;
};

/* The options, checked, and the directories they name, open. */
struct criu_request {
	struct arena *arena;
	const struct criu_options *options;
	const char *base; /* where relative bind sources begin: the bundle */
	const char *image_path;
	int images, work; /* directories; work -1: none of its own */
	CriuCgMode cgroups_mode;
	const char *page_server;
	uint16_t page_server_port;
	CriuOpts opts; /* what it points to is in the arena */
};

/*
 * Checks the options as runc does and in its words ("--parent-path must be relative"), opens the image directory,
 * making it where it is missing, and begins the message with what both commands say. criu_request_done in any case.
 */
int criu_request_begin(struct arena *a, const struct criu_options *o, const char *log_file,
	struct criu_request *out, struct err *e);
void criu_request_done(struct criu_request *r);

/* Mounts that are not CRIU's to dump or make: {path in the container, source}. */
void criu_put_ext_mount(struct criu_request *r, const char *key, const char *value);
/* runc's configuration file of CRIU, or the one the annotation org.criu.config names. */
void criu_put_config_file(struct criu_request *r, const struct str_map *annotations);
/* "inherit-fd": what CRIU has open as fd takes the place of key. */
void criu_put_inherit_fd(struct criu_request *r, const char *key, int fd);

enum criu_side { CRIU_SIDE_DUMP, CRIU_SIDE_RESTORE };

/*
 * Bind mounts, v1 hierarchies, masked files and devices of the spec as external mounts. root is the container's root
 * as the caller sees it: masked paths that are not there or are directories are left out.
 */
int criu_put_mounts(struct criu_request *r, enum criu_side side, const struct oci_spec *spec,
	int root, const struct cgroup_host *host, const struct cgroup *cg, struct err *e);

/* Writes the lines of CRIU's log that tell of errors to ours. */
void criu_request_quote_log(const struct criu_request *r, const char *log_file);

#endif

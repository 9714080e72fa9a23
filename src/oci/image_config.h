/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image configuration (image-spec 1.1 config.md with Docker's additions, feature row E2). The
 * image id is the sha256 of the exact bytes read, so an image is never written back from this
 * struct under the same id. Unknown members are carried in rest. Daemon-safe.
 */
#ifndef TARE_OCI_IMAGE_CONFIG_H
#define TARE_OCI_IMAGE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bind.h"
#include "base/buf.h"
#include "base/err.h"

/* Docker's HealthConfig: times in nanoseconds, 0 means "inherit". */
struct oci_healthcheck {
	struct str_list test; /* {}, {"NONE"}, {"CMD", …}, {"CMD-SHELL", "…"} */
	int64_t interval;
	int64_t timeout;
	int64_t start_period;
	int64_t start_interval;
	int32_t retries;
};

/* What a container made from the image starts with. */
struct oci_image_run {
	const char *user;
	struct str_list exposed_ports; /* "80/tcp" */
	struct str_list env;	       /* "K=V" */
	struct str_list entrypoint;
	struct str_list cmd;
	struct oci_healthcheck *healthcheck; /* NULL: none */
	bool args_escaped;
	struct str_list volumes;
	const char *working_dir;
	struct str_map labels;
	const char *stop_signal;
	struct str_list on_build;
	struct str_list shell;
	const char *rest;
};

struct oci_history {
	const char *created; /* RFC 3339 or NULL */
	const char *created_by;
	const char *author;
	const char *comment;
	bool empty_layer;
};

struct oci_history_list {
	struct oci_history *v;
	size_t n;
};

struct oci_rootfs {
	const char *type;	  /* "layers" */
	struct str_list diff_ids; /* "sha256:…", lowest layer first */
};

struct oci_image_config {
	const char *architecture;
	const char *variant;
	const char *os;
	const char *os_version;
	struct str_list os_features;
	const char *created; /* RFC 3339 or NULL */
	const char *author;
	struct oci_image_run config;
	struct oci_rootfs rootfs;
	struct oci_history_list history;
	const char *rest; /* docker_version, container_config, … */
};

extern const struct bind_field oci_healthcheck_fields[];
extern const struct bind_field oci_image_run_fields[];
extern const struct bind_field oci_history_fields[];
extern const struct bind_field oci_image_config_fields[];

/*
 * Parses text[0..n) into *out, all strings in a; without "os" it is linux, as dockerd takes it.
 * ERR_INVALID when it is not JSON, has no rootfs, a rootfs of another type than "layers", or a diff id
 * that is no sha256 digest. How many layers there are against the manifest is the caller's check.
 */
int oci_image_config_parse(
	struct arena *a, const char *text, size_t n, struct oci_image_config *out, struct err *e);
/* Appends the configuration as compact JSON, in image-spec's member order. */
void oci_image_config_write(const struct oci_image_config *c, struct buf *out);

#endif

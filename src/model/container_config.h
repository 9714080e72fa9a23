/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ContainerConfig of the Docker API: what is the same wherever the container runs. 25 members in the
 * order dockerd writes them.
 */
#ifndef TARE_MODEL_CONTAINER_CONFIG_H
#define TARE_MODEL_CONTAINER_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bind.h"

/* Times are nanoseconds; zero means "inherit". test is {"NONE"}, {"CMD", …} or {"CMD-SHELL", line}. */
struct health_config {
	struct str_list test;
	int64_t interval_ns;
	int64_t timeout_ns;
	int64_t start_period_ns;
	int64_t start_interval_ns;
	int64_t retries;
};

struct container_config {
	const char *hostname;
	const char *domainname;
	const char *user;
	bool attach_stdin;
	bool attach_stdout;
	bool attach_stderr;
	struct str_list exposed_ports; /* "80/tcp" */
	bool tty;
	bool open_stdin;
	bool stdin_once;
	struct str_list env;
	struct str_list cmd;
	struct health_config *healthcheck;
	bool args_escaped;
	const char *image;
	struct str_list volumes; /* container paths */
	const char *working_dir;
	struct str_list entrypoint;
	bool network_disabled;
	const char *mac_address;
	struct str_list on_build;
	struct str_map labels;
	const char *stop_signal;
	int64_t *stop_timeout; /* seconds; -1: wait forever */
	struct str_list shell;
};

extern const struct bind_field health_config_fields[];
extern const struct bind_field container_config_fields[];

#endif

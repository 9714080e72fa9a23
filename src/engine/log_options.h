/* SPDX-License-Identifier: Apache-2.0 */
/* HostConfig.LogConfig taken apart: drivers json-file and none (feature row J8). */
#ifndef TARE_ENGINE_LOG_OPTIONS_H
#define TARE_ENGINE_LOG_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/container.h"

struct log_options {
	bool keeps_file;   /* json-file */
	int64_t max_bytes; /* -1: no limit */
	uint32_t max_files;
	const char *attrs; /* JSON object of the labels and variables chosen, or NULL */
};

/*
 * Reads and checks the options; config gives the labels and environment that "labels" and "env" pick from. ERR_INVALID
 * "unknown log opt 'x' for json-file log driver", "max-file cannot be less than 1", "logger: no log driver named
 * 'x' is registered".
 */
int log_options_parse(struct arena *a, const struct log_config *log,
	const struct container_config *config, struct log_options *out, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The exec requests and answers of the Docker API. */
#ifndef TARE_MODEL_EXEC_H
#define TARE_MODEL_EXEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bind.h"

struct exec_config {
	const char *user;
	bool privileged;
	bool tty;
	const char
		*console_size; /* JSON text [height,width] or NULL; see host_config_console_size */
	bool attach_stdin;
	bool attach_stderr;
	bool attach_stdout;
	const char *detach_keys;
	struct str_list env;
	const char *working_dir;
	struct str_list cmd;
};

struct exec_start {
	bool detach;
	bool tty;
	const char *console_size; /* JSON text [height,width] or NULL */
};

struct exec_process {
	bool tty;
	const char *entrypoint;
	struct str_list arguments;
	bool *privileged;
	const char *user;
};

struct exec_inspect {
	const char *id;
	bool running;
	int64_t *exit_code; /* null until it ended */
	struct exec_process process;
	bool open_stdin;
	bool open_stderr;
	bool open_stdout;
	bool can_remove;
	const char *container_id;
	const char *detach_keys; /* base64, as Go writes bytes */
	int64_t pid;
};

struct exec_created {
	const char *id;
};

extern const struct bind_field exec_config_fields[];
extern const struct bind_field exec_start_fields[];
extern const struct bind_field exec_inspect_fields[];
extern const struct bind_field exec_created_fields[];

#endif

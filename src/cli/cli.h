/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call of the command line: what every command gets, and how it answers. A command returns 0, or -1
 * with the error to print; the exit code is then 1 unless it set another.
 */
#ifndef TARE_CLI_CLI_H
#define TARE_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/opt.h"
#include "base/slice.h"
#include "client/client.h"

/*
 * The name in usage and error texts. A drop-in says what scripts and people expect to read, so this is
 * docker's, whatever the program was called as.
 */
#define CLI_NAME    "docker"
#define CLI_VERSION "28.2.2" /* the docker release whose command line this is */

#define CLI_BODY_MAX ((size_t)1 << 30) /* of one answer held in memory */

struct command;

struct cli_globals {
	bool help, help_short, version, debug;
	const char *config_dir;
	const char *context;
	struct str_list hosts;
	const char *log_level;
};

struct cli {
	struct arena *arena;
	struct cli_globals globals;
	const struct command *command;
	const char *path; /* "docker container ls" */
	struct client *client;
	struct buf out;	     /* for stdout; flushed at the end, or by cli_flush */
	int exit_code;	     /* when the command fails (0: 1), or when it ends well (run, exec) */
	struct json *config; /* config.json, once it was asked for */
	bool has_config;
	bool has_warned_of_plain_text; /* credentials.c says it once */
};

/* Every command's option struct begins with this. */
struct opts_common {
	bool help, help_short;
};

/* Runs the program: argv as main got it; returns the exit code. */
int cli_main(int argc, char **argv);

/* The connection to the daemon (made at the first call); NULL with e. */
struct client *cli_client(struct cli *c, struct err *e);
/* A string from config.json ("psFormat", "detachKeys"); "" when there is none. */
const char *cli_config_str(struct cli *c, const char *key);
/* The whole config.json, or NULL. */
const struct json *cli_config(struct cli *c);
/* The folder of config.json: --config, $DOCKER_CONFIG, ~/.docker. */
const char *cli_config_dir(struct cli *c);

/* Writes what c->out holds to stdout. */
void cli_flush(struct cli *c);
/* A line on stderr, after what stdout got before. */
void cli_warn(struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Joins errors of several objects as docker does, one a line; 0 when there were none. */
struct cli_errors {
	struct buf text;
	int n;
};
void cli_errors_init(struct cli_errors *l);
void cli_errors_add(struct cli_errors *l, const char *msg);
/* Ends the list: 0, or -1 with all of them printed to stderr and exit code 1 set. */
int cli_errors_end(struct cli *c, struct cli_errors *l, struct err *e);

/* "/containers/" + escaped id + tail. */
const char *cli_path(struct cli *c, const char *kind, const char *id, const char *tail);
/* A call whose answer is dropped. */
int cli_post(struct cli *c, const char *path, struct err *e);
int cli_get_json(struct cli *c, const char *path, struct json **out, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Help pages and usage errors in docker's layout, from the tables of commands and options. */
#ifndef TARE_CLI_USAGE_H
#define TARE_CLI_USAGE_H

#include "cli.h"
#include "commands.h"

/* The help of one command under the name it was called by. */
void usage_command(struct buf *out, const struct command *cmd, const char *path);
void usage_group(struct buf *out, const struct command_group *g);
void usage_root(struct buf *out, const struct opt *globals);

/* The columns of the terminal on stdin, else 80. */
int usage_columns(void);
/* The rows of one or two tables sorted by name, wrapped before column width (0: never). */
void usage_options(struct buf *out, const struct opt *opts, const struct opt *more, int width);

/* "MSG\n\nUsage:  …\n\nRun '… --help' for more information": a wrong option. */
int usage_flag_error(const char *path, const char *args, const char *msg, struct err *e);
/* Too few or too many arguments: 0, or -1 with docker's sentence for cmd. */
int usage_check_args(const struct command *cmd, const char *path, size_t n, struct err *e);

#endif

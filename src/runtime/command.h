/* SPDX-License-Identifier: Apache-2.0 */
/* One row a command: its help, its options, its error style, and what runs it. */
#ifndef TARE_RUNTIME_COMMAND_H
#define TARE_RUNTIME_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/opt.h"
#include "runtime.h"

struct command {
	const char *name;
	const char *summary;
	const char *args; /* "<container-id>" */
	const struct opt *options;
	size_t help_offset;	  /* of the bool behind --help in its options struct */
	int min_args, max_args;	  /* max_args -1: any number */
	bool stops_at_argument;	  /* options behind the id belong to somebody else */
	const char *error_prefix; /* "runc create failed: ", or "" */
	int error_code;
	/* Returns the exit code, COMMAND_FAILED or COMMAND_MISUSED with e. argv follows the name. */
	int (*run)(const struct command *self, struct runtime *rt, int argc, char **argv,
		struct err *e);
};

#define COMMAND_FAILED	(-1) /* e gets the command's prefix and error code */
#define COMMAND_MISUSED (-2) /* wrong options or arguments: e as it stands, exit code 1 */

#define COMMAND_HELP(s) OPT(BOOL, 'h', "help", NULL, s, help, "show help")

/* All of them, NULL at the end. */
extern const struct command *const commands[];

extern const struct command command_checkpoint;
extern const struct command command_create;
extern const struct command command_delete;
extern const struct command command_events;
extern const struct command command_exec;
extern const struct command command_features;
extern const struct command command_kill;
extern const struct command command_list;
extern const struct command command_pause;
extern const struct command command_ps;
extern const struct command command_restore;
extern const struct command command_resume;
extern const struct command command_run;
extern const struct command command_spec;
extern const struct command command_start;
extern const struct command command_state;
extern const struct command command_update;

struct command_line {
	int argc;
	char **argv;
	struct str_list rest; /* positionals, filled */
};

/* Prints the command's help on stdout. */
void command_print_help(const struct command *self);
#define COMMAND_HELPED 1

/*
 * Parses the command's options into *opts and counts arguments: 0, COMMAND_HELPED when help was asked for and
 * printed, or COMMAND_MISUSED (`tare-runtime: "create" requires exactly 1 argument(s)`).
 */
int command_parse(const struct command *self, struct runtime *rt, struct command_line *line,
	void *opts, struct err *e);

#endif

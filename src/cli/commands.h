/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands: parsing, help and the two places a command is found at come from it. */
#ifndef TARE_CLI_COMMANDS_H
#define TARE_CLI_COMMANDS_H

#include "cli.h"

#define ANY_ARGS (-1)

/* How a command is called: its file's side of the row. */
struct command_impl {
	int (*run)(struct cli *c, const void *opts, const struct str_list *args, struct err *e);
	const struct opt *opts;	     /* NULL: none but --help */
	const struct opt *more_opts; /* a second table, or NULL */
	size_t opts_size;     /* of the struct they fill, which begins with struct opts_common */
	const void *defaults; /* of that struct; NULL: zeros */
	enum opt_order order;
};

struct command {
	const char *group;   /* the management command it stands in; NULL: only at the top */
	const char *name;    /* there; with group NULL: at the top */
	const char *aliases; /* further names there, with blanks between; NULL: none */
	const char *top;     /* its name at the top too; NULL: none */
	const char *args;    /* usage line behind the name */
	const char *brief;   /* NULL: not shown in lists of commands */
	int common;	     /* place among the "Common Commands", or 0 */
	int min_args, max_args;
	const struct command_impl *impl;
	/* For names docker has and this version has not: what to say; impl is NULL then. */
	const char *absent;
	const char *about; /* what its help says instead of brief; NULL: brief */
	bool is_experimental;
};

struct command_group {
	const char *name;
	const char *brief;
	const char *about; /* as a command's */
	bool is_experimental;
	const char *args; /* behind its name where a wrong call is refused; NULL: nothing */
};

/* End with name NULL. */
extern const struct command commands[];
extern const struct command_group command_groups[];

/* By its name in group (NULL: at the top), aliases included; NULL: none. */
const struct command *command_find(const char *group, const char *name);
const struct command_group *command_group_find(const char *name);

#endif

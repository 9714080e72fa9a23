/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands and what they have in common. */
#include "command.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

const struct command *const commands[] = {
	&command_checkpoint,
	&command_create,
	&command_delete,
	&command_events,
	&command_exec,
	&command_features,
	&command_kill,
	&command_list,
	&command_pause,
	&command_ps,
	&command_restore,
	&command_resume,
	&command_run,
	&command_spec,
	&command_start,
	&command_state,
	&command_update,
	NULL,
};

void command_print_help(const struct command *self)
{
	const struct opt *const tables[] = { self->options, NULL };
	own_buf text = { 0 };

	buf_init(&text, 64 * 1024);
	opt_help(tables, &text);
	printf("NAME:\n   tare-runtime %s - %s\n\nUSAGE:\n   tare-runtime %s [command options] %s\n\n"
	       "OPTIONS:\n%s\n",
		self->name, self->summary, self->name, self->args, text.data);
}

static int wrong_count(const struct command *self, int given, struct err *e)
{
	bool too_few = given < self->min_args;

	printf("Incorrect Usage.\n\n");
	command_print_help(self);
	err_set(e, ERR_INVALID, "tare-runtime: \"%s\" requires %s %d argument(s)", self->name,
		self->min_args == self->max_args ? "exactly"
		: too_few			 ? "a minimum of"
						 : "a maximum of",
		too_few ? self->min_args : self->max_args);
	return COMMAND_MISUSED;
}

int command_parse(const struct command *self, struct runtime *rt, struct command_line *line,
	void *opts, struct err *e)
{
	const struct opt *const tables[] = { self->options, NULL };

	enum opt_order order =
		self->stops_at_argument ? OPT_GO_STOP_AT_ARGUMENT : OPT_GO_INTERSPERSED;

	if (opt_parse(rt->arena, tables, order, line->argc, line->argv, opts, &line->rest, e)) {
		printf("Incorrect Usage: %s\n\n", e->msg);
		command_print_help(self);
		return COMMAND_MISUSED;
	}
	if (*(const bool *)((const char *)opts + self->help_offset)) {
		command_print_help(self);
		return COMMAND_HELPED;
	}
	int n = (int)line->rest.n;
	if (n < self->min_args || (self->max_args >= 0 && n > self->max_args))
		return wrong_count(self, n, e);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* pause and resume. */
#include "command.h"
#include "container.h"

struct pause_opts {
	bool help;
};

static const struct opt options[] = { COMMAND_HELP(struct pause_opts), OPT_END };

static int freeze_one(const struct runtime *rt, const char *id, bool freeze, struct err *e)
{
	own_container c = { 0 };

	if (container_open(rt, id, CONTAINER_LOCK, &c, e))
		return -1;
	enum container_status status = container_status(&c);
	if (freeze && status != CONTAINER_RUNNING && status != CONTAINER_CREATED)
		return err_set(e, ERR_CONFLICT, "container not running");
	if (!freeze && status != CONTAINER_PAUSED)
		return err_set(e, ERR_CONFLICT, "container not paused");
	own_cgroup cg = container_cgroup(&c, e);
	return cg ? cgroup_freeze(cg, freeze, e) : -1;
}

static int run_freeze(const struct command *self, struct runtime *rt, struct command_line *line,
	bool freeze, struct err *e)
{
	struct pause_opts o = { 0 };
	int rc = command_parse(self, rt, line, &o, e);

	if (rc)
		return rc == COMMAND_HELPED ? 0 : rc;
	return freeze_one(rt, line->rest.v[0], freeze, e);
}

static int run_pause(
	const struct command *self, struct runtime *rt, int argc, char **argv, struct err *e)
{
	struct command_line line = { argc, argv, { 0 } };

	return run_freeze(self, rt, &line, true, e);
}

static int run_resume(
	const struct command *self, struct runtime *rt, int argc, char **argv, struct err *e)
{
	struct command_line line = { argc, argv, { 0 } };

	return run_freeze(self, rt, &line, false, e);
}

const struct command command_pause = {
	.name = "pause",
	.summary = "pause suspends all processes inside the container",
	.args = "<container-id>",
	.options = options,
	.help_offset = offsetof(struct pause_opts, help),
	.min_args = 1,
	.max_args = 1,
	.error_prefix = "",
	.error_code = 1,
	.run = run_pause,
};

const struct command command_resume = {
	.name = "resume",
	.summary = "resumes all processes that have been previously paused",
	.args = "<container-id>",
	.options = options,
	.help_offset = offsetof(struct pause_opts, help),
	.min_args = 1,
	.max_args = 1,
	.error_prefix = "",
	.error_code = 1,
	.run = run_resume,
};

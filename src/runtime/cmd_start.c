/* SPDX-License-Identifier: Apache-2.0 */
/* start. */
#include "base/cleanup.h"
#include "base/log.h"
#include "command.h"
#include "destroy.h"
#include "fifo.h"
#include "hooks.h"

struct start_opts {
	bool help;
};

static const struct opt options[] = { COMMAND_HELP(struct start_opts), OPT_END };

/* A container whose poststart hook fails is ended and removed (runtime-spec, lifecycle). */
static int run_hooks(const struct runtime *rt, struct container *c, struct err *e)
{
	struct err why;
	own_buf state = { 0 };

	buf_init(&state, 1024 * 1024);
	if (!c->record.poststart.n)
		return 0;
	container_hook_state(&c->record, CONTAINER_RUNNING, c->record.pid, &state);
	const struct hook_place place = { .dir = c->record.bundle };
	if (hooks_run("poststart", &c->record.poststart, &state, &place, e) == 0)
		return 0;
	if (destroy_container(rt, c, true, &why))
		log_warn("%s: %s, ignoring", c->record.id, why.msg);
	return -1;
}

static int start_one(const struct runtime *rt, const char *id, struct err *e)
{
	own_container c = { 0 };

	if (container_open(rt, id, CONTAINER_LOCK, &c, e))
		return -1;
	own_fd pidfd = container_pidfd(&c, e);
	if (pidfd < 0)
		return err_set(e, ERR_CONFLICT, "cannot start a container that has stopped");
	return fifo_release(c.dir, pidfd, e) || run_hooks(rt, &c, e) ? -1 : 0;
}

static int run_start(
	const struct command *self, struct runtime *rt, int argc, char **argv, struct err *e)
{
	struct start_opts o = { 0 };
	struct command_line line = { argc, argv, { 0 } };
	int rc = command_parse(self, rt, &line, &o, e);

	if (rc)
		return rc == COMMAND_HELPED ? 0 : rc;
	return start_one(rt, line.rest.v[0], e);
}

const struct command command_start = {
	.name = "start",
	.summary = "executes the user defined process in a created container",
	.args = "<container-id>",
	.options = options,
	.help_offset = offsetof(struct start_opts, help),
	.min_args = 1,
	.max_args = 1,
	.error_prefix = "",
	.error_code = 1,
	.run = run_start,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* delete. */
#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "command.h"
#include "destroy.h"

struct delete_opts {
	bool force;
	bool help;
};

static const struct opt options[] = {
	COMMAND_HELP(struct delete_opts),
	OPT(BOOL, 'f', "force", NULL, struct delete_opts, force,
		"forcibly delete the container if it is still running (uses SIGKILL)"),
	OPT_END,
};

/*
 * Who holds the lock may be its maker, waiting for a hook that may be us: with init gone it gives up (hooks.c).
 */
static int kill_locked(const struct runtime *rt, const char *id, struct err *e)
{
	struct err ignored;
	own_container c = { 0 };

	if (container_open(rt, id, CONTAINER_NO_LOCK, &c, &ignored) ||
		flock(c.dir, LOCK_EX | LOCK_NB) == 0)
		return 0;
	own_fd pidfd = container_pidfd(&c, &ignored);
	if (pidfd >= 0)
		syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	else if (container_status(&c) !=
		 CONTAINER_STOPPED) /* a hook in the container's pid namespace */
		return err_set(e, ERR_CONFLICT, "cannot delete container %s from inside of it", id);
	return 0;
}

static int delete_one(const struct runtime *rt, const char *id, bool force, struct err *e)
{
	struct err why;
	own_container c = { 0 };

	if (force && kill_locked(rt, id, e))
		return -1;
	if (container_open(rt, id, CONTAINER_LOCK, &c, e)) {
		if (e->kind != ERR_NOT_FOUND)
			return -1;
		/* A create that was killed leaves a directory without record. */
		if (destroy_unfinished(rt, id, &why))
			*e = why;
		else if (force)
			return 0;
		return -1;
	}
	enum container_status status = container_status(&c);
	if (status != CONTAINER_STOPPED && status != CONTAINER_CREATED && !force)
		return err_set(e, ERR_CONFLICT,
			"cannot delete container %s that is not stopped: %s", id,
			container_status_name(status));
	return destroy_container(rt, &c, status != CONTAINER_STOPPED, e);
}

static int run_delete(
	const struct command *self, struct runtime *rt, int argc, char **argv, struct err *e)
{
	struct delete_opts o = { 0 };
	struct command_line line = { argc, argv, { 0 } };
	int rc = command_parse(self, rt, &line, &o, e);

	if (rc)
		return rc == COMMAND_HELPED ? 0 : rc;
	return delete_one(rt, line.rest.v[0], o.force, e);
}

const struct command command_delete = {
	.name = "delete",
	.summary = "delete any resources held by the container",
	.args = "<container-id>",
	.options = options,
	.help_offset = offsetof(struct delete_opts, help),
	.min_args = 1,
	.max_args = 1,
	.error_prefix = "",
	.error_code = 1,
	.run = run_delete,
};

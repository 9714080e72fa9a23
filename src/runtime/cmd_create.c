/* SPDX-License-Identifier: Apache-2.0 */
/* create and run. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/file.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "command.h"
#include "creation.h"
#include "destroy.h"
#include "foreground.h"
#include "hooks.h"
#include "seal.h"

#define O struct create_opts
#define CREATE_ROWS                                                                                          \
	COMMAND_HELP(O),                                                                                     \
		OPT(STR, 'b', "bundle", "dir", O, bundle,                                                    \
			"path to the root of the bundle directory, defaults to the current directory"),      \
		OPT(STR, 0, "console-socket", "path", O, console_socket,                                     \
			"AF_UNIX socket which will receive the master end of the console's pseudoterminal"), \
		OPT(STR, 0, "pid-file", "file", O, pid_file, "file to write the process id to"),             \
		OPT(BOOL, 0, "no-pivot", NULL, O, no_pivot,                                                  \
			"do not use pivot root to jail process inside rootfs"),                              \
		OPT(BOOL, 0, "no-new-keyring", NULL, O, no_new_keyring,                                      \
			"do not create a new session keyring for the container"),                            \
		OPT(UINT, 0, "preserve-fds", "n", O, preserve_fds,                                           \
			"pass n additional file descriptors to the container")

static const struct opt create_options[] = { CREATE_ROWS, OPT_END };

static const struct opt run_options[] = {
	CREATE_ROWS,
	OPT(BOOL, 'd', "detach", NULL, O, detach, "detach from the container's process"),
	OPT(BOOL, 0, "keep", NULL, O, keep, "do not delete the container after it exits"),
	OPT(BOOL, 0, "no-subreaper", NULL, O, no_subreaper,
		"disable the use of the subreaper used to reap reparented processes"),
	OPT_END,
};
#undef O

/* Descriptors are counted before anything of ours is open, the program secured before anything is read. */
static int begin(const struct command *self, struct runtime *rt, struct command_line *line,
	struct create_opts *o, struct err *e)
{
	int rc = command_parse(self, rt, line, o, e);

	if (rc)
		return rc;
	return creation_check_fds(o->preserve_fds, e) || seal_self(rt->argv, e) ? -1 : 0;
}

static int run_create(
	const struct command *self, struct runtime *rt, int argc, char **argv, struct err *e)
{
	struct create_opts o = { .detach = true };
	struct command_line line = { argc, argv, { 0 } };
	int rc = begin(self, rt, &line, &o, e);

	if (rc)
		return rc == COMMAND_HELPED ? 0 : rc;
	struct creation c = { .rt = rt, .opts = &o, .id = line.rest.v[0], .stands_at_fifo = true };
	rc = creation_run(&c, e);
	creation_done(&c);
	return rc;
}

/* The container goes again: its process has ended, or what follows the start failed and it must. */
static void take_back(struct creation *c, bool kill)
{
	struct container self = { c->rt->arena, c->dir, c->record };
	struct err e;

	while (flock(c->dir, LOCK_EX) && errno == EINTR)
		continue;
	/* Somebody may have deleted it meanwhile. */
	if (!fs_exists(c->dir, CONTAINER_STATE))
		return;
	if (kill ? destroy_container(c->rt, &self, true, &e)
		 : destroy_remains(c->rt, &c->record, c->cgroup, &e))
		log_warn("%s: %s, ignoring", c->id, e.msg);
}

/* poststart hooks; the container itself runs already. */
static int after_start(struct creation *c, struct err *e)
{
	own_buf state = { 0 };

	buf_init(&state, 1024 * 1024);
	if (!c->record.poststart.n)
		return 0;
	container_hook_state(&c->record, CONTAINER_RUNNING, c->init.pid, &state);
	const struct hook_place place = { .dir = c->record.bundle };
	return hooks_run("poststart", &c->record.poststart, &state, &place, e);
}

/* Makes and starts it; in the foreground waits for it. The exit code, or -1. */
static int start_and_wait(struct creation *c, struct foreground *f, struct err *e)
{
	int code = 0;

	if (creation_run(c, e))
		return -1;
	/* The lock is for making it, not for its life. */
	flock(c->dir, LOCK_UN);
	int rc = after_start(c, e);
	if (rc == 0 && !c->opts->detach)
		rc = foreground_wait(f, c->init.pid, c->init.pidfd, take_fd(&c->console), &code, e);
	if (rc || (!c->opts->detach && !c->opts->keep))
		take_back(c, rc != 0);
	return rc ? -1 : code;
}

static int run_run(
	const struct command *self, struct runtime *rt, int argc, char **argv, struct err *e)
{
	struct create_opts o = { 0 };
	struct command_line line = { argc, argv, { 0 } };
	struct foreground f = { .signals = -1, .console = -1 };
	int rc = begin(self, rt, &line, &o, e);

	if (rc)
		return rc == COMMAND_HELPED ? 0 : rc;
	if (!o.detach && foreground_begin(&f, !o.no_subreaper, e))
		return -1;
	struct creation c = { .rt = rt, .opts = &o, .id = line.rest.v[0] };
	rc = start_and_wait(&c, &f, e);
	creation_done(&c);
	foreground_end(&f);
	return rc;
}

const struct command command_create = {
	.name = "create",
	.summary = "create a container",
	.args = "<container-id>",
	.options = create_options,
	.help_offset = offsetof(struct create_opts, help),
	.min_args = 1,
	.max_args = 1,
	.error_prefix = "runc create failed: ",
	.error_code = 1,
	.run = run_create,
};

const struct command command_run = {
	.name = "run",
	.summary = "create and run a container",
	.args = "<container-id>",
	.options = run_options,
	.help_offset = offsetof(struct create_opts, help),
	.min_args = 1,
	.max_args = 1,
	.error_prefix = "runc run failed: ",
	.error_code = 1,
	.run = run_run,
};

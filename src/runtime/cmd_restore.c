/* SPDX-License-Identifier: Apache-2.0 */
/* restore: a container out of the files of a checkpoint. */
#include <errno.h>
#include <sys/file.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "command.h"
#include "destroy.h"
#include "foreground.h"
#include "restore.h"

struct restore_opts {
	struct criu_options criu;
	struct create_opts create;
};

#define O struct restore_opts
static const struct opt options[] = {
	OPT(BOOL, 'h', "help", NULL, O, create.help, "show help"),
	OPT(STR, 0, "console-socket", "path", O, create.console_socket,
		"AF_UNIX socket which will receive the master end of the console's pseudoterminal"),
	OPT(STR, 0, "image-path", "dir", O, criu.image_path,
		"path to criu image files for restoring (default: checkpoint)"),
	OPT(STR, 0, "work-path", "dir", O, criu.work_path, "path for saving work files and logs"),
	OPT(BOOL, 0, "tcp-established", NULL, O, criu.tcp_established,
		"allow open tcp connections"),
	OPT(BOOL, 0, "ext-unix-sk", NULL, O, criu.ext_unix_sk, "allow external unix sockets"),
	OPT(BOOL, 0, "shell-job", NULL, O, criu.shell_job, "allow shell jobs"),
	OPT(BOOL, 0, "file-locks", NULL, O, criu.file_locks, "handle file locks, for safety"),
	OPT(STR, 0, "manage-cgroups-mode", "mode", O, criu.manage_cgroups_mode,
		"cgroups mode: soft|full|strict|ignore (default: soft)"),
	OPT(STR, 'b', "bundle", "dir", O, create.bundle,
		"path to the root of the bundle directory, defaults to the current directory"),
	OPT(BOOL, 'd', "detach", NULL, O, create.detach, "detach from the container's process"),
	OPT(STR, 0, "pid-file", "file", O, create.pid_file, "file to write the process id to"),
	OPT(BOOL, 0, "no-subreaper", NULL, O, create.no_subreaper,
		"disable the use of the subreaper used to reap reparented processes"),
	OPT(BOOL, 0, "no-pivot", NULL, O, create.no_pivot,
		"for runc's callers: CRIU makes the root in its own way"),
	OPT(LIST, 0, "empty-ns", "name", O, criu.empty_ns,
		"create a namespace, but don't restore its properties"),
	OPT(BOOL, 0, "auto-dedup", NULL, O, criu.auto_dedup,
		"enable auto deduplication of memory images"),
	OPT(BOOL, 0, "lazy-pages", NULL, O, criu.lazy_pages,
		"use userfaultfd to lazily restore memory pages"),
	OPT(STR, 0, "lsm-profile", "type:name", O, criu.lsm_profile,
		"LSM profile to be used during restore"),
	OPT(STR, 0, "lsm-mount-context", "context", O, criu.lsm_mount_context,
		"LSM mount context to be used during restore"),
	OPT_END,
};
#undef O

/* The container goes again, its process with it when we could not wait for that. */
static void take_back(struct creation *c, bool kill)
{
	struct container self = { c->rt->arena, c->dir, c->record };
	struct err e;

	while (flock(c->dir, LOCK_EX) && errno == EINTR)
		continue;
	if (destroy_container(c->rt, &self, kill, &e))
		log_warn("%s: %s, ignoring", c->id, e.msg);
}

static int restore_and_wait(struct restore *r, struct foreground *f, struct err *e)
{
	struct creation *c = &r->creation;
	int code = 0;

	if (restore_run(r, e))
		return -1;
	if (c->opts->detach)
		return 0;
	/* The lock is for making it, not for its life. */
	flock(c->dir, LOCK_UN);
	int rc = foreground_wait(f, c->init.pid, c->init.pidfd, take_fd(&c->console), &code, e);
	take_back(c, rc != 0);
	return rc ? -1 : code;
}

static int run_restore(
	const struct command *self, struct runtime *rt, int argc, char **argv, struct err *e)
{
	struct restore_opts o = { .criu.status_fd = -1 };
	struct command_line line = { argc, argv, { 0 } };
	struct foreground f = { .signals = -1, .console = -1 };
	int rc = command_parse(self, rt, &line, &o, e);

	if (rc)
		return rc == COMMAND_HELPED ? 0 : rc;
	if (!o.create.detach && foreground_begin(&f, !o.create.no_subreaper, e))
		return -1;
	struct restore r = {
		.creation = { .rt = rt, .opts = &o.create, .id = line.rest.v[0] },
		.options = &o.criu,
	};
	rc = restore_and_wait(&r, &f, e);
	creation_done(&r.creation);
	foreground_end(&f);
	return rc;
}

const struct command command_restore = {
	.name = "restore",
	.summary = "restore a container from a previous checkpoint",
	.args = "<container-id>",
	.options = options,
	.help_offset = offsetof(struct restore_opts, create.help),
	.min_args = 1,
	.max_args = 1,
	.error_prefix = "",
	.error_code = 1,
	.run = run_restore,
};

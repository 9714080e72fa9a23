/* SPDX-License-Identifier: Apache-2.0 */
/* kill. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "command.h"
#include "container.h"
#include "sys/signals.h"

struct kill_opts {
	bool all;
	bool help;
};

static const struct opt options[] = {
	COMMAND_HELP(struct kill_opts),
	OPT(BOOL, 'a', "all", NULL, struct kill_opts, all,
		"send the specified signal to all processes inside the container"),
	OPT_END,
};

/* Any number goes to the kernel, which refuses what it does not know; 0 only asks whether it is there. */
static int parse_signal(const char *text, int *out, struct err *e)
{
	uint16_t number;

	if (parse_u16(slice_str(text), &number)) {
		*out = number;
		return 0;
	}
	if (signal_parse(text, out, e))
		return err_set(e, ERR_INVALID, "unknown signal \"%s\"", text);
	return 0;
}

static int signal_init(struct container *c, int pidfd, int sig, struct err *e)
{
	if (syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0)) {
		if (errno == ESRCH)
			return err_set(e, ERR_CONFLICT, "container not running");
		return err_set(
			e, ERR_INVALID, "unable to signal init: %s", runtime_errno_text(errno));
	}
	if (sig != SIGKILL)
		return 0;
	own_cgroup cg = container_cgroup(c, e);
	if (!cg)
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	/* Without a pid namespace of its own, init's end would leave the others alive. */
	if (!c->record.own_pid_ns && cgroup_kill(cg, SIGKILL, e))
		return -1;
	/* On v1 a frozen process dies only when thawed. */
	return cgroup_is_frozen(cg) ? cgroup_freeze(cg, false, e) : 0;
}

static int kill_one(const struct runtime *rt, const struct str_list *args, bool all, struct err *e)
{
	own_container c = { 0 };
	int sig = SIGTERM;

	if (container_open(rt, args->v[0], CONTAINER_NO_LOCK, &c, e))
		return -1;
	if (args->n > 1 && parse_signal(args->v[1], &sig, e))
		return -1;
	if (all) {
		own_cgroup cg = container_cgroup(&c, e);
		if (cg)
			return cgroup_kill(cg, sig, e);
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	}
	own_fd pidfd = container_pidfd(&c, e);
	if (pidfd < 0)
		return err_set(e, ERR_CONFLICT, "container not running");
	return signal_init(&c, pidfd, sig, e);
}

static int run_kill(
	const struct command *self, struct runtime *rt, int argc, char **argv, struct err *e)
{
	struct kill_opts o = { 0 };
	struct command_line line = { argc, argv, { 0 } };
	int rc = command_parse(self, rt, &line, &o, e);

	if (rc)
		return rc == COMMAND_HELPED ? 0 : rc;
	return kill_one(rt, &line.rest, o.all, e);
}

const struct command command_kill = {
	.name = "kill",
	.summary = "sends the specified signal (default: SIGTERM) to the container's init process",
	.args = "<container-id> [signal]",
	.options = options,
	.help_offset = offsetof(struct kill_opts, help),
	.min_args = 1,
	.max_args = 2,
	.error_prefix = "",
	.error_code = 1,
	.run = run_kill,
};

/* SPDX-License-Identifier: Apache-2.0 */
/* events: what a container uses, every so often, and when the OOM killer struck in it. */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "command.h"
#include "container.h"
#include "sys/cgroup.h"
#include "sys/cgroup_stats.h"
#include "usage.h"

#define LINE_MAX_BYTES (16 * 1024 * 1024)
#define DEFAULT_NS     (INT64_C(5) * 1000000000)

struct events_opts {
	int64_t interval_ns;
	bool stats;
	bool help;
};

static const struct opt options[] = {
	COMMAND_HELP(struct events_opts),
	OPT(DURATION, 0, "interval", "duration", struct events_opts, interval_ns,
		"set the stats collection interval (default: 5s)"),
	OPT(BOOL, 0, "stats", NULL, struct events_opts, stats,
		"display the container's stats then exit"),
	OPT_END,
};

struct watch {
	const char *id;
	struct cgroup *cg;
	int oom;  /* as of cgroup_oom_fd */
	int init; /* pidfd; -1: init has ended */
	uint64_t oom_kills;
	int64_t interval_ns;
};

static int show_stats(const struct watch *w, struct err *e)
{
	struct cgroup_stats stats;
	own_arena a = arena_new();
	own_buf line = { 0 };

	buf_init(&line, LINE_MAX_BYTES);
	if (cgroup_read_stats(w->cg, a, &stats, e))
		return -1;
	usage_write_event(&stats, w->id, &line);
	return io_write(STDOUT_FILENO, line.data, line.len, e);
}

static int show_oom(const struct watch *w, struct err *e)
{
	struct jsonw j;
	own_buf line = { 0 };

	buf_init(&line, LINE_MAX_BYTES);
	jsonw_init(&j, &line, NULL);
	jsonw_obj(&j);
	jsonw_kstr(&j, "type", "oom");
	jsonw_kstr(&j, "id", w->id);
	jsonw_obj_end(&j);
	buf_char(&line, '\n');
	return io_write(STDOUT_FILENO, line.data, line.len, e);
}

/* Others may live on when init has ended, in a container that shares its pid namespace. */
static bool is_empty(const struct watch *w)
{
	own_arena a = arena_new();
	struct pid_list pids;
	struct err none;

	return cgroup_pids(w->cg, a, &pids, &none) || pids.n == 0;
}

/*
 * On v1 the event comes before the victim is counted, and once more when the group goes; on v2 it tells of every
 * change of memory.events.
 */
static int hear_oom(struct watch *w, struct err *e)
{
	struct cgroup_stats stats;
	own_arena a = arena_new();
	struct err none;
	char ignored[4096];

	while (read(w->oom, ignored, sizeof(ignored)) > 0)
		continue;
	if (cgroup_read_stats(w->cg, a, &stats, &none))
		return 0;
	uint64_t kills = cgroup_oom_kills(w->cg);
	bool struck = stats.version == CGROUP_V1 || kills > w->oom_kills;
	w->oom_kills = kills;
	return struck ? show_oom(w, e) : 0;
}

static int wait_until(struct watch *w, int64_t due_ns, struct pollfd fds[2], struct err *e)
{
	int64_t left_ns = due_ns - clock_monotonic_ns();
	int64_t left_ms = left_ns <= 0 ? 0 : (left_ns + 999999) / 1000000;

	fds[0] = (struct pollfd){ .fd = w->oom, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = w->init, .events = POLLIN };
	if (poll(fds, 2, left_ms > INT32_MAX ? INT32_MAX : (int)left_ms) < 0 && errno != EINTR)
		return err_sys(e, "poll");
	return 0;
}

/* Until nobody is left in the container. */
static int follow(struct watch *w, struct err *e)
{
	int64_t due_ns = clock_monotonic_ns() + w->interval_ns;
	struct pollfd fds[2];

	for (;;) {
		if (wait_until(w, due_ns, fds, e))
			return -1;
		if (fds[0].revents && hear_oom(w, e))
			return -1;
		if (fds[1].revents)
			close(take_fd(&w->init));
		if (w->init < 0 && is_empty(w))
			return 0;
		if (clock_monotonic_ns() < due_ns)
			continue;
		if (show_stats(w, e)) {
			if (e->kind == ERR_CANCELLED)
				return -1;
			log_error("%s", e->msg);
		}
		due_ns = clock_monotonic_ns() + w->interval_ns;
	}
}

static int watch_one(struct container *c, const struct events_opts *o, struct err *e)
{
	own_fd init = container_pidfd(c, e);

	if (init < 0)
		return err_set(
			e, ERR_CONFLICT, "container with id %s is not running", c->record.id);
	own_cgroup cg = container_cgroup(c, e);
	if (!cg)
		return -1;
	struct watch w = { c->record.id, cg, -1, take_fd(&init), cgroup_oom_kills(cg),
		o->interval_ns };
	if (o->stats)
		return show_stats(&w, e);
	own_fd oom = cgroup_oom_fd(cg, e);
	if (oom < 0)
		return -1;
	w.oom = oom;
	return follow(&w, e);
}

static int run_events(
	const struct command *self, struct runtime *rt, int argc, char **argv, struct err *e)
{
	struct events_opts o = { .interval_ns = DEFAULT_NS };
	struct command_line line = { argc, argv, { 0 } };
	own_container c = { .dir = -1 };
	int rc = command_parse(self, rt, &line, &o, e);

	if (rc)
		return rc == COMMAND_HELPED ? 0 : rc;
	if (container_open(rt, line.rest.v[0], CONTAINER_NO_LOCK, &c, e))
		return -1;
	if (o.interval_ns <= 0)
		return err_set(e, ERR_INVALID, "duration interval must be greater than 0");
	return watch_one(&c, &o, e);
}

const struct command command_events = {
	.name = "events",
	.summary = "display container events such as OOM notifications and resource usage",
	.args = "<container-id>",
	.options = options,
	.help_offset = offsetof(struct events_opts, help),
	.min_args = 1,
	.max_args = 1,
	.error_prefix = "",
	.error_code = 1,
	.run = run_events,
};

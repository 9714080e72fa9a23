/* SPDX-License-Identifier: Apache-2.0 */
/* Probing. Timers are the watcher's; each probe is done by one of its workers. */
#include "health.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/slice.h"
#include "base/unit.h"
#include "engine/exec.h"
#include "engine_int.h"
#include "exec_int.h"
#include "persist.h"
#include "model/copy.h"
#include "watch.h"

#define SECOND	    1000000000LL
#define TIMEOUT	    (30 * SECOND)
#define OUTPUT_MOST 4096
/* After the output's end the exit code comes at once. */
#define EXIT_WAIT_MS 5000

struct probe {
	struct engine *eng;
	struct container *c;
	struct arena *arena;
	char exec_id[ID_HEX + 1];
	char output[OUTPUT_MOST + sizeof("...")];
	size_t n_output;
	bool is_cut;
};

/* ---- one probe ---- */

/* {"CMD", …} as it is, {"CMD-SHELL", line} by the container's shell. */
static int command(
	struct arena *a, const struct container_config *c, struct str_list *out, struct err *e)
{
	const struct str_list *test = &c->healthcheck->test;

	*out = (struct str_list){ 0 };
	if (str_eq(test->v[0], "CMD-SHELL")) {
		if (c->shell.n) {
			str_list_copy(a, &c->shell, out);
		} else {
			str_list_add(a, out, "/bin/sh");
			str_list_add(a, out, "-c");
		}
	} else if (!str_eq(test->v[0], "CMD")) {
		return err_set(
			e, ERR_INVALID, "Unknown probe type '%s' (expected 'CMD')", test->v[0]);
	}
	for (size_t i = 1; i < test->n; i++)
		str_list_add(a, out, test->v[i]);
	return 0;
}

static int start(struct probe *p, int fd, struct err *e)
{
	struct exec_config config = { .attach_stdout = true, .attach_stderr = true };
	struct exec_start how = { 0 };
	struct engine_client client = {
		.fd = fd, .is_stdout = true, .is_stderr = true, .is_raw = true
	};
	int rc = command(p->arena, &p->c->config, &config.cmd, e);

	if (rc == 0)
		rc = engine_exec_create(p->eng, p->c->id, &config, p->exec_id, e);
	if (rc == 0)
		rc = engine_exec_start(p->eng, p->exec_id, &how, &client, e);
	if (client.fd >= 0)
		close(client.fd);
	return rc;
}

static void keep(struct probe *p, const char *data, size_t n)
{
	size_t room = OUTPUT_MOST - p->n_output;

	if (n > room)
		p->is_cut = true;
	n = n > room ? room : n;
	memcpy(p->output + p->n_output, data, n);
	p->n_output += n;
}

/* Reads the output to its end: 1, or 0 when at (monotonic) came first, or -1 when the daemon ends. */
static int read_output(struct probe *p, int fd, int64_t at)
{
	char piece[4096];

	for (;;) {
		struct pollfd fds[2] = { { .fd = fd, .events = POLLIN },
			{ .fd = watch_closing_fd(p->eng->watcher), .events = POLLIN } };
		int64_t left = (at - clock_monotonic_ns()) / 1000000;
		ssize_t n;

		if (left <= 0)
			return 0;
		if (poll(fds, 2, left > 60000 ? 60000 : (int)left + 1) < 0 || fds[0].revents == 0) {
			if (fds[1].revents)
				return -1;
			continue;
		}
		n = read(fd, piece, sizeof(piece));
		if (n <= 0)
			return 1;
		keep(p, piece, (size_t)n);
	}
}

static int64_t exit_code(struct probe *p)
{
	int64_t until = clock_monotonic_ns() + EXIT_WAIT_MS * 1000000LL;

	while (clock_monotonic_ns() < until) {
		struct exec_inspect x;
		struct err e;

		if (engine_exec_inspect(p->eng, p->arena, p->exec_id, &x, &e))
			return -1;
		if (x.exit_code)
			return *x.exit_code;
		poll(NULL, 0, 5);
	}
	return -1;
}

static char *timeout_text(const struct probe *p, int64_t timeout_ns)
{
	char text[UNIT_TEXT];
	const char *after = arena_printf(p->arena, "Health check exceeded timeout (%s)%s%.*s",
		unit_duration(text, timeout_ns), p->n_output ? ": " : "", (int)p->n_output,
		p->output);

	return strdup(after);
}

/* -1: the daemon ends, nothing is known. */
static int wait_result(
	struct probe *p, int fd, int64_t timeout_ns, int64_t began, struct health_entry *out)
{
	int rc = read_output(p, fd, began + timeout_ns);

	if (rc < 0)
		return -1;
	if (rc == 0) {
		struct err e;

		if (engine_exec_kill(p->eng, p->exec_id, SIGKILL, &e))
			log_debug("ctr %s: health check: %s", p->c->id, e.msg);
		out->exit_code = -1;
		out->output = timeout_text(p, timeout_ns);
		return 0;
	}
	out->exit_code = exit_code(p);
	memcpy(p->output + p->n_output, p->is_cut ? "..." : "", p->is_cut ? 4 : 1);
	out->output = strdup(p->output);
	return 0;
}

static int run(struct probe *p, struct health_entry *out)
{
	int64_t timeout_ns = p->c->config.healthcheck->timeout_ns;
	int64_t began = clock_monotonic_ns();
	int ends[2], rc;
	struct err e;

	out->start_ns = clock_now_ns();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -1;
	own_fd in = ends[0];
	if (start(p, ends[1], &e)) {
		out->exit_code = -1;
		out->output = strdup(e.msg);
		rc = 0;
	} else {
		rc = wait_result(p, in, timeout_ns ? timeout_ns : TIMEOUT, began, out);
	}
	out->end_ns = clock_now_ns();
	return rc;
}

/* ---- again and again ---- */

static bool is_current(const struct ctr_life *l, uint32_t run_now)
{
	return l->run == run_now && (l->state == CTR_RUNNING || l->state == CTR_PAUSED);
}

static int64_t age(const struct container *c, int64_t now_ns)
{
	return now_ns - c->life.started_ns;
}

static void due(struct engine *eng, struct container *c, uint32_t run_now);

static void schedule(struct engine *eng, struct container *c, uint32_t run_now)
{
	int64_t ns;

	pthread_mutex_lock(&c->lock);
	ns = health_interval(&c->health, c->config.healthcheck, age(c, clock_now_ns()));
	pthread_mutex_unlock(&c->lock);
	ns /= 1000000;
	watch_after(
		eng->watcher, c, run_now, ns > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)ns, due);
}

/* True when its status has changed. The container may have ended under the probe: then the result says nothing. */
static bool settle(struct container *c, uint32_t run_now, struct health_entry *result)
{
	own_lock guard = lock_take(&c->lock);

	if (!is_current(&c->life, run_now)) {
		free(result->output);
		return false;
	}
	return health_take(&c->health, c->config.healthcheck, result, age(c, result->start_ns));
}

static void publish(struct engine *eng, struct container *c)
{
	own_arena a = arena_new();
	const char *status;

	pthread_mutex_lock(&c->lock);
	status = health_status_name(c->health.status);
	pthread_mutex_unlock(&c->lock);
	ctr_event(eng, c, arena_printf(a, "health_status: %s", status), NULL);
	log_info("ctr %s: %s", c->id, status);
}

/* A paused container cannot answer; it is asked again later. */
static void due(struct engine *eng, struct container *c, uint32_t run_now)
{
	own_arena a = arena_new();
	struct probe p = { .eng = eng, .c = c, .arena = a };
	struct health_entry result = { 0 };
	struct ctr_life l = ctr_life(c);

	if (!is_current(&l, run_now))
		return;
	if (l.state == CTR_RUNNING) {
		if (run(&p, &result))
			return;
		if (settle(c, run_now, &result)) {
			publish(eng, c);
			persist_state(c);
		}
	}
	l = ctr_life(c);
	if (is_current(&l, run_now))
		schedule(eng, c, run_now);
}

void health_begin(struct engine *eng, struct container *c, uint32_t run_now)
{
	if (!health_is_checked(&c->config))
		return;
	pthread_mutex_lock(&c->lock);
	c->health.status = HEALTH_STARTING;
	c->health.streak = 0;
	pthread_mutex_unlock(&c->lock);
	schedule(eng, c, run_now);
}

void health_resume(struct engine *eng, struct container *c, uint32_t run_now)
{
	if (health_is_checked(&c->config))
		schedule(eng, c, run_now);
}

void health_end(struct container *c)
{
	if (health_is_checked(&c->config))
		c->health.status = HEALTH_UNHEALTHY;
}

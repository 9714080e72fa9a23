/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running the runtime: its command line is runc's (feature rows D14, D15, D19). One call at a time; its end
 * comes as SIGCHLD. What it logs goes to MONITOR_LOG, which the daemon reads when it fails.
 */
#include "monitor/monitor_int.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CALL_ARGS (MON_RUNTIME_ARGS + 20)

struct call {
	const char *argv[CALL_ARGS];
	unsigned n;
	char log[PATH_MAX], pid[PATH_MAX], process[PATH_MAX], console[64];
};

extern char **environ;

static void call_add(struct call *c, const char *arg)
{
	c->argv[c->n++] = arg; /* CALL_ARGS has room for all there can be */
	c->argv[c->n] = NULL;
}

static void call_add_pair(struct call *c, const char *name, const char *value)
{
	call_add(c, name);
	call_add(c, value);
}

/* RUNTIME [ARGS] --root R --log FILE --log-format json VERB */
static void call_begin(struct call *c, const struct mon *m, const char *verb)
{
	const struct mon_args *a = &m->args;

	c->n = 0;
	snprintf(c->log, sizeof(c->log), "%s/%s", a->dir, MONITOR_LOG);
	snprintf(c->pid, sizeof(c->pid), "%s/%s", a->dir, MONITOR_PID);
	snprintf(c->process, sizeof(c->process), "%s/%s", a->dir, MONITOR_PROCESS);
	/* The runtime connects through us: the real path may be too long for sun_path. */
	snprintf(c->console, sizeof(c->console), "/proc/%d/fd/%d/%s", (int)getpid(), m->dir_fd,
		MONITOR_CONSOLE);
	call_add(c, a->runtime);
	for (unsigned i = 0; i < a->n_runtime_args; i++)
		call_add(c, a->runtime_args[i]);
	if (a->root)
		call_add_pair(c, "--root", a->root);
	call_add_pair(c, "--log", c->log);
	call_add_pair(c, "--log-format", "json");
	call_add(c, verb);
}

/*
 * The child between vfork and exec: shares our memory until it is gone, so it only makes system
 * calls. Returns the errno when there is nothing to execute.
 */
static int call_become(const struct mon *m, const struct call *c)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(m->input.child_fd, 0) < 0 || dup2(m->outputs[0].child_fd, 1) < 0 ||
		dup2(m->outputs[1].child_fd, 2) < 0)
		return errno;
	execve(c->argv[0], (char *const *)(uintptr_t)c->argv, environ);
	return errno;
}

static bool call_run(struct mon *m, const struct call *c)
{
	volatile int failed = 0;
	pid_t pid = vfork();

	if (pid == 0) {
		failed = call_become(m, c);
		_exit(127);
	}
	if (pid < 0)
		failed = errno;
	if (failed) {
		m->n_text = (size_t)snprintf(
			m->text, sizeof(m->text), "exec %s: %s", c->argv[0], strerror(failed));
		if (m->n_text >= sizeof(m->text))
			m->n_text = sizeof(m->text) - 1;
		return false; /* a child there was is reaped with the others */
	}
	m->call_pid = pid;
	return true;
}

/* With the container's stdio, of which our copies are closed afterwards. */
static bool call_run_with_stdio(struct mon *m, struct call *c)
{
	call_add_pair(c, "--pid-file", c->pid);
	if (m->args.tty)
		call_add_pair(c, "--console-socket", c->console);
	call_add(c, m->args.id);
	bool ok = call_run(m, c);
	stdio_close_child_ends(m);
	return ok;
}

bool call_create(struct mon *m)
{
	struct call c;

	call_begin(&c, m, "create");
	call_add_pair(&c, "--bundle", m->args.bundle ? m->args.bundle : m->args.dir);
	return call_run_with_stdio(m, &c);
}

bool call_exec(struct mon *m)
{
	struct call c;

	call_begin(&c, m, "exec");
	call_add_pair(&c, "--process", c.process);
	call_add(&c, "--detach");
	return call_run_with_stdio(m, &c);
}

bool call_start(struct mon *m)
{
	struct call c;

	call_begin(&c, m, "start");
	call_add(&c, m->args.id);
	/* Its complaints are in its log; the container's stdio is not its business. */
	m->input.child_fd = m->outputs[0].child_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	m->outputs[1].child_fd = m->outputs[0].child_fd;
	bool ok = call_run(m, &c);
	close(m->input.child_fd);
	m->input.child_fd = m->outputs[0].child_fd = m->outputs[1].child_fd = -1;
	return ok;
}

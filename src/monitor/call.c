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
#include <sys/syscall.h>
#include <unistd.h>

#define CALL_ARGS (MON_RUNTIME_ARGS + 20)
#define CALL_TEXT (4 * PATH_MAX)

/* One command line. It lies in m->chunk, which nobody else needs while a call is made. */
struct call {
	const char *argv[CALL_ARGS];
	unsigned n;
	size_t n_text;
	char text[CALL_TEXT]; /* the arguments made here, one behind the other */
};

_Static_assert(sizeof(struct call) <= MON_CHUNK, "a call fits the scratch buffer");

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

/* name and the path of file in the run directory. A path that is cut ends in a runtime's error. */
static void call_add_file(struct call *c, const struct mon *m, const char *name, const char *file)
{
	char *at = c->text + c->n_text;
	size_t room = CALL_TEXT - c->n_text;
	int n = snprintf(at, room, "%s/%s", m->args.dir, file);

	call_add_pair(c, name, at);
	c->n_text += (size_t)n < room ? (size_t)n + 1 : room;
}

/* RUNTIME [ARGS] --root R --log FILE --log-format json VERB */
static struct call *call_begin(const struct mon *m, const char *verb)
{
	struct call *c = (struct call *)(void *)m->chunk;
	const struct mon_args *a = &m->args;

	c->n = 0;
	c->n_text = 0;
	call_add(c, a->runtime);
	for (unsigned i = 0; i < a->n_runtime_args; i++)
		call_add(c, a->runtime_args[i]);
	if (a->root)
		call_add_pair(c, "--root", a->root);
	call_add_file(c, m, "--log", MONITOR_LOG);
	call_add_pair(c, "--log-format", "json");
	call_add(c, verb);
	return c;
}

/*
 * tare-runtime must run from a file no container can write, and would execute itself once more to get there
 * (doc/runtime.md, "The program file"): a detached read-only mount of its file saves it that. Whatever fails here,
 * a kernel before 5.12 or a runtime that is a script, is left to the plain execve behind it.
 */
static void call_execute_sealed(const char *path, char *const *argv)
{
	/* struct mount_attr; its first member, attr_set, is MOUNT_ATTR_RDONLY */
	static const uint64_t readonly[4] = { 1 };
	long fd = syscall(SYS_open_tree, AT_FDCWD, path, 1 /* OPEN_TREE_CLONE */ | O_CLOEXEC);

	if (fd < 0)
		return;
	if (syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, readonly, sizeof(readonly)) == 0)
		syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
	close((int)fd);
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
	char *const *argv = (char *const *)(uintptr_t)c->argv;
	if (!m->args.starts_by_runtime)
		call_execute_sealed(argv[0], argv);
	execve(argv[0], argv, environ);
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
			m->text, MONITOR_TEXT_MAX, "exec %s: %s", c->argv[0], strerror(failed));
		if (m->n_text >= MONITOR_TEXT_MAX)
			m->n_text = MONITOR_TEXT_MAX - 1;
		return false; /* a child there was is reaped with the others */
	}
	m->call_pid = pid;
	return true;
}

/* With the container's stdio, of which our copies are closed afterwards. */
static bool call_run_with_stdio(struct mon *m, struct call *c)
{
	char console[64];

	call_add_file(c, m, "--pid-file", MONITOR_PID);
	/* The runtime connects through us: the real path may be too long for sun_path. */
	snprintf(console, sizeof(console), "/proc/%d/fd/%d/%s", (int)getpid(), m->dir_fd,
		MONITOR_CONSOLE);
	if (m->args.tty)
		call_add_pair(c, "--console-socket", console);
	call_add(c, m->args.id);
	bool ok = call_run(m, c);
	stdio_close_child_ends(m);
	return ok;
}

bool call_create(struct mon *m)
{
	struct call *c = call_begin(m, "create");

	call_add_pair(c, "--bundle", m->args.bundle ? m->args.bundle : m->args.dir);
	return call_run_with_stdio(m, c);
}

bool call_exec(struct mon *m)
{
	struct call *c = call_begin(m, "exec");

	call_add_file(c, m, "--process", MONITOR_PROCESS);
	call_add(c, "--detach");
	return call_run_with_stdio(m, c);
}

bool call_start(struct mon *m)
{
	struct call *c = call_begin(m, "start");
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	call_add(c, m->args.id);
	/* Its complaints are in its log; the container's stdio is not its business. */
	m->input.child_fd = m->outputs[0].child_fd = m->outputs[1].child_fd = null;
	bool ok = call_run(m, c);
	close(null);
	m->input.child_fd = m->outputs[0].child_fd = m->outputs[1].child_fd = -1;
	return ok;
}

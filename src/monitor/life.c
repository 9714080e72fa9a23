/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The phases of a container (or exec): creating, created, starting, running, and its end. Children are
 * reaped here. The order at the end is what `docker wait; docker logs` relies on: drain the pipes, finish
 * the log, write the exit file, tell the controllers, then let the clients have their rest.
 */
#include "monitor/monitor_int.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static void life_fail(struct mon *m)
{
	m->phase = MONITOR_FAILED;
	ctl_unlisten(m);
	ctl_event(m, MONITOR_STATE);
	ctl_answer_start(m);
	clients_close(m); /* not shut down: the daemon's copies may still say why */
	m->is_done = true;
}

/* Our own trouble, in the form "what: why". */
static void life_fail_errno(struct mon *m, const char *what, int error)
{
	int n = snprintf(m->text, MONITOR_TEXT_MAX, "monitor: %s: %s", what, strerror(error));

	m->n_text = n < 0 ? 0 : (size_t)n < MONITOR_TEXT_MAX ? (size_t)n : MONITOR_TEXT_MAX - 1;
	life_fail(m);
}

/* --- the end --- */

/* exit: "code signal started finished pid", replaced atomically. Nothing to do when it fails: the
 * controllers are told too. */
static void life_write_exit(struct mon *m)
{
	char text[160];
	int n = snprintf(text, sizeof(text), "%d %d %lld %lld %d\n", m->exit_code, m->signal,
		(long long)m->started_ns, (long long)m->finished_ns, (int)m->pid);
	int fd = openat(
		m->dir_fd, MONITOR_EXIT ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	if (write(fd, text, (size_t)n) == n)
		renameat(m->dir_fd, MONITOR_EXIT ".new", m->dir_fd, MONITOR_EXIT);
	close(fd);
}

void life_outputs_ended(struct mon *m)
{
	if (!m->has_exited || m->call_pid || m->phase >= MONITOR_EXITED)
		return;
	outputs_close(m);
	m->phase = MONITOR_EXITED;
	m->timer[MON_TIMER_DRAIN] = m->timer[MON_TIMER_STALL] = 0;
	life_write_exit(m);
	ctl_unlisten(m);
	ctl_event(m, MONITOR_STATE);
	ctl_answer_start(m);
	jsonlog_close(&m->log);
	clients_finish(m);
}

/*
 * All of a container's processes are gone with its first one, and what they wrote is in the pipes. Only
 * a process outside its pid namespace may hold them open still.
 */
static void life_process_ended(struct mon *m, int status)
{
	m->has_exited = true;
	m->finished_ns = mon_now_ns();
	m->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	m->exit_code = m->signal ? 128 + m->signal : WEXITSTATUS(status);
	watch_close(m, &m->fifo);
	input_shut(m); /* a hung-up terminal would be reported for ever */
	if (m->slave >= 0)
		close(m->slave);
	m->slave = -1;
	if (!m->is_copying || outputs_drain(m)) {
		life_outputs_ended(m);
		return;
	}
	outputs_update(m);
	m->timer[MON_TIMER_DRAIN] = mon_monotonic_ns() + MON_DRAIN_NS;
}

/* --- the beginning --- */

/* The kernel's OOM killer should look elsewhere. Without CAP_SYS_RESOURCE it cannot be had. */
static void life_protect(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "-999", 4) < 0)
		errno = 0;
	close(fd);
}

/* The runtime's --pid-file; 0 when there is none. */
static pid_t life_read_pid(const struct mon *m)
{
	char text[24] = "";
	int fd = openat(m->dir_fd, MONITOR_PID, O_RDONLY | O_CLOEXEC);
	pid_t pid = 0;

	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	for (ssize_t i = 0; i < n && i < 10 && text[i] >= '0' && text[i] <= '9'; i++)
		pid = pid * 10 + (text[i] - '0');
	return pid;
}

static void life_running(struct mon *m)
{
	m->phase = MONITOR_RUNNING;
	m->started_ns = mon_now_ns();
	ctl_event(m, MONITOR_STATE);
	ctl_answer_start(m);
}

/* Lies in the scratch buffer. */
static const char *life_fifo_path(const struct mon *m)
{
	snprintf((char *)m->chunk, MON_CHUNK, "%s/%s/exec.fifo",
		m->args.root ? m->args.root : "/run/runc", m->args.id);
	return (const char *)m->chunk;
}

/* The container's first process waits in open(exec.fifo); our reading end lets it go. */
static void life_open_fifo(struct mon *m)
{
	m->fifo.fd = open(life_fifo_path(m), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (m->fifo.fd < 0)
		life_fail_errno(m, "open exec.fifo", errno);
	else
		watch_set(m, &m->fifo, EPOLLIN);
}

void life_fifo_ready(struct mon *m, unsigned index, uint32_t events)
{
	char byte[64];

	(void)index;
	(void)events;
	if (read(m->fifo.fd, byte, sizeof(byte)) < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	watch_close(m, &m->fifo);
	unlink(life_fifo_path(m));
	life_running(m);
}

static void life_let_go(struct mon *m)
{
	m->phase = MONITOR_STARTING;
	if (!m->args.starts_by_runtime)
		life_open_fifo(m);
	else if (!call_start(m))
		life_fail(m);
}

int life_start(struct mon *m)
{
	if (m->is_start_wanted)
		return EALREADY;
	m->is_start_wanted = true;
	if (m->args.exec_id && m->phase == MONITOR_CREATING) {
		m->phase = MONITOR_STARTING;
		if (!call_exec(m))
			life_fail(m);
	} else if (m->phase == MONITOR_CREATED) {
		life_let_go(m);
	}
	return 0; /* a container still being made is let go when it is */
}

/* create or exec succeeded: there is a process with our stdio. */
static void life_call_made_process(struct mon *m)
{
	m->pid = life_read_pid(m);
	if (m->pid == 0) {
		life_fail_errno(m, "read the runtime's pid file", ENOENT);
		return;
	}
	if (m->args.tty && !console_receive(m)) {
		life_fail_errno(m, "receive the terminal from the runtime", ENXIO);
		return;
	}
	stdio_begin(m);
	life_protect();
	if (m->args.exec_id) {
		life_running(m);
		return;
	}
	m->phase = MONITOR_CREATED;
	ctl_event(m, MONITOR_STATE);
	if (m->is_start_wanted)
		life_let_go(m);
}

static void life_call_done(struct mon *m, int status)
{
	m->call_pid = 0;
	if (status != 0) {
		m->runtime_status = WIFEXITED(status) ? (uint32_t)WEXITSTATUS(status)
						      : (uint32_t)(128 + WTERMSIG(status));
		if (m->pid == 0)
			stdio_read_error(m);
		life_fail(m);
	} else if (m->pid == 0) {
		life_call_made_process(m);
	} else {
		life_running(m); /* a foreign runtime's start */
	}
}

/* While the process's pid is not known, only the runtime is reaped: nobody's status is lost. */
static void life_reap(struct mon *m)
{
	int status;
	pid_t pid;

	if (m->call_pid && waitpid(m->call_pid, &status, WNOHANG) == m->call_pid)
		life_call_done(m, status);
	if (m->is_done || (m->call_pid && m->pid == 0))
		return;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == m->pid && !m->has_exited)
			life_process_ended(m, status);
		else if (pid == m->call_pid)
			life_call_done(m, status);
	}
	/* It ended while a foreign runtime's start was at work. */
	if (m->has_exited && m->outputs[0].watch.fd < 0 && m->outputs[1].watch.fd < 0)
		life_outputs_ended(m);
}

void life_signal_ready(struct mon *m, unsigned index, uint32_t events)
{
	struct signalfd_siginfo info[4];
	ssize_t n;

	(void)index;
	(void)events;
	do { /* SIGTERM and the like are read and forgotten: the container's end is ours */
		n = read(m->signals.fd, info, sizeof(info));
	} while (n > 0);
	life_reap(m);
}

int life_kill(struct mon *m, int sig)
{
	pid_t pid = m->pid ? m->pid : m->call_pid;

	if (pid == 0 || m->has_exited)
		return ESRCH;
	return kill(pid, sig) < 0 ? errno : 0; /* our child, not reaped yet: it is still itself */
}

void life_orphaned(struct mon *m)
{
	if (m->phase != MONITOR_CREATING)
		return;
	if (ctl_has_controllers(m)) {
		m->timer[MON_TIMER_ORPHAN] = mon_monotonic_ns() + MON_ORPHAN_NS;
		return;
	}
	clients_close(m);
	ctl_unlisten(m);
	m->is_done = true;
}

void life_begin(struct mon *m)
{
	static const struct {
		const char *what;
		int (*open)(struct mon *m);
		bool only_tty;
	} parts[] = {
		{ "make the container's stdio", stdio_open, false },
		{ "listen on the console socket", console_listen, true },
	};

	m->phase = MONITOR_CREATING;
	/* An earlier run of the container must not speak for this one. */
	unlinkat(m->dir_fd, MONITOR_EXIT, 0);
	unlinkat(m->dir_fd, MONITOR_PID, 0);
	unlinkat(m->dir_fd, MONITOR_LOG, 0);
	ctl_open(m);
	if (m->bind_error) {
		life_fail_errno(m, "listen on the control socket", m->bind_error);
		return;
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		int rc = parts[i].only_tty && !m->args.tty ? 0 : parts[i].open(m);
		if (rc) {
			life_fail_errno(m, parts[i].what, rc);
			return;
		}
	}
	if (m->args.exec_id)
		m->timer[MON_TIMER_ORPHAN] = mon_monotonic_ns() + MON_ORPHAN_NS;
	int rc = jsonlog_open(&m->log);
	if (rc)
		life_fail_errno(m, "open the container's log", rc);
	else if (!m->args.exec_id && !call_create(m))
		life_fail(m);
}

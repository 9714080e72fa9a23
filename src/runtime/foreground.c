/* SPDX-License-Identifier: Apache-2.0 */
/* One poll loop over signals, the process, our stdin and its terminal. */
#include "foreground.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "sys/pty.h"

struct relay {
	struct foreground *f;
	pid_t pid;
	int pidfd;
	bool ended;
	int code;
	bool stdin_open;
	char typed[4096]; /* from stdin, not yet taken by the terminal */
	size_t n_typed;
};

int foreground_begin(struct foreground *f, bool subreaper, struct err *e)
{
	sigset_t all;

	*f = (struct foreground){ .signals = -1, .console = -1 };
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL))
		return err_sys(e, "block signals");
	f->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (f->signals < 0)
		return err_sys(e, "signalfd");
	if (subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1))
		return err_sys(e, "become subreaper");
	return 0;
}

void foreground_end(struct foreground *f)
{
	if (f->is_raw)
		tcsetattr(STDIN_FILENO, TCSANOW, f->saved);
	free(take(f->saved));
	f->is_raw = false;
	if (f->console >= 0)
		close(take_fd(&f->console));
	if (f->signals >= 0)
		close(take_fd(&f->signals));
}

static void copy_size(int console)
{
	struct winsize size;
	struct err e;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0 &&
		pty_resize(console, size.ws_row, size.ws_col, &e))
		log_debug("%s, ignoring", e.msg);
}

static int take_terminal(struct foreground *f, int console, struct err *e)
{
	f->console = console;
	if (console < 0)
		return 0;
	if (io_set_nonblock(console, 1))
		return err_sys(e, "set terminal non-blocking");
	if (!isatty(STDIN_FILENO))
		return 0;
	f->saved = calloc(1, sizeof(struct termios));
	if (!f->saved)
		abort();
	if (pty_raw(STDIN_FILENO, f->saved, e))
		return -1;
	f->is_raw = true;
	copy_size(console);
	return 0;
}

/* Reaps whatever became ours; remembers how the process itself ended. */
static void reap(struct relay *r)
{
	for (;;) {
		siginfo_t info = { 0 };
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) || info.si_pid == 0)
			return;
		if (info.si_pid != r->pid)
			continue;
		r->ended = true;
		r->code = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	}
}

static void handle_signals(struct relay *r)
{
	struct signalfd_siginfo s;

	while (read(r->f->signals, &s, sizeof(s)) == sizeof(s)) {
		if (s.ssi_signo == SIGCHLD)
			reap(r);
		else if (s.ssi_signo == SIGWINCH && r->f->console >= 0)
			copy_size(r->f->console);
		else if (s.ssi_signo != SIGPIPE)
			syscall(SYS_pidfd_send_signal, r->pidfd, (int)s.ssi_signo, NULL, 0);
	}
}

static void read_stdin(struct relay *r)
{
	struct err e;
	ssize_t n = io_read_some(STDIN_FILENO, r->typed, sizeof(r->typed), &e);

	r->stdin_open = n > 0;
	r->n_typed = n > 0 ? (size_t)n : 0;
}

static void write_console(struct relay *r)
{
	ssize_t n = write(r->f->console, r->typed, r->n_typed);

	if (n < 0)
		return;
	r->n_typed -= (size_t)n;
	memmove(r->typed, r->typed + n, r->n_typed);
}

/* False when there is nothing more: EIO, all slaves are closed; EAGAIN, for now. */
static bool copy_output(struct relay *r)
{
	char chunk[8192];
	struct err e;
	ssize_t n = read(r->f->console, chunk, sizeof(chunk));

	return n > 0 && io_write(STDOUT_FILENO, chunk, (size_t)n, &e) == 0;
}

static int turn(struct relay *r, struct err *e)
{
	int console = r->f->console;
	short want = (short)(POLLIN | (r->n_typed ? POLLOUT : 0));
	struct pollfd fds[] = {
		{ .fd = r->f->signals, .events = POLLIN },
		{ .fd = console, .events = want },
		{ .fd = console >= 0 && r->stdin_open && !r->n_typed ? STDIN_FILENO : -1,
			.events = POLLIN },
	};

	if (poll(fds, 3, -1) < 0 && errno != EINTR)
		return err_sys(e, "poll");
	if (fds[0].revents)
		handle_signals(r);
	if (fds[2].revents)
		read_stdin(r);
	if (fds[1].revents & POLLOUT)
		write_console(r);
	/* A hang-up without data: nobody has the terminal open; only the end is left to wait for. */
	if (fds[1].revents & (POLLIN | POLLHUP) && !copy_output(r) && fds[1].revents & POLLHUP)
		close(take_fd(&r->f->console));
	return 0;
}

int foreground_wait(
	struct foreground *f, pid_t pid, int pidfd, int console, int *code, struct err *e)
{
	struct relay r = { .f = f, .pid = pid, .pidfd = pidfd, .stdin_open = true };

	if (take_terminal(f, console, e))
		return -1;
	/* It may have ended before the first SIGCHLD could be told from others. */
	reap(&r);
	while (!r.ended)
		if (turn(&r, e))
			return -1;
	while (f->console >= 0 && copy_output(&r))
		continue;
	*code = r.code;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spawning. The child shares our memory (CLONE_VM | CLONE_VFORK) until exec, on a stack of its own,
 * with all signals blocked: it may only call async-signal-safe functions and must not touch errno of
 * other threads (it has this thread's TLS, so errno is saved by the suspended parent).
 *
 * Under the thread sanitizer the child gets memory of its own by an ordinary fork: the sanitizer's record
 * of who holds what would otherwise be that of two processes at once, and its reports worth nothing.
 */
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"
#include "cleanup.h"
#include "fault.h"
#include "io.h"
#include "slice.h"

#define CHILD_STACK (64 * 1024)
#define FD_PARK	    200 /* children move their fds above this before placing them */

struct child {
	const struct proc_spec *spec;
	const char *path;
	sigset_t mask;
	int failed; /* errno of what went wrong before or at exec */
	int report; /* where to write it if our memory is not the parent's, else -1 */
};

/* Moves the wanted fds out of the way first, so that placing one never closes another. */
static int child_place_fds(const struct proc_spec *s)
{
	int count = 3 + (int)s->n_pass_fds;

	for (int i = 0; i < count; i++) {
		const int std[] = { s->fd_in, s->fd_out, s->fd_err };
		int fd = i < 3 ? std[i] : s->pass_fds[i - 3];
		if (fd < 0)
			fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fd < 0 || dup3(fd, FD_PARK + i, O_CLOEXEC) < 0)
			return -1;
	}
	for (int i = 0; i < count; i++)
		if (dup2(FD_PARK + i, i) < 0)
			return -1;
	/* Whatever else is open closes itself at exec, even if someone forgot O_CLOEXEC. */
	return close_range((unsigned)count, ~0U, CLOSE_RANGE_CLOEXEC);
}

static void child_reset_signals(const sigset_t *mask)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };

	for (int sig = 1; sig < _NSIG; sig++)
		sigaction(sig, &dfl, NULL);
	sigprocmask(SIG_SETMASK, mask, NULL);
}

static int child_main(void *arg)
{
	struct child *c = arg;
	const struct proc_spec *s = c->spec;
	sigset_t none;

	sigemptyset(&none);
	if ((s->new_session && setsid() < 0) || (s->cwd_fd >= 0 && fchdir(s->cwd_fd)) ||
		child_place_fds(s) || (s->die_with_parent && prctl(PR_SET_PDEATHSIG, SIGKILL)))
		goto failed;
	child_reset_signals(&none);
	execve(c->path, (char *const *)s->argv, s->env ? (char *const *)s->env : environ);
failed:
	c->failed = errno;
	if (c->report >= 0 && write(c->report, &c->failed, sizeof(c->failed)) < 0)
		_exit(126);
	_exit(127);
}

static int find_in_path(const char *name, char *out, size_t size)
{
	struct slice rest = slice_str(getenv("PATH")), dir;

	if (strchr(name, '/'))
		return snprintf(out, size, "%s", name) < (int)size ? 0 : -1;
	if (!rest.n)
		rest = slice_str("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	while (rest.n) {
		slice_cut(rest, ':', &dir, &rest);
		int n = snprintf(out, size, "%.*s/%s", (int)dir.n, dir.p, name);
		if (dir.n && n < (int)size && access(out, X_OK) == 0)
			return 0;
	}
	errno = ENOENT;
	return -1;
}

#ifdef __SANITIZE_THREAD__
/* fork(2) by its own name is refused by banned.h, for the daemon's sake; the sanitizer follows this one. */
extern pid_t proc_copy(void) __asm__("fork");

/* As vfork: returns when the child has left our program, by exec or by its end. */
static pid_t start_child(struct child *c, int *pidfd)
{
	sigset_t all;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -1;
	own_fd from = fds[0];
	own_fd low = fds[1];
	/* Above every fd that the child places. */
	own_fd to = fcntl(low, F_DUPFD_CLOEXEC, 2 * FD_PARK);
	if (to < 0)
		return -1;
	close(take_fd(&low));
	c->report = to;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &c->mask);
	pid_t pid = proc_copy();
	if (pid == 0)
		child_main(c);
	int failed = errno;
	pthread_sigmask(SIG_SETMASK, &c->mask, NULL);
	if (pid > 0) {
		close(take_fd(&to));
		while (read(from, &c->failed, sizeof(c->failed)) < 0 && errno == EINTR)
			;
		*pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	}
	errno = failed;
	return pid;
}
#else
static pid_t start_child(struct child *c, int *pidfd)
{
	void *stack = mmap(NULL, CHILD_STACK, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED)
		return -1;
	sigset_t all;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &c->mask);
	pid_t pid = clone(child_main, (char *)stack + CHILD_STACK,
		CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, c, pidfd);
	int failed = errno;
	pthread_sigmask(SIG_SETMASK, &c->mask, NULL);
	munmap(stack, CHILD_STACK);
	errno = failed;
	return pid;
}
#endif

int proc_spawn(const struct proc_spec *s, struct proc *out, struct err *e)
{
	char path[PATH_MAX];
	struct child c = { .spec = s, .path = path, .report = -1 };

	*out = (struct proc){ .pid = -1, .pidfd = -1 };
	if (fault_point("spawn", e))
		return -1;
	if (find_in_path(s->path, path, sizeof(path)))
		return err_sys(e, "exec %s", s->path);
	out->pid = start_child(&c, &out->pidfd);
	if (out->pid < 0)
		return err_sys(e, "clone for %s", s->path);
	if (!c.failed)
		return 0;
	waitpid(out->pid, NULL, 0);
	proc_done(out);
	errno = c.failed;
	return err_sys(e, "exec %s", s->path);
}

int proc_wait(struct proc *p, int timeout_ms, int *status, struct err *e)
{
	siginfo_t info = { 0 };

	if (timeout_ms >= 0) {
		int ready = io_wait_readable(p->pidfd, timeout_ms, e);
		if (ready <= 0)
			return ready < 0 ? -1 : 1;
	}
	while (waitid(P_PIDFD, (id_t)p->pidfd, &info, WEXITED))
		if (errno != EINTR)
			return err_sys(e, "wait for process %d", p->pid);
	*status = info.si_code == CLD_EXITED
			  ? info.si_status << 8
			  : info.si_status | (info.si_code == CLD_DUMPED ? 0x80 : 0);
	return 0;
}

int proc_kill(const struct proc *p, int sig, struct err *e)
{
	if (syscall(SYS_pidfd_send_signal, p->pidfd, sig, NULL, 0))
		return err_sys(e, "signal process %d", p->pid);
	return 0;
}

void proc_done(struct proc *p)
{
	if (p->pidfd >= 0)
		close(p->pidfd);
	*p = (struct proc){ .pid = -1, .pidfd = -1 };
}

static int gather(int fd, struct buf *output, struct err *e)
{
	for (;;) {
		char chunk[4096];
		ssize_t n = io_read_some(fd, chunk, sizeof(chunk), e);
		if (n <= 0)
			return (int)n;
		buf_add(output, chunk, (size_t)n);
	}
}

int proc_run(const struct proc_spec *s, struct buf *output, int *status, struct err *e)
{
	struct proc_spec spec = *s;
	struct proc p;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return err_sys(e, "pipe");
	own_fd from = fds[0];
	own_fd to = fds[1];
	spec.fd_out = spec.fd_err = to;
	if (proc_spawn(&spec, &p, e))
		return -1;
	close(take_fd(&to));
	int rc = gather(from, output, e);
	struct err wait_err;
	if (proc_wait(&p, -1, status, rc ? &wait_err : e))
		rc = -1;
	proc_done(&p);
	return rc;
}

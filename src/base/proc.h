/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only file that makes processes from a (possibly threaded) program: clone(CLONE_VM |
 * CLONE_VFORK | CLONE_PIDFD) and exec; the child calls async-signal-safe functions only. The
 * parent's page tables are never copied. (runtime/, single-threaded, has its own clone3.)
 */
#ifndef TARE_BASE_PROC_H
#define TARE_BASE_PROC_H

#include <stdbool.h>
#include <sys/types.h>

#include "err.h"

struct proc_spec {
	const char *path;	   /* file to execute; looked up in PATH when without a slash */
	const char *const *argv;   /* NULL-terminated */
	const char *const *env;	   /* NULL-terminated; NULL: the parent's */
	int fd_in, fd_out, fd_err; /* become 0, 1, 2; -1: /dev/null */
	const int *pass_fds;	   /* further fds, become 3, 4, … in order */
	size_t n_pass_fds;
	int cwd_fd;	      /* directory fd to start in, or -1 */
	bool new_session;     /* setsid(2) */
	bool die_with_parent; /* PR_SET_PDEATHSIG SIGKILL; only from a thread that outlives the child */
};
#define PROC_SPEC_INIT                                                \
	{                                                             \
		.fd_in = -1, .fd_out = -1, .fd_err = -1, .cwd_fd = -1 \
	}

struct proc {
	pid_t pid;
	int pidfd; /* owned: proc_done closes it */
};

/* Starts it; a failed exec is reported here, not as an exit code. All other fds are closed on exec. */
int proc_spawn(const struct proc_spec *s, struct proc *out, struct err *e);
/* Waits for its end and reaps it: *status as of waitpid(2). timeout_ms -1: forever; 1 = timed out. */
int proc_wait(struct proc *p, int timeout_ms, int *status, struct err *e);
/* Signals it through the pidfd (no pid reuse). */
int proc_kill(const struct proc *p, int sig, struct err *e);
void proc_done(struct proc *p);

/* Spawns, waits, and gathers stdout+stderr (at most max bytes): 0 and *status, or -1. */
struct buf;
int proc_run(const struct proc_spec *s, struct buf *output, int *status, struct err *e);

/* The directory of the running program ("/usr/bin"), for finding its siblings. Static storage. */
const char *proc_self_dir(void);
/* Writes the path of another program of ours (beside us, else in ../libexec/tare) to out. */
int proc_sibling(const char *name, char *out, size_t size, struct err *e);

#endif

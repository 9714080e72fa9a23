/* SPDX-License-Identifier: Apache-2.0 */
/* The program: start the command, then wait for signals until it is gone. Nothing else is done here. */
#include "init/init_int.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Signals of our own mistakes stay deadly; everything else is waited for. */
static void block_signals(sigset_t *out, sigset_t *before)
{
	static const int fatal[] = { SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS };

	sigfillset(out);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		sigdelset(out, fatal[i]);
	sigprocmask(SIG_SETMASK, out, before);
}

/* Between vfork and exec: a process group of its own, in the terminal's foreground if there is one. */
static int become(char **command, const sigset_t *mask)
{
	if (setpgid(0, 0) < 0)
		return errno;
	tcsetpgrp(0, getpgrp()); /* no terminal: nothing to be in front of */
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(command[0], command);
	return errno;
}

/* Starts the command; does not return when that fails. */
static pid_t start(char **command, const sigset_t *mask)
{
	volatile int failed = 0;
	pid_t pid = vfork();

	if (pid == 0) {
		failed = become(command, mask);
		_exit(127);
	}
	if (pid < 0)
		failed = errno;
	if (failed) {
		dprintf(2, "tare-init: exec %s: %s\n", command[0], strerror(failed));
		_exit(init_exec_code(failed));
	}
	return pid;
}

/* Reaps all there is. When the command was among it, we are done too. */
static void reap(pid_t child)
{
	int status, result = -1;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == child)
			result = init_exit_code(status);
	if (result >= 0)
		_exit(result);
}

static void serve(const struct init_options *o, const sigset_t *set, pid_t child)
{
	for (;;) {
		int sig = sigwaitinfo(set, NULL);
		if (sig == SIGCHLD)
			reap(child);
		else if (sig > 0 && child)
			kill(o->to_group ? -child : child, sig);
		else if (sig == SIGTERM || sig == SIGINT)
			_exit(0);
	}
}

int main(int argc, char **argv)
{
	struct init_options o;
	sigset_t set, before;
	const char *bad = init_parse(argv, &o);

	(void)argc;
	if (!bad && o.is_version) {
		dprintf(1, "tare-init version %s\n", TARE_VERSION);
		return 0;
	}
	if (bad || (!o.command && !o.is_pause)) {
		dprintf(2,
			"tare-init: %s%s\nusage: tare-init [-g] [--] COMMAND [ARG...] | --pause\n",
			bad ? "unknown argument " : "no command", bad ? bad : "");
		return 1;
	}
	block_signals(&set, &before);
	serve(&o, &set, o.command ? start(o.command, &before) : 0);
	return 1;
}

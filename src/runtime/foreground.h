/* SPDX-License-Identifier: Apache-2.0 */
/* Standing in for a container's process: `run` and `exec` without --detach. */
#ifndef TARE_RUNTIME_FOREGROUND_H
#define TARE_RUNTIME_FOREGROUND_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

struct foreground {
	int signals; /* signalfd */
	int console; /* terminal's master, -1: the process has our own stdio */
	bool is_raw; /* our terminal was changed; saved is how it was */
	void *saved; /* struct termios */
};

/*
 * Before the process is made: blocks all signals and keeps them for it; with subreaper its orphans become
 * ours.
 */
int foreground_begin(struct foreground *f, bool subreaper, struct err *e);
/*
 * Passes signals on and relays the terminal (console is the master or -1; taken over) until the process ends.
 * *code is its exit code, 128 + n when signal n ended it.
 */
int foreground_wait(
	struct foreground *f, pid_t pid, int pidfd, int console, int *code, struct err *e);
/* Gives the terminal back its settings. */
void foreground_end(struct foreground *f);

#endif

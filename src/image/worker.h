/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tare-layer process and what it says (layer/proto.h). Whoever spawns one is a thread that outlives it: the kernel
 * kills it together with that thread.
 */
#ifndef TARE_IMAGE_WORKER_H
#define TARE_IMAGE_WORKER_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/proc.h"
#include "layer/proto.h"

struct worker {
	struct proc proc;
	int socket; /* poll it for messages; -1: ended and reaped, or never spawned */
};
#define WORKER_NONE          \
	{                    \
		.socket = -1 \
	}

/* tare-layer's path: as given, else (NULL) beside this program, else in ../libexec/tare. */
const char *worker_program(struct arena *a, const char *given);

/* The descriptors it gets (proto.h says which it needs), -1: none. They stay the caller's. */
struct worker_fds {
	int stream, dir, split;
};
/* args: its arguments without the program's name, NULL-terminated. */
int worker_spawn(const char *program, const char *const *args, const struct worker_fds *fds,
	struct worker *out, struct err *e);

/*
 * The next message, waited for. 0 with *msg of any type but ERROR; -1 with what the worker says is wrong, or how it
 * ended without a word: it is reaped then. Texts in *msg end in NUL.
 */
int worker_receive(struct worker *w, struct layer_msg *msg, struct err *e);
/* After its last message: reaps it. */
void worker_finish(struct worker *w);
/* Kills it if it still runs, and reaps it. */
void worker_stop(struct worker *w);

/*
 * Waits for DONE; progress (may be NULL) is told of each PROGRESS and ends it all by -1. *done is checked: a sha256 and
 * a size that can be.
 */
int worker_await(struct worker *w, int (*progress)(void *arg, int64_t bytes, struct err *e),
	void *arg, struct layer_done *done, struct err *e);
/* The same check for who receives by himself. */
int worker_check_done(const struct layer_done *done, struct err *e);

#endif

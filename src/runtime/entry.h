/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last stretch, the same for a container's init and for exec: a process that is root in the right
 * namespaces becomes the user's program.
 */
#ifndef TARE_RUNTIME_ENTRY_H
#define TARE_RUNTIME_ENTRY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "oci/runtime_spec.h"
#include "sys/seccomp.h"

struct entry {
	struct arena *arena;
	const struct oci_process *process;
	const struct oci_personality *personality;     /* NULL: none */
	const struct oci_memory_policy *memory_policy; /* NULL: none */
	const struct seccomp_program *seccomp;	       /* NULL: no filter */
	int channel;				       /* the child's end */
	unsigned preserve_fds;			       /* 3 … 2 + this stay open */
	unsigned listen_fds;			       /* of those, how many LISTEN_FDS announces */
	int fifo;	     /* init's end of exec.fifo to stand at, -1: go at once */
	bool stays_dumpable; /* at the fifo: else an ordinary user could not enter what he made */
	const struct oci_hook_list *start_hooks; /* startContainer; NULL: none */
	const struct buf *hook_state;
};

/* Step 1, while still privileged: scheduling policy and I/O priority. */
int entry_schedule(const struct oci_process *p, struct err *e);

/*
 * Step 2, in the container's root: labels, user, directory, capabilities, program, seccomp, then READY, exec.fifo,
 * hooks, execve. Returns only on failure, with -1 when the parent may still be told; after READY with a
 * fifo nobody listens any more, so it writes the error to stderr and ends with 255.
 */
int entry_go(const struct entry *en, struct err *e);

#endif

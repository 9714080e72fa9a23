/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line between the calling process (parent) and the process that becomes the container's (child).
 * Order of events; those in brackets only when the spec asks for them:
 *
 *	child → parent				parent → child
 *						[MAPPED: uid_map and gid_map are written]
 *						[GROUPS: the cgroup is there to be joined]
 *						GO: state.json and pid file are written
 *	[SOURCE i: bind source of mount i]	[SOURCE + detached mount, or FAILED]
 *	[HOOKS: the root is mounted]		[GO_ON: prestart and createRuntime have run]
 *	[CONSOLE + master fd]
 *	[LIMITS]				[GO_ON: the process's rlimits are set]
 *	[LISTENER + seccomp fd]			[GO_ON: the agent has it]
 *	READY (create): next is exec.fifo
 *	FAILED + struct err at any time
 *
 * A child that will ask for a SOURCE waits for GO before it mounts: the parent listens only afterwards.
 *
 * The child's end is close-on-exec, so for run and exec the end of file says that execve succeeded. The parent's end
 * of file tells a child that waits that its parent died; one that does not is killed by PDEATHSIG.
 */
#ifndef TARE_RUNTIME_CHANNEL_H
#define TARE_RUNTIME_CHANNEL_H

#include <sys/types.h>

#include "base/err.h"

enum channel_type {
	CHANNEL_END, /* the other side closed (exec succeeded, or it died) */
	CHANNEL_MAPPED,
	CHANNEL_GROUPS,
	CHANNEL_SOURCE,
	CHANNEL_HOOKS,
	CHANNEL_GO_ON,
	CHANNEL_CONSOLE,
	CHANNEL_GO,
	CHANNEL_LIMITS,
	CHANNEL_LISTENER,
	CHANNEL_READY,
	CHANNEL_FAILED,
};

/* Makes both ends, close-on-exec. */
int channel_open(int *parent, int *child, struct err *e);
/* Sends a message, with fd unless it is -1 and number: the child's pid as seen outside for GO, a mount's for SOURCE. */
int channel_send(int end, enum channel_type type, int fd, pid_t number, struct err *e);
/* Parent: the same, but a child that is gone already is no error: what it said last is still to be read. */
int channel_tell(int end, enum channel_type type, pid_t number, struct err *e);
int channel_send_failure(int end, const struct err *what, struct err *e);

struct channel_message {
	enum channel_type type;
	pid_t number;
	int fd;		    /* the receiver's; -1 when none came */
	struct err failure; /* CHANNEL_FAILED */
};
/* Waits for the next message; end of file is CHANNEL_END, not an error. */
int channel_recv(int end, struct channel_message *out, struct err *e);
/* Child: waits for this message; anything else (the parent died) is an error. *number may be NULL. */
int channel_expect(int end, enum channel_type type, pid_t *number, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joining a client's connection to a container's stdio. The connection goes to the container's monitor as a
 * file descriptor; the daemon copies no byte. Before the container runs it is parked and handed over at start.
 */
#ifndef TARE_ENGINE_ATTACH_H
#define TARE_ENGINE_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"

/* What an answer's head needs to know before the connection is given away. */
struct engine_stdio {
	char id[ID_HEX + 1]; /* of the container, or of the exec */
	bool tty;	     /* raw stream, else framed (feature row B5) */
};

/*
 * Whether name can be attached to now; *out says how. ERR_CONFLICT "container x is paused, unpause the
 * container before attach" and the like. detach_keys (may be NULL) is checked here: ERR_INVALID
 * "Invalid detach keys (x) provided".
 */
int engine_attach_check(struct engine *eng, const char *name, const char *detach_keys,
	struct engine_stdio *out, struct err *e);

struct engine_client {
	int fd; /* the client's stream socket */
	bool is_stdin, is_stdout, is_stderr;
	bool is_raw; /* no frames, though there is no terminal: for who reads it himself */
	const char *detach_keys; /* NULL or "": ctrl-p,ctrl-q */
	const void *early;	 /* bytes of stdin the HTTP side already read */
	size_t n_early;
	/* Sent to fd when nothing can come between client and container any more, and before any output: the
	 * client may start the container as soon as it has read this. NULL: nothing. */
	const void *greeting;
	size_t n_greeting;
};

/*
 * Attaches. On success client->fd is the engine's (its number is -1 afterwards): it is closed when the
 * container's output ends or the client detaches. On error it stays the caller's. Event attach (and detach).
 */
int engine_attach(
	struct engine *eng, const char *name, struct engine_client *client, struct err *e);

/* Size of the terminal. ERR_CONFLICT when it does not run. Event resize. */
int engine_resize(
	struct engine *eng, const char *name, uint16_t rows, uint16_t columns, struct err *e);

#endif

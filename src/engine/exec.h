/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Further processes in a running container. An exec is made (create), started once, and remembered until
 * the container ends. Unknown ids are ERR_NOT_FOUND "No such exec instance: x".
 */
#ifndef TARE_ENGINE_EXEC_H
#define TARE_ENGINE_EXEC_H

#include "engine/attach.h"
#include "engine/engine.h"
#include "model/exec.h"

/*
 * Makes an exec in container name. ERR_CONFLICT "container <64> is not running" or "container x is paused,
 * unpause the container before exec"; ERR_INVALID "No exec command specified". Event "exec_create: cmd".
 */
int engine_exec_create(struct engine *eng, const char *name, const struct exec_config *c,
	char out_id[ID_HEX + 1], struct err *e);

/* Whether exec id can be started now and how its stream looks. ERR_CONFLICT when it ran or runs. */
int engine_exec_check(struct engine *eng, const char *id, struct engine_stdio *out, struct err *e);

/*
 * Starts it. client NULL: detached. Otherwise as engine_attach: on success the descriptor is the
 * engine's, on error it stays the caller's, who writes the text to it (as dockerd does: the head is out by
 * then). s->console_size is the terminal's first size. A command that cannot be executed is ERR_INVALID "OCI
 * runtime exec failed: …" and leaves exit code 126 or 127. Events "exec_start: cmd", exec_die.
 */
int engine_exec_start(struct engine *eng, const char *id, const struct exec_start *s,
	struct engine_client *client, struct err *e);

/* Sends a signal to its process. Not running is fine. */
int engine_exec_kill(struct engine *eng, const char *id, int sig, struct err *e);

int engine_exec_resize(
	struct engine *eng, const char *id, uint16_t rows, uint16_t columns, struct err *e);

int engine_exec_inspect(struct engine *eng, struct arena *a, const char *id,
	struct exec_inspect *out, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs that move a container through its life. Which verb is allowed in which state is one table
 * (container.h); what it refuses is refused here with Docker's sentence.
 */
#ifndef TARE_ENGINE_LIFECYCLE_H
#define TARE_ENGINE_LIFECYCLE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "model/container.h"
#include "model/filters.h"

struct engine_create {
	const char *name;	   /* NULL or "": adjective_surname; a leading '/' is allowed */
	const char *platform;	   /* as in the query ("linux/amd64"); NULL: any the host runs */
	struct create_request *rq; /* host_config NULL: defaults */
};

/*
 * Makes a container (state created): checks everything, reserves the name, makes its read-write layer and
 * files. out->id and warnings lie in a. Errors: ERR_NOT_FOUND "No such image: x:latest", ERR_CONFLICT for the
 * name (feature row B17), ERR_INVALID or ERR_NOT_IMPLEMENTED naming the option. Event create.
 */
int engine_create(struct engine *eng, struct arena *a, const struct engine_create *c,
	struct create_response *out, struct err *e);

/*
 * Starts a container; attachments parked before see its output from the first byte. ERR_NOT_MODIFIED when it
 * runs. A command that cannot be executed is ERR_INVALID with the runtime's text and leaves exit code
 * 126 or 127 in the state (128 for anything else). Event start.
 */
int engine_start(struct engine *eng, const char *name, struct err *e);

struct engine_stop {
	const char *signal; /* NULL: the container's StopSignal, else SIGTERM */
	bool has_timeout;   /* else the container's StopTimeout, else 10 s */
	int64_t timeout_s;  /* negative: wait forever */
};

/* Signals, waits, kills. ERR_NOT_MODIFIED when it does not run. Events kill, die, stop. */
int engine_stop(struct engine *eng, const char *name, const struct engine_stop *s, struct err *e);
/* Stops (when it runs) and starts. Event restart beside those of stop and start. */
int engine_restart(
	struct engine *eng, const char *name, const struct engine_stop *s, struct err *e);
/* Sends signal (name or number; NULL or "": SIGKILL) to the container's first process. Event kill. */
int engine_kill(struct engine *eng, const char *name, const char *signal, struct err *e);
/* Freezes and thaws all processes. Events pause, unpause. */
int engine_pause(struct engine *eng, const char *name, struct err *e);
int engine_unpause(struct engine *eng, const char *name, struct err *e);
/* Event rename with oldName. */
int engine_rename(struct engine *eng, const char *name, const char *new_name, struct err *e);

/*
 * Changes the limits and the restart policy h names (what is 0 or absent stays), on a running container at once: all or
 * nothing. warnings lie in a. ERR_INVALID as at create, ERR_CONFLICT "Cannot update container ID: Conflicting options: …".
 * Event update.
 */
int engine_update(struct engine *eng, struct arena *a, const char *name, struct host_config *h,
	struct str_list *warnings, struct err *e);

struct engine_remove {
	bool force;   /* kill it when it runs */
	bool volumes; /* its anonymous volumes too */
	bool link;    /* remove a legacy link instead: refused */
};

/* Removes all traces. Event destroy. */
int engine_remove(
	struct engine *eng, const char *name, const struct engine_remove *r, struct err *e);

/* Removes all stopped containers that match (until, label, label!). Event prune. */
int engine_prune(struct engine *eng, struct arena *a, const struct filters *f,
	struct prune_response *out, struct err *e);

/* --- waiting (feature row B10) --- */

enum wait_condition { WAIT_NOT_RUNNING, WAIT_NEXT_EXIT, WAIT_REMOVED };

struct engine_wait;

/* "" or NULL, "not-running", "next-exit", "removed"; others ERR_INVALID `invalid condition: "x"`. */
int engine_parse_wait(const char *text, enum wait_condition *out, struct err *e);
/*
 * Begins to wait; from its return on no exit is missed, so the answer's head may be sent. NULL with e on
 * error. End with engine_wait_free.
 */
struct engine_wait *engine_wait_begin(
	struct engine *eng, const char *name, enum wait_condition c, struct err *e);
/* Becomes readable once the condition holds. Stays w's. */
int engine_wait_fd(const struct engine_wait *w);
/* The answer, once engine_wait_fd is readable. */
void engine_wait_result(struct engine_wait *w, struct arena *a, struct wait_response *out);
void engine_wait_free(struct engine_wait *w);

#endif

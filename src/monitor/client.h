/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's side of tare-monitor: spawn one for a container or an exec, talk to it, hear how it
 * ended. A connection may be used by one thread at a time and is cheap (about 50 us): whoever wants something
 * opens one of its own with monitor_connect, and the daemon's watching loop keeps another for events.
 * Closing a connection, or dying, leaves monitor and container as they are.
 *
 *	container:  monitor_spawn → monitor_wait_created → monitor_attach* → monitor_start → events until EXITED
 *	exec:	    monitor_spawn → monitor_attach* → monitor_start → events until EXITED
 *
 * The monitor is nobody's child (it detaches itself), so there is nothing to reap.
 */
#ifndef TARE_MONITOR_CLIENT_H
#define TARE_MONITOR_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "monitor/proto.h"

struct monitor; /* one connection */

struct monitor_spec {
	const char
		*program; /* tare-monitor's path; NULL: beside this program, else ../libexec/tare */
	const char *id;	  /* the container's full id: what the runtime calls it */
	const char *exec_id; /* NULL: the container itself; else an exec in it */
	const char *
		dir; /* run directory (of the exec: its own), absolute, exists; an exec's process.json is in it */
	const char *bundle;	  /* NULL: dir. Container only */
	const char *runtime;	  /* path of tare-runtime or any other with runc's command line */
	const char *runtime_root; /* its --root */
	const char *const *runtime_args; /* further global arguments, NULL-terminated; NULL: none */
	const char *const *env; /* of monitor and runtime, NULL-terminated; NULL: the caller's */
	bool starts_by_runtime; /* a foreign runtime: START runs `runtime start`; else the monitor opens exec.fifo */
	bool tty;
	bool open_stdin; /* stdin is a pipe, else /dev/null (always the tty with tty) */
	bool stdin_once; /* the first client's end of file closes stdin (StdinOnce; true for an exec) */
	const char *log_path;	/* json-file log; NULL: no log */
	int64_t log_max_bytes;	/* rotate at this size; <= 0: never */
	uint32_t log_max_files; /* kept, the current one included; 0 counts as 1 */
	const char *log_attrs;	/* finished JSON object for "attrs" (labels, env, tag), or NULL */
};

/* What a monitor knows. text lives in the struct. */
struct monitor_state {
	enum monitor_phase phase;
	pid_t pid;
	int exit_code;
	int signal;
	int64_t started_ns; /* 0: not yet */
	int64_t finished_ns;
};

struct monitor_attach {
	int fd; /* a stream socket; the monitor gets a duplicate, the caller closes its own */
	uint32_t flags; /* enum monitor_attach_flag */
	/* Detach sequence, used with a tty and MONITOR_STDIN only; n_keys 0: ctrl-p ctrl-q. */
	const unsigned char *keys;
	size_t n_keys;
	/* Bytes the HTTP side had already read behind the request head: they go to stdin first. */
	const void *early;
	size_t n_early;
};

enum monitor_event_type { MONITOR_EV_STATE = 1, MONITOR_EV_DETACHED, MONITOR_EV_DROPPED };

struct monitor_event {
	enum monitor_event_type type;
	struct monitor_state state; /* as of then, for every type */
};

/*
 * Starts a monitor and connects to it. It begins `runtime create` at once (an exec waits for
 * monitor_start). Fault point "monitor.spawn". *out: monitor_close.
 */
int monitor_spawn(const struct monitor_spec *s, struct monitor **out, struct err *e);

/*
 * Connects to the monitor of run directory dir. ERR_NOT_FOUND: none lives there (read the exit file).
 * *out: monitor_close.
 */
int monitor_connect(const char *dir, struct monitor **out, struct err *e);

/* Hangs up. NULL is fine. */
void monitor_close(struct monitor *m);

/* Readable when monitor_next_event has something to say (or the monitor ended). Stays m's. */
int monitor_fd(const struct monitor *m);

/*
 * Waits until the container stands at its start line; *out has its pid. When the runtime failed: ERR_INTERNAL with
 * the runtime's own words alone ("unable to start container process: exec: "x": executable file not
 * found in $PATH"), so the caller puts "failed to create task for container: …" around it. timeout_ms -1: forever.
 */
int monitor_wait_created(
	struct monitor *m, int timeout_ms, struct monitor_state *out, struct err *e);

/*
 * Lets it go; returns when it runs (*out: pid, started_ns), or it already ended (phase EXITED). Errors as
 * above. An exec's runtime call happens here. Fault point "monitor.start".
 */
int monitor_start(struct monitor *m, int timeout_ms, struct monitor_state *out, struct err *e);

/* Hands a client's connection over. Output written before is not repeated. */
int monitor_attach(struct monitor *m, const struct monitor_attach *a, struct err *e);

/* Size of the terminal; before the terminal exists it is remembered. ERR_CONFLICT without a tty. */
int monitor_resize(struct monitor *m, uint16_t rows, uint16_t columns, struct err *e);
int monitor_close_stdin(struct monitor *m, struct err *e);
/* To the container's (exec's) own process; safe against pid reuse. ERR_CONFLICT when it is not there. */
int monitor_signal(struct monitor *m, int sig, struct err *e);
int monitor_reopen_log(struct monitor *m, struct err *e);
int monitor_get_state(struct monitor *m, struct monitor_state *out, struct err *e);

/*
 * The next event without waiting: 1 and *out, 0 nothing now, -1 the monitor is gone (ERR_NOT_FOUND).
 * Events that came while a request above waited for its answer are kept in order (up to 16; then the
 * oldest state is dropped, since a newer one says more).
 */
int monitor_next_event(struct monitor *m, struct monitor_event *out, struct err *e);

/*
 * Reads dir/exit: how it ended, the truth when the monitor is gone. phase is MONITOR_EXITED.
 * ERR_NOT_FOUND: there is none.
 */
int monitor_read_exit(const char *dir, struct monitor_state *out, struct err *e);

/*
 * Docker's --detach-keys text ("ctrl-p,ctrl-q", "a,ctrl-]", "DEL") to bytes: the count, or -1 with ERR_INVALID.
 * The caller words the message (attach: `Invalid detach keys (%s) provided`). Empty text: 0.
 */
int monitor_parse_keys(const char *text, unsigned char out[MONITOR_KEYS_MAX], struct err *e);

#endif

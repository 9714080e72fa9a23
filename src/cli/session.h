/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's side of an attached process: stdin to it, its output to stdout and stderr, signals and the
 * window's size to it, until its output ends or the user detaches. One loop, no threads.
 */
#ifndef TARE_CLI_SESSION_H
#define TARE_CLI_SESSION_H

#include "cli.h"
#include "tty.h"

enum session_end {
	SESSION_OUTPUT_ENDED, /* or, without output, input ended */
	SESSION_DETACHED,     /* the keys were typed */
	SESSION_KILLED,	      /* a signal that is not forwarded: see kill_signal */
	SESSION_WAIT_ENDED,   /* the process ended and no output is attached */
};

struct session {
	struct cli *c;
	struct client_hijack *io;
	bool has_tty; /* the process has a terminal: output comes without frames */
	bool attach_stdin, attach_stdout, attach_stderr;
	const char *detach_keys;
	const char *kill_path;	 /* "/containers/ID/kill": signals go there; NULL: they act here */
	const char *resize_path; /* "/containers/ID/resize"; NULL: the size is not forwarded */
	struct client_stream *wait; /* an open wait call, or NULL */
	int signals;		    /* of session_block_signals, or -1 */
	int kill_signal;
	/* --- the loop's own --- */
	struct tty_raw raw;
	struct tty_keys keys;
	struct http_demux demux;
	struct buf input; /* read, not yet sent */
	bool input_ended, input_closed, output_ended;
};

/* From now on signals wait in the returned descriptor (all that docker forwards); -1 with e. */
int session_block_signals(struct err *e);
/* Runs until *end; -1: the error to show. The terminal is as before in any case. */
int session_run(struct session *s, enum session_end *end, struct err *e);
/* Closes its connections and its descriptor. */
void session_done(struct session *s);
#define own_session __attribute__((cleanup(session_done))) struct session
/* Tells the daemon the window's size (now, and later as the window changes). */
void session_resize(struct session *s);
/* The same with another size first: a terminal that comes back redraws only when its size changes. */
void session_resize_twice(struct session *s);
/* Reads the answer of an open wait call: the exit code, 125 when there was none. */
int session_exit_code(struct cli *c, struct client_stream *wait);
/* "INT" for SIGINT; NULL: not forwarded. */
const char *session_signal_name(int signal);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of tare-monitor: one struct, mapped once at start, and the functions its files call of
 * each other. Single-threaded; everything waits in one epoll loop (main.c). Pages of the big buffers that
 * are never touched cost nothing, so an idle monitor is a few pages.
 */
#ifndef TARE_MONITOR_MONITOR_INT_H
#define TARE_MONITOR_MONITOR_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "monitor/jsonlog.h"
#include "monitor/keys.h"
#include "monitor/proto.h"
#include "monitor/ring.h"

#define MON_PAGE	 4096
#define MON_CLIENTS	 128
#define MON_CONTROLLERS	 32
#define MON_RUNTIME_ARGS 32
#define MON_CHUNK	 65536	     /* bytes read from the container at once: what a pipe holds */
#define MON_INPUT	 65536	     /* stdin waiting for the container */
#define MON_INPUT_CHUNK	 16384	     /* bytes read from a client at once */
#define MON_TRIM_NS	 1000000000  /* quiet time before memory goes back */
#define MON_STALL_NS	 3000000000  /* a blocking client must have moved on by then */
#define MON_ORPHAN_NS	 60000000000 /* an unstarted exec without a controller ends then */
#define MON_DRAIN_NS	 2000000000  /* dockerd waits as long for streams after an exit */
#define MON_DRAIN_MAX_NS 30000000000 /* for slow clients that do move */

/* While less than this is free in the ring, nothing is read from a live container. The rest is for what both
 * pipes still hold when it ends. */
#define MON_RING_RESERVE (3 * (size_t)(MON_CHUNK + RING_HEADER))

/* What an fd in the epoll set is; the index of the handler table in main.c. */
enum mon_source {
	MON_SIGNALS,
	MON_LISTEN,
	MON_CONTROLLER,
	MON_CLIENT,
	MON_OUTPUT,
	MON_INPUT_PIPE,
	MON_CONSOLE_SOCK,
	MON_FIFO,
	MON_SOURCES,
};

/*
 * An fd and what it is watched for. events 0 takes it out of the epoll set, so that a hang-up nobody can
 * act upon now does not make the loop spin.
 */
struct watch {
	int fd; /* -1: none */
	uint32_t events;
	uint32_t source;
	uint32_t index;
};

enum mon_timer {
	MON_TIMER_DRAIN,  /* someone else keeps the container's pipes open after its end */
	MON_TIMER_STALL,  /* a client blocks the others */
	MON_TIMER_TRIM,	  /* give memory back after a burst */
	MON_TIMER_ORPHAN, /* an exec nobody started */
	MON_TIMERS,
};

struct mon_args {
	const char *id;
	const char *exec_id; /* NULL: the container itself */
	const char *dir;
	const char *bundle;
	const char *runtime;
	const char *root;
	const char *runtime_args[MON_RUNTIME_ARGS];
	unsigned n_runtime_args;
	bool starts_by_runtime;
	bool tty;
	bool open_stdin;
	bool stdin_once;
	const char *log_path;
	int64_t log_max_bytes;
	uint32_t log_max_files;
	const char *log_attrs;
};

struct controller {
	struct watch watch;
	bool owes_state;       /* its socket was full: send the state when there is room */
	uint32_t start_serial; /* of its START, not answered yet; 0: none */
};

struct client {
	struct watch watch;
	bool reads_stdin; /* what it sends goes to the container; false after its end of file */
	bool is_hung_up;  /* nothing can be sent to it any more */
	struct ring_view view;
	struct ring_cursor cursor;
	struct keys keys;
};

struct output {
	struct watch watch;
	enum line_stream stream;
	int child_fd; /* the container's end, until the runtime has it */
};

/* The container's stdin: what waits lies in data[at..n). */
struct input {
	struct watch watch;
	int child_fd;
	bool is_closed;	 /* the container reads end of file, or nobody reads */
	bool is_closing; /* close when all was written */
	size_t at, n;
	unsigned char *data; /* of mon_buffers */
};

/* What is touched only when there is much to do: pages of it that are not cost nothing. */
struct mon_buffers {
	unsigned char chunk[MON_CHUNK];
	unsigned char input[MON_INPUT + MON_PAGE]; /* + MONITOR_KEYS_MAX */
	unsigned char ring[RING_SIZE];
	char log[JSONLOG_BUF];
	char text[MONITOR_TEXT_MAX];
	struct jsonlog_open_line open[2];
} __attribute__((aligned(MON_PAGE)));

struct mon {
	struct mon_args args;
	int epoll;
	int dir_fd;
	int bind_error; /* of the control socket, told once someone listens */
	struct watch signals;
	struct watch listen;
	struct watch console; /* first the listening socket, then the connection */
	struct watch fifo;
	int slave; /* the terminal's other side, held so that it never hangs up early */
	int64_t timer[MON_TIMERS]; /* CLOCK_MONOTONIC ns; 0: off */
	bool is_done;

	enum monitor_phase phase;
	pid_t pid;	/* the container's (exec's) process */
	pid_t call_pid; /* the runtime at work, or 0 */
	bool is_start_wanted;
	bool is_copying; /* output is read */
	bool has_exited; /* pid was reaped */
	int exit_code, signal;
	int64_t started_ns, finished_ns;
	uint32_t runtime_status;
	uint32_t winsize;    /* rows << 16 | columns wanted; 0: as the runtime made it */
	uint64_t stall_head; /* the ring's head when the stall timer was set */
	bool is_burst;	     /* buffers were used beyond their first page since the last trim */

	struct controller controllers[MON_CONTROLLERS];
	struct output outputs[2];
	size_t n_text; /* of text: the runtime's stderr, or our own trouble */
	struct input input;
	struct ring ring;
	struct jsonlog log;
	unsigned char
		*chunk; /* of mon_buffers: one read, one request, or scratch within a function */
	char *text;
	unsigned n_clients;
	unsigned n_slots; /* clients[0..n_slots) were used at some time */
	struct client clients[MON_CLIENTS];
	struct mon_buffers buffers;
};

/* --- loop.c: waiting --- */
int64_t mon_now_ns(void); /* since 1970 */
int64_t mon_monotonic_ns(void);
/* Watches w->fd for events from now on (0: not at all). */
void watch_set(struct mon *m, struct watch *w, uint32_t events);
/* Stops watching and closes. */
void watch_close(struct mon *m, struct watch *w);
int mon_set_nonblock(int fd);
/* Runs until m->is_done. */
void mon_loop(struct mon *m);

/* --- stdio.c: the container's side --- */
/* Makes the pipes, or for a tty the runtime's error pipe. 0 or an errno. */
int stdio_open(struct mon *m);
/* Closes our copies of the container's ends. */
void stdio_close_child_ends(struct mon *m);
/* The container has its ends and runs or is about to: start to copy. */
void stdio_begin(struct mon *m);
/* Reads what the runtime left on stderr into m->text. */
void stdio_read_error(struct mon *m);
/* Takes the pty's master as stdin and stdout. */
void stdio_take_console(struct mon *m, int master);
void output_ready(struct mon *m, unsigned index, uint32_t events);
void input_ready(struct mon *m, unsigned index, uint32_t events);
/* Queued bytes to the container as far as it takes them. */
void input_flush(struct mon *m);
/* End of file for the container behind what is queued. */
void input_close(struct mon *m);
/* At once: nobody reads it any more. */
void input_shut(struct mon *m);
/* Room in the ring changed, or the phase: read from the container or not. */
void outputs_update(struct mon *m);
/* Reads what is left after the process ended; true when both streams are at their end. */
bool outputs_drain(struct mon *m);
void outputs_close(struct mon *m);

/* --- console.c: the pty --- */
int console_listen(struct mon *m);
void console_ready(struct mon *m, unsigned index, uint32_t events);
/* The runtime is done: what it sent is there. False when no master came. */
bool console_receive(struct mon *m);
/* 0 or an errno. */
int console_resize(struct mon *m);

/* --- clients.c: attached clients --- */
/* Takes fd; 0 or an errno, then fd stays the caller's. body holds the keys and the early bytes. */
int client_add(struct mon *m, int fd, const struct monitor_request *rq, const unsigned char *body);
void client_ready(struct mon *m, unsigned index, uint32_t events);
/* Output of the container, type 1 or 2, n <= MON_CHUNK. */
void clients_output(struct mon *m, unsigned type, const void *data, size_t n);
/* The container takes stdin again: clients may be read. */
void clients_resume_input(struct mon *m);
/* No output will come: each client is closed once it has everything. */
void clients_finish(struct mon *m);
/* Some client is behind so far that reading must stop. */
bool clients_are_behind(const struct mon *m);
/* Starts or stops the time a client has that blocks others. */
void clients_watch_stall(struct mon *m);
/* That time is over. */
void clients_stalled(struct mon *m);
void clients_close(struct mon *m);

/* --- ctl.c: controllers --- */
/* Binds the control socket; 0 or an errno. Before the monitor detaches, so that who spawned it can connect. */
int ctl_bind(struct mon *m);
/* Begins to listen to it and to the spawner. */
void ctl_open(struct mon *m);
void ctl_accept(struct mon *m, unsigned index, uint32_t events);
void controller_ready(struct mon *m, unsigned index, uint32_t events);
/* Tells every controller the state (or another event). */
void ctl_event(struct mon *m, enum monitor_report_type type);
/* The START that waits gets its answer. */
void ctl_answer_start(struct mon *m);
bool ctl_has_controllers(const struct mon *m);
/* No new connections, the socket's name is gone; those connected stay. */
void ctl_unlisten(struct mon *m);

/* --- call.c: running the runtime --- */
/* Starts `runtime create`, `start` or `exec`; false: text says why not. */
bool call_create(struct mon *m);
bool call_start(struct mon *m);
bool call_exec(struct mon *m);

/* --- life.c: the phases --- */
/* Sockets, pipes, log, then `runtime create` (an exec waits). Trouble becomes phase FAILED. */
void life_begin(struct mon *m);
/* START was asked for. 0 or an errno. */
int life_start(struct mon *m);
void life_fifo_ready(struct mon *m, unsigned index, uint32_t events);
void life_signal_ready(struct mon *m, unsigned index, uint32_t events);
/* 0 or an errno. */
int life_kill(struct mon *m, int sig);
/* The daemon that wanted this exec is gone: so are we. */
void life_orphaned(struct mon *m);
/* The outputs reached their end, or the time to wait for it is over. */
void life_outputs_ended(struct mon *m);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tared and tare-monitor say to each other over the SEQPACKET socket `ctl` (doc/monitor-protocol.md
 * tells it in prose). One request or report is one packet: the struct, then the bytes it announces.
 * Both ends run on one machine, so integers are in host order; `proto` is raised by any change, because
 * a monitor may be older than the daemon that connects to it. Only fixed-size types: this file is
 * also compiled by musl-gcc without kernel headers. Nobody but client.c and the monitor needs it.
 */
#ifndef TARE_MONITOR_PROTO_H
#define TARE_MONITOR_PROTO_H

#include <stdint.h>

#define MONITOR_PROTO 1

/* Names inside the run directory. */
#define MONITOR_CTL	"ctl"	       /* control socket */
#define MONITOR_EXIT	"exit"	       /* how it ended; replaced atomically */
#define MONITOR_PID	"pid"	       /* written by the runtime */
#define MONITOR_LOG	"log.json"     /* the runtime's --log */
#define MONITOR_CONSOLE "console"      /* listens for the pty master while a tty is made */
#define MONITOR_PROCESS "process.json" /* of an exec, written by the engine */

/* The spawner leaves its end of a connected SEQPACKET pair here: the first controller. */
#define MONITOR_FIRST_FD 3

#define MONITOR_PACKET_MAX 65536 /* bytes of one packet, struct and all */
#define MONITOR_KEYS_MAX   32	 /* bytes of a detach sequence */
#define MONITOR_STDIN_MAX  32768 /* bytes of stdin that may come along with an attach */
#define MONITOR_TEXT_MAX   4096	 /* bytes of text behind a report */

enum monitor_phase {
	MONITOR_CREATING = 1, /* the runtime works on it; of an exec: waits for START */
	MONITOR_CREATED,      /* the container's first process waits for START */
	MONITOR_STARTING,     /* START was received, not yet carried out */
	MONITOR_RUNNING,
	MONITOR_EXITED, /* pipes are drained, the exit file is written; the monitor is about to end */
	MONITOR_FAILED, /* create, start or exec failed: text says why; the monitor is about to end */
};

enum monitor_request_type {
	MONITOR_REQ_STATE = 1,	 /* answered by a STATE report with the same serial */
	MONITOR_REQ_START,	 /* answered when carried out: a STATE report (RUNNING or FAILED) */
	MONITOR_REQ_ATTACH,	 /* with one stream socket; keys and stdin bytes follow */
	MONITOR_REQ_RESIZE,	 /* value = rows << 16 | columns */
	MONITOR_REQ_CLOSE_STDIN, /* after what is queued, the container reads end of file */
	MONITOR_REQ_SIGNAL,	 /* value = number; to the container's (exec's) process alone */
	MONITOR_REQ_REOPEN_LOG,	 /* after someone else renamed or truncated the file */
	MONITOR_REQ_LAST = MONITOR_REQ_REOPEN_LOG,
};

enum monitor_attach_flag {
	MONITOR_STDIN = 1,  /* bytes from the client go to the container */
	MONITOR_STDOUT = 2, /* the client gets stdout (of a tty: everything) */
	MONITOR_STDERR = 4,
	MONITOR_FRAMED = 8, /* 8-byte header {1 or 2, 0, 0, 0, length BE32} before each piece */
};

struct monitor_request {
	uint16_t proto;
	uint16_t type;	  /* enum monitor_request_type */
	uint32_t serial;  /* comes back in the answer; not 0 */
	uint32_t flags;	  /* ATTACH */
	uint32_t value;	  /* RESIZE, SIGNAL */
	uint32_t n_keys;  /* ATTACH: bytes of the detach sequence, first behind this struct */
	uint32_t n_stdin; /* ATTACH: bytes already read from the client, behind the keys */
};

enum monitor_report_type {
	MONITOR_STATE =
		1,	  /* serial 0: an event, sent to every controller at each change of phase */
	MONITOR_ANSWER,	  /* error = 0 or errno, text says why */
	MONITOR_DETACHED, /* event: a client typed the detach sequence */
	MONITOR_DROPPED,  /* event: a client was too slow while others were attached */
};

struct monitor_report {
	uint16_t proto;
	uint16_t type; /* enum monitor_report_type */
	uint32_t serial;
	int32_t error;
	uint32_t phase;	    /* enum monitor_phase */
	int32_t pid;	    /* of the container's first process or the exec; 0: none yet */
	int32_t exit_code;  /* as a shell tells it: 128 + signal when killed */
	int32_t signal;	    /* that killed it, or 0 */
	uint32_t n_clients; /* attached now */
	int64_t started_ns; /* since 1970; 0: not yet */
	int64_t finished_ns;
	uint32_t runtime_status; /* FAILED: exit code of the runtime */
	uint32_t n_text;	 /* bytes behind this struct; FAILED: the runtime's stderr */
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Creating a container: what `create` and `run` share. The parent's half is creation.c, the child's init.c; both
 * look at the same struct, which clone3 copies.
 */
#ifndef TARE_RUNTIME_CREATION_H
#define TARE_RUNTIME_CREATION_H

#include <stdbool.h>
#include <sys/types.h>

#include "bundle.h"
#include "container.h"
#include "launch.h"
#include "runtime.h"
#include "sys/seccomp.h"

/* Options of create and run. */
struct create_opts {
	const char *bundle;
	const char *console_socket;
	const char *pid_file;
	uint64_t preserve_fds;
	bool no_pivot;
	bool no_new_keyring;
	bool detach;
	bool keep;
	bool no_subreaper;
	bool help;
};

struct creation {
	const struct runtime *rt;
	const struct create_opts *opts;
	const char *id;
	bool stands_at_fifo; /* create; run goes on at once */
	struct bundle bundle;
	struct container_record record;
	int dir;  /* ROOT/ID, locked */
	int fifo; /* init's end of exec.fifo; -1: it does not stand there */
	struct cgroup_host *host;
	struct cgroup *cgroup;	    /* NULL: none (rootless) */
	const struct scope *scope;  /* systemd's unit for it (placement.h); NULL: no systemd */
	char *placed;		    /* memory shared with the first stage: cgroup_save's text */
	bool has_groups;	    /* all of cgroup is made */
	struct oci_pids *late_pids; /* a limit that creation_first_limits left out */
	struct seccomp_program seccomp;
	struct launch plan;
	struct launched init;
	int channel;	 /* the own end */
	int far_channel; /* the other's, before clone */
	int console;	 /* master for a terminal in the foreground, -1 */
	unsigned listen_fds;
	bool is_users;	  /* made by an ordinary user */
	bool is_restored; /* by CRIU */
};

/*
 * Makes the container up to exec.fifo, or, for run, up to the user's program running. On failure everything is
 * taken back and e says what runc would say behind "runc create failed: ". Fault points create.*.
 * creation_done closes what is open and leaves the container.
 */
int creation_run(struct creation *c, struct err *e);
void creation_done(struct creation *c);

/*
 * The parts restore shares, which has its processes from elsewhere: the bundle read and checked and ROOT/ID made and
 * locked; steps (steps.h) with struct creation as ctx, in this order, the last three with init known.
 */
int creation_begin(struct creation *c, struct err *e);
void creation_forget(struct creation *c);
int creation_prepare_seccomp(void *ctx, struct err *e);
int creation_make_cgroup(void *ctx, struct err *e);
void creation_unmake_cgroup(void *ctx);
void creation_kill_init(void *ctx);
int creation_save_state(void *ctx, struct err *e);
int creation_write_pid_file(void *ctx, struct err *e);
void creation_remove_pid_file(void *ctx);

/* How many sockets LISTEN_FDS hands to the container. */
unsigned creation_listen_fds(void);
/* Whether fds 3 … 2 + n are all there: `unable to stat preserved-fd 1 (of 2)`. */
int creation_check_fds(uint64_t n, struct err *e);
/*
 * runc's rules: "cannot allocate tty if runc will detach without setting console socket", "cannot use console
 * socket if runc will not detach or allocate tty".
 */
int creation_check_console(bool tty, bool detach, const char *socket, struct err *e);
/* The program of a filter text, from the cache beside the state root. */
int creation_get_seccomp(
	const struct runtime *rt, const char *text, struct seccomp_program *out, struct err *e);
/* Whether permission errors about cgroups are forgiven, by --rootless or by who we are. */
bool creation_is_rootless(const struct creation *c);
/*
 * The spec's limits, with these device rules, to be put in force before the container is there. A first stage (launch.h) is a
 * process, too, and so is CRIU: while one is in the group a limit of processes could keep the container out. It is left to
 * creation_limit_pids, a step (steps.h) for when that process has gone.
 */
void creation_first_limits(struct creation *c, struct oci_resources *out);
int creation_limit_pids(void *ctx, struct err *e);
/* Puts them in force; where a user may not, which is most often, his container does without (as with runc). */
int creation_set_devices(
	const struct creation *c, const struct oci_device_rule_list *rules, struct err *e);
/* Writes pid as text, atomically. */
int creation_write_pid(const char *file, pid_t pid, struct err *e);
/* Sends the seccomp listener of process pid to linux.seccomp.listenerPath with the container's state. */
int creation_send_listener(const struct seccomp_program *p, const struct container_record *r,
	enum container_status status, pid_t pid, int listener, struct err *e);
/* What ended a child that said nothing; reaps it. */
int creation_explain_death(const struct launched *child, struct cgroup *cg, struct err *e);
/*
 * Limits of pid. A hard limit that may not be raised for want of CAP_SYS_RESOURCE is logged and the highest allowed
 * taken.
 */
int creation_set_limits(pid_t pid, const struct oci_rlimit_list *limits, struct err *e);
/* oom_score_adj of pid; lowering it without the right is logged and left. */
int creation_set_oom_score(pid_t pid, const int64_t *score, struct err *e);

/* Child: handlers and ignored signals of the caller are not the container's. */
void creation_reset_signals(void);

/* The child: never returns. */
_Noreturn void init_main(struct creation *c);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another process in a running container (exec). A first child moves into the container's cgroup, closes what is the
 * host's, enters all namespaces with one setns(2) through init's pidfd and clones the process in them.
 */
#ifndef TARE_RUNTIME_ENTER_H
#define TARE_RUNTIME_ENTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "container.h"
#include "launch.h"
#include "runtime.h"
#include "sys/seccomp.h"

#define ENTER_BELOW_MOST 64

struct enter_opts {
	const char *console_socket;
	const char *pid_file;
	struct str_list cgroups; /* "[controller[,controller]:]path" below the container's group */
	uint64_t preserve_fds;
	bool detach;
};

struct enter {
	const struct runtime *rt;
	const struct enter_opts *opts;
	const struct container *container;
	const struct oci_process *process;
	int init;		  /* pidfd */
	struct cgroup *cgroup;	  /* NULL: none */
	struct cgroup *attach_to; /* whose scope systemd is to move the process into; NULL: none */
	struct seccomp_program seccomp;
	bool has_seccomp;
	int below[ENTER_BELOW_MOST]; /* where --cgroup leads */
	size_t n_below;
	struct launched child;
	int channel, far_channel; /* own end, the other's */
	int console;		  /* master for a terminal in the foreground, -1 */
};

/*
 * Starts the process; returns when execve has succeeded. e is what runc would say behind "exec failed: ".
 * enter_done closes what is open; the process goes on. Fault points enter.*.
 */
int enter_run(struct enter *en, struct err *e);
void enter_done(struct enter *en);

#endif

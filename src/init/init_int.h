/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tare-init: the first process of a container started with --init, and of a pod. In place of tini
 * (docker-init), whose behaviour it has: one child, signals passed on to it, orphans reaped, its exit code.
 */
#ifndef TARE_INIT_INIT_INT_H
#define TARE_INIT_INIT_INT_H

#include <stdbool.h>

struct init_options {
	bool is_pause;	 /* --pause: no command, hold the namespaces until SIGTERM or SIGINT */
	bool to_group;	 /* -g: signals go to the child's whole process group */
	bool is_version; /* --version */
	char **command;	 /* what is left of argv, NULL-terminated; NULL: none */
};

/* Reads argv. Returns NULL, or the argument that is not understood. Options end at "--" or the command. */
const char *init_parse(char **argv, struct init_options *out);

/* What to exit with for a wait status: the code, or 128 + signal. */
int init_exit_code(int status);

/* What to exit with when the command could not be executed (feature row C1): 127 not found, else 126. */
int init_exec_code(int error);

#endif

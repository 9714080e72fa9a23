/* SPDX-License-Identifier: Apache-2.0 */
/* One run of the daemon: opens all rooms in order, serves until told to stop, closes them in reverse. */
#ifndef TARE_DAEMON_DAEMON_H
#define TARE_DAEMON_DAEMON_H

#include "options.h"

/*
 * Serves with these options until SIGTERM or SIGINT; argc and argv are read again for a reload (SIGHUP). 0 after
 * an orderly end, or -1 when it could not start. Signals must still be as the process was born with.
 */
int daemon_run(struct options *o, int argc, char **argv, struct err *e);

/* Writes a line to the log for each thread of the process: what it is called and what it does. */
void daemon_dump_threads(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* One daemon at a time: the pidfile other tools read, and a lock on the data root that nothing gets around. */
#ifndef TARE_DAEMON_PIDFILE_H
#define TARE_DAEMON_PIDFILE_H

#include "base/err.h"

/*
 * Writes our pid. ERR_CONFLICT "failed to start daemon, ensure docker is not running or delete PATH: process with PID 7
 * is still running" when the pid in it is that of a living process.
 */
int pidfile_write(const char *path, struct err *e);
/* Removes it unless another daemon's pid is in it. */
void pidfile_remove(const char *path);

/*
 * Locks directory root against other daemons; the fd holds the lock until it is closed. -1: ERR_CONFLICT, after five
 * seconds, in which one that was killed may still be ending.
 */
int pidfile_lock_root(const char *root, struct err *e);

#endif

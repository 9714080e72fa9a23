/* SPDX-License-Identifier: Apache-2.0 */
/* `tared --fsck`: checking and mending a data root while no daemon works on it. */
#ifndef TARE_DAEMON_CHECK_H
#define TARE_DAEMON_CHECK_H

#include "options.h"

/*
 * Writes what is found to stdout, a line each, and a summary. Returns what to exit with, as fsck(8): 0 nothing found, 1 all
 * repaired, 4 something left, 8 could not be done (said on stderr). A data root a daemon works on is refused.
 */
int check_run(const struct options *o);

#endif

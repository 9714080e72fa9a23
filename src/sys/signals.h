/* SPDX-License-Identifier: Apache-2.0 */
/* Signal names and numbers. Daemon-safe. */
#ifndef TARE_SYS_SIGNALS_H
#define TARE_SYS_SIGNALS_H

#include "base/err.h"

/*
 * "SIGKILL", "kill", "9", "RTMIN+3", "RTMAX-1" → number, 1 … 64. ERR_INVALID: "Invalid signal: x",
 * as dockerd and runc callers expect.
 */
int signal_parse(const char *text, int *out, struct err *e);
/* "KILL" (without SIG) of 9, "RTMIN+3" of 37; NULL when out of range. Static storage. */
const char *signal_name(int sig);

#endif

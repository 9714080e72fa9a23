/* SPDX-License-Identifier: Apache-2.0 */
/* Calls as they come off the control socket, a thread for each. */
#ifndef TARE_XFER_CALLS_H
#define TARE_XFER_CALLS_H

#include "session.h"

/* Until the control socket ends; -1 when what comes is no call. */
int calls_serve(struct session *s, int socket, struct err *e);

#endif

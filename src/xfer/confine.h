/* SPDX-License-Identifier: Apache-2.0 */
/* What tare-xfer gives up before it hears the first byte of a stranger. */
#ifndef TARE_XFER_CONFINE_H
#define TARE_XFER_CONFINE_H

#include "base/err.h"

/* No core, no dump, no ptrace: before a credential is read. */
int confine_secrets(struct err *e);
/*
 * For good, before any other thread: nobody's uid and gid without groups, no capability, no new privileges, limits,
 * a filter of system calls (no program is started, no file written or made). Without root only what does not need it.
 */
int confine_all(struct err *e);

#endif

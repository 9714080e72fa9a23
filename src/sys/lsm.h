/* SPDX-License-Identifier: Apache-2.0 */
/* Security modules: which are there, and the labels a process execs into. */
#ifndef TARE_SYS_LSM_H
#define TARE_SYS_LSM_H

#include <stdbool.h>

#include "base/err.h"

/* Whether the kernel has it switched on. Daemon-safe. */
bool lsm_has_apparmor(void);
bool lsm_has_selinux(void);
/* Whether this AppArmor profile is loaded. Daemon-safe. */
bool lsm_apparmor_loaded(const char *profile);

/*
 * The label or profile the calling thread takes at its next exec. Empty and NULL change nothing,
 * nor does AppArmor's "unconfined" on a host without it; anything else there is ERR_INVALID in
 * runc's words. The files are checked to be procfs. NOT daemon-safe.
 */
int lsm_apparmor_on_exec(const char *profile, struct err *e);
int lsm_selinux_on_exec(const char *label, struct err *e);

#endif

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
 * Whether the host can give this profile or label; empty and NULL always, and AppArmor's "unconfined". To be asked where the
 * host's /sys is: a container's does not tell. ERR_INVALID in runc's words. Daemon-safe.
 */
int lsm_apparmor_check(const char *profile, struct err *e);
int lsm_selinux_check(const char *label, struct err *e);

/*
 * The label or profile the calling thread takes at its next exec, and the label of keys it makes. Empty and
 * NULL change nothing. /proc is verified to be procfs, with nothing in the way. NOT daemon-safe.
 */
int lsm_apparmor_on_exec(const char *profile, struct err *e);
int lsm_selinux_on_exec(const char *label, struct err *e);
int lsm_selinux_for_keys(const char *label, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The container's session keyring: so that the caller's keys are not the container's (keyrings(7)). */
#ifndef TARE_RUNTIME_KEYRING_H
#define TARE_RUNTIME_KEYRING_H

#include <stdbool.h>

#include "base/err.h"

/* init: makes "_ses.ID", and lets others of the container find it. A kernel without keyrings is fine.
 * selinux_label (NULL: none) is what it is labelled with. */
int keyring_make(const char *id, bool in_user_ns, const char *selinux_label, struct err *e);
/* exec: enters that of the container. */
int keyring_join(const char *id, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps containers from getting hold of the host's runtime file (CVE-2019-5736). */
#ifndef TARE_RUNTIME_SEAL_H
#define TARE_RUNTIME_SEAL_H

#include "base/err.h"

/*
 * Returns 0 when this process already runs from a file no container can ever write to, and is made
 * non-dumpable; otherwise executes itself again with argv in such a way and does not return.
 */
int seal_self(char *const *argv, struct err *e);

#endif

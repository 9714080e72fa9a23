/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rights a reader of hostile bytes does without: everything outside one directory, capabilities but the
 * named ones, system calls but the file work it does, new privileges, much memory.
 */
#ifndef TARE_LAYER_CONFINE_H
#define TARE_LAYER_CONFINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* What it takes to make files of any owner, mode, kind and with any attribute. */
uint64_t confine_unpack_caps(void);

/* What it takes to read files of anyone, and with is_upper an overlay's own attributes. */
uint64_t confine_pack_caps(bool is_upper);

/* For good, for this process: root directory and cwd become dir, caps is what is left. Needs root. */
int confine_to(int dir, uint64_t caps, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The folders at the top of the data root that people and tools expect there (feature row S45). */
#ifndef TARE_DAEMON_LAYOUT_H
#define TARE_DAEMON_LAYOUT_H

#include "base/err.h"

/* Makes those that are missing, with dockerd's modes; what there is stays as it is. */
int layout_make(int root, struct err *e);

#endif

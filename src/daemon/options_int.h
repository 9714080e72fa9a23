/* SPDX-License-Identifier: Apache-2.0 */
/* The flags' table, which the configuration file's directives are read by too. */
#ifndef TARE_DAEMON_OPTIONS_INT_H
#define TARE_DAEMON_OPTIONS_INT_H

#include "base/opt.h"

extern const struct opt options_table[];

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of tare-scope share. */
#ifndef TARE_SCOPE_INT_H
#define TARE_SCOPE_INT_H

#include <systemd/sd-bus.h>

#include "base/err.h"
#include "base/slice.h"

/* Fills e from a negative errno of sd-bus and, when it is set, the other side's error. Returns -1. */
int scope_error(int rc, const sd_bus_error *bus_error, const char *wanted, struct err *e);

/*
 * Appends the properties in text, one a line (property.c tells its form), to the open array of m; those that need a newer
 * systemd than version are left out. ERR_INVALID.
 */
int scope_append_properties(sd_bus_message *m, unsigned version, struct slice text, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fault injection: TARE_FAULT=mount:2,fsync:1 makes the second pass of point "mount" and the first
 * of "fsync" fail. "*" counts every point; a '!' in front (!mount:2, !*:7) kills the process there, as kill -9 would. In normal life one predictable branch on a static flag.
 */
#ifndef TARE_BASE_FAULT_H
#define TARE_BASE_FAULT_H

#include "err.h"

/* Passes the named point: 0, or -1 with e "injected fault: NAME" when its turn has come. Thread-safe. */
int fault_point(const char *name, struct err *e);

#endif

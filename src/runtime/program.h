/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the file args[0] names, as Go's exec.LookPath does, because its texts are what users see. */
#ifndef TARE_RUNTIME_PROGRAM_H
#define TARE_RUNTIME_PROGRAM_H

#include "base/arena.h"
#include "base/err.h"

/*
 * The path to execute for name with PATH path (NULL: none), seen from the current root, directory and user.
 * NULL on failure: `exec: "foo": executable file not found in $PATH` (ERR_NOT_FOUND), `exec: "/x": stat /x:
 * no such file or directory`, `exec: "/x": permission denied`, `exec: "/x": is a directory`.
 */
const char *program_find(struct arena *a, const char *name, const char *path, struct err *e);

#endif

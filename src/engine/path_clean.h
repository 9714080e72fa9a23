/* SPDX-License-Identifier: Apache-2.0 */
/* Go's path.Clean: no I/O, no symlinks looked at. */
#ifndef TARE_ENGINE_PATH_CLEAN_H
#define TARE_ENGINE_PATH_CLEAN_H

#include <stdbool.h>

#include "base/arena.h"

/* "/a//b/../c/." is "/a/c"; "" is "."; ".." does not rise above "/". */
const char *path_clean(struct arena *a, const char *path);

/* Whether path is relative and, cleaned, does not begin with "..": Go's filepath.IsLocal. */
bool path_is_local(struct arena *a, const char *path);

#endif

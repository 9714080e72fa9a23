/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a member of a tar goes: its name made safe, and the directory it lies in, opened below the layer's
 * root by the kernel's own rules (no symlink or ".." leads out). The last directories stay open, since
 * tars list a directory's files together.
 */
#ifndef TARE_LAYER_PLACE_H
#define TARE_LAYER_PLACE_H

#include <limits.h>
#include <stdbool.h>

#include "base/err.h"

/*
 * Cleans a member's name as Go's filepath.Clean would, relative to the root: no leading or double slashes, no ".",
 * no "..". "" is the root itself. ERR_INVALID: `"../x" is outside of "/"`, `file name too long`.
 */
int place_clean(const char *name, char out[PATH_MAX], struct err *e);

struct place {
	int dir;	  /* O_PATH, stays the table's, valid until the next call with the table */
	const char *base; /* last component; points into the path given */
	bool gives_group; /* the directory is set-group-id: what is made in it gets its group */
};

struct place_table;

/* root is a directory fd that stays the caller's. */
struct place_table *place_table_new(int root);
void place_table_free(struct place_table *t);

/* The directory of a cleaned, non-empty path. Missing directories are made, 0755, as dockerd makes them. */
int place_find(struct place_table *t, const char *path, struct place *out, struct err *e);
/* Must be called after a directory or symlink was removed or a directory's mode changed. */
void place_forget(struct place_table *t);

#endif

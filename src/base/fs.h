/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files the safe way: paths from outside are resolved below a root by the kernel (openat2), state
 * is replaced atomically. dir arguments are directory fds or AT_FDCWD.
 */
#ifndef TARE_BASE_FS_H
#define TARE_BASE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "arena.h"
#include "buf.h"
#include "err.h"

/*
 * Opens path as if root were "/": no symlink, "..", or magic link leads out (openat2
 * RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS). O_CLOEXEC is added. Returns the fd or -1; e->sys is errno.
 */
int fs_open_in(int root, const char *path, int flags, mode_t mode, struct err *e);

/*
 * Opens path below dir, which it may not leave: no "..", mount point or magic link on the way. For kernel files, so that what is
 * opened is the file of that name and not what somebody laid over it. As fs_open_in otherwise.
 */
int fs_open_below(int dir, const char *path, int flags, struct err *e);

/*
 * As fs_open_in, making missing directories (mode) on the way, also where a link leads to nothing; returns
 * an O_PATH directory fd.
 */
int fs_mkdir_in(int root, const char *path, mode_t mode, struct err *e);
/*
 * Whatever lies at path, or an empty file (mode) made there, with missing directories and behind links as
 * above; returns an O_PATH fd.
 */
int fs_create_in(int root, const char *path, mode_t mode, struct err *e);

/* mkdir -p. Existing directories keep their mode. */
int fs_mkdir_p(int dir, const char *path, mode_t mode, struct err *e);

/* Reads a whole file of at most max bytes into b (appended). A missing file is ERR_NOT_FOUND. */
int fs_read(int dir, const char *name, size_t max, struct buf *b, struct err *e);
/* The same as a string in a, without one trailing newline; NULL on error. */
char *fs_read_str(struct arena *a, int dir, const char *name, size_t max, struct err *e);

enum fs_sync { FS_NO_SYNC, FS_SYNC };

/*
 * Replaces dir/name by data: temporary file in the same directory, write, (fsync,) rename. With
 * FS_SYNC the content survives power loss once this returned. Passes fault points "replace", "fsync".
 */
int fs_replace(int dir, const char *name, const void *data, size_t n, mode_t mode,
	enum fs_sync sync, struct err *e);

/* Writes data to an existing kernel file (cgroup, proc, sysfs) in one write(2). */
int fs_write_kernel(int dir, const char *name, const char *data, struct err *e);

/*
 * Removes dir/name and all below it without following links or crossing mounts, however deep it is. Missing is fine.
 */
int fs_remove_tree(int dir, const char *name, struct err *e);

/*
 * Bytes of all files below the directory dir/name, each inode once. What comes and goes meanwhile may count or not.
 */
int fs_measure(int dir, const char *name, int64_t *bytes, struct err *e);
bool fs_exists(int dir, const char *name);

#endif

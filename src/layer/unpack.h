/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns a layer's tar into the directory overlayfs stacks (feature row E4): files with owner, mode, times,
 * xattrs, links and devices; ".wh.x" becomes a 0/0 character device, ".wh..wh..opq" an opaque directory. What a
 * member does never reaches outside the directory. Owners and devices need root.
 */
#ifndef TARE_LAYER_UNPACK_H
#define TARE_LAYER_UNPACK_H

#include <stdint.h>

#include "base/err.h"
#include "reader.h"

struct unpack_opts {
	/* Told after each member and each piece of a large one; -1 (with e) stops it. NULL: nobody. */
	int (*tick)(void *arg, struct err *e);
	void *arg;
};

struct unpack_result {
	int64_t size;	 /* bytes of files and symlinks, as dockerd counts a layer's size */
	int64_t entries; /* members seen */
};

/*
 * Unpacks all members of tar into the empty directory root. On failure what is there stays for the caller to
 * remove. umask must be 0 and the process single-threaded (cwd is used for xattrs of odd files).
 */
int unpack_layer(struct tar_reader *tar, int root, const struct unpack_opts *opts,
	struct unpack_result *out, struct err *e);

#endif

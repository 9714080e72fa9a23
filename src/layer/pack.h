/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory as a tar, with the members, their order and their looks as dockerd's archiver makes them (feature rows
 * E20, E21): names sorted in each directory, times in whole seconds, the later names of a file as hard links, of the
 * extended attributes security.capability alone, no sockets. The tree may be hostile and may change meanwhile; the
 * process is confined to it (confine.h), so a link that leads out leads nowhere.
 */
#ifndef TARE_LAYER_PACK_H
#define TARE_LAYER_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct pack_opts {
	/*
	 * The directory is the upper one of an overlay: 0/0 character devices become ".wh.x", opaque directories get
	 * ".wh..wh..opq". Without, it is a tree like any other.
	 */
	bool is_upper;
	/*
	 * One entry of the directory alone ("." for the directory itself, with its own entry), called `as` in the
	 * tar.
	 */
	const char *only, *as;
};

struct pack_result {
	int64_t entries;
	int64_t bytes; /* of the tar */
};

/*
 * Writes the tar of directory root to out (a pipe or a file). What vanishes meanwhile is left out; a file that
 * shrinks is filled up
 * with zeros. ERR_CANCELLED when nobody reads out. Needs a working directory of its own and as many descriptors as
 * the tree is deep.
 */
int pack_tree(
	int root, int out, const struct pack_opts *opts, struct pack_result *result, struct err *e);

#endif

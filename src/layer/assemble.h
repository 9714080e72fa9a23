/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reverse of unpack: from a layer's directory and its tar-split the very tar that once came in. Every file's
 * content is checked against the checksum of then.
 */
#ifndef TARE_LAYER_ASSEMBLE_H
#define TARE_LAYER_ASSEMBLE_H

#include "base/err.h"
#include "sink.h"

struct assemble_opts {
	/* Told after each member and each piece of a large one; -1 (with e) stops it. NULL: nobody. */
	int (*tick)(void *arg, struct err *e);
	void *arg;
};

/*
 * Puts the tar that the tar-split in fd `split` describes into out; files are opened below the directory root only.
 * ERR_INVALID: "open /etc/x: no such file or directory", `file integrity checksum failed for "etc/x"` (dockerd's
 * words), "tar-split: …".
 */
int assemble_layer(
	int split, int root, struct sink *out, const struct assemble_opts *opts, struct err *e);

#endif

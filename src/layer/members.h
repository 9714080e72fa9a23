/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outer archive: every plain member's bytes go into a directory under a number, never under its own name, or
 * straight into a pipe the daemon gives for it; each member is reported over the socket (proto.h). What the
 * members mean is the daemon's business.
 */
#ifndef TARE_LAYER_MEMBERS_H
#define TARE_LAYER_MEMBERS_H

#include "base/err.h"
#include "reader.h"

/*
 * Takes all members of tar in; sends MEMBER for each, waits for its LAYER_GO, and sends STORED
 * behind each file. Directories and special files are passed over. ERR_INVALID for names that lead out, too long names, too many members.
 */
int members_take(struct tar_reader *tar, int dir, int socket, struct err *e);

#endif

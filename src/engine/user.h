/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who a process runs as: "user", "uid", "user:group", "uid:gid" looked up in the passwd and group files
 * of the container's root. Those files are hostile: they are resolved below the root by the kernel, must be
 * regular, and lines that make no sense are skipped.
 */
#ifndef TARE_ENGINE_USER_H
#define TARE_ENGINE_USER_H

#include "base/arena.h"
#include "base/err.h"
#include "oci/runtime_spec.h"

/* The two files' texts; NULL: there is none. */
struct user_files {
	const char *passwd;
	const char *group;
};

/* Reads etc/passwd and etc/group below the directory root. Missing files are fine. */
int user_read_files(struct arena *a, int root, struct user_files *out, struct err *e);

/*
 * Fills out's uid, gid and additional_gids (the gid first, then the groups the user is a member of, unless
 * spec names a group, then group_add), each once. spec "" is uid 0. Errors, as dockerd words them: "unable
 * to find user x: no matching entries in passwd file", "unable to find group x: no matching entries in
 * group file", "uids and gids must be in range 0-2147483647", "Unable to find group x".
 */
int user_lookup(struct arena *a, const struct user_files *f, const char *spec,
	const struct str_list *group_add, struct oci_user *out, struct err *e);

#endif

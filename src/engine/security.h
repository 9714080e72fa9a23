/* SPDX-License-Identifier: Apache-2.0 */
/* HostConfig.SecurityOpt taken apart (feature row K5). */
#ifndef TARE_ENGINE_SECURITY_H
#define TARE_ENGINE_SECURITY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct security {
	const char *seccomp;  /* NULL: the default profile; "unconfined"; else the profile's text */
	const char *apparmor; /* NULL: not said */
	bool no_new_privileges;
	bool writable_cgroups;
};

/*
 * Reads the options; texts point into opts. has_selinux: labels mean something here (only "disable" is honoured).
 * ERR_INVALID `invalid --security-opt 1: "x"`, `invalid --security-opt 2: "x"`.
 */
int security_parse(
	const struct str_list *opts, bool has_selinux, struct security *out, struct err *e);

#endif

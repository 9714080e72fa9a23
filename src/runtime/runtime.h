/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every command gets: the global options, and one arena that lives as long as the call. tare-runtime is
 * single-threaded from beginning to end: that is what lets it clone3 with namespaces, setns, and join v1
 * cgroups cheaply.
 */
#ifndef TARE_RUNTIME_RUNTIME_H
#define TARE_RUNTIME_RUNTIME_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

#define RUNTIME_ROOT_DEFAULT "/run/tare/runtime"

struct runtime {
	struct arena *arena;
	const char *root; /* directory of all containers' state */
	const char *log_path;
	const char *log_format;
	const char *rootless; /* "true", "false" or "auto" */
	const char *criu;     /* the program checkpoint and restore work through */
	bool debug;
	bool systemd_cgroup;
	bool version;
	bool help;
	char **argv; /* of main, for re-execution (seal.h) */
};

/* runc's error texts are matched by callers: errnos are told in Go's words. */
static inline const char *runtime_errno_text(int sys)
{
	return err_text(sys);
}

#endif

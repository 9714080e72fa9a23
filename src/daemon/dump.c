/* SPDX-License-Identifier: Apache-2.0 */
/* SIGUSR1: what the threads are doing, as the kernel tells it. */
#include "daemon.h"

#include <dirent.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"

/* The third field of stat(5), behind the name in parentheses. */
static char state_of(const char *stat)
{
	struct slice name, rest;

	if (!stat || !slice_rcut(slice_str(stat), ')', &name, &rest) || rest.n < 2)
		return '?';
	return rest.p[1];
}

static void dump_thread(const char *tid)
{
	own_arena a = arena_new();
	struct err e;
	const char *stat, *call;

	stat = fs_read_str(a, AT_FDCWD, arena_printf(a, "/proc/self/task/%s/stat", tid), 4096, &e);
	call = fs_read_str(a, AT_FDCWD, arena_printf(a, "/proc/self/task/%s/wchan", tid), 256, &e);
	log_info("thread %s: %c in %s", tid, state_of(stat), call && *call ? call : "user code");
}

void daemon_dump_threads(void)
{
	own_dir dir = opendir("/proc/self/task");

	for (struct dirent *d; dir && (d = readdir(dir)) != NULL;)
		if (d->d_name[0] != '.')
			dump_thread(d->d_name);
}

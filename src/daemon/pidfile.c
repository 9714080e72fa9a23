/* SPDX-License-Identifier: Apache-2.0 */
/* The pidfile and the lock on the data root. */
#include "pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/slice.h"

/* One that was killed holds its lock until its last thread has left the kernel: a sync may take that long. */
#define LOCK_LOOKS   500
#define LOCK_LOOK_NS (10 * 1000 * 1000)

/* The pid in the file, 0 when there is none. */
static uint32_t read_pid(const char *path)
{
	own_arena a = arena_new();
	struct err ignored;
	const char *text = fs_read_str(a, AT_FDCWD, path, 64, &ignored);
	uint32_t pid = 0;

	if (!text || !parse_u32(slice_trim(slice_str(text)), &pid))
		return 0;
	return pid;
}

/* Whether a process runs: one that has ended but was not reaped yet (a zombie, proc_pid_stat(5)) does not. */
static bool is_running(uint32_t pid)
{
	own_arena a = arena_new();
	struct err ignored;

	if (kill((pid_t)pid, 0) && errno != EPERM)
		return false;
	const char *stat =
		fs_read_str(a, AT_FDCWD, arena_printf(a, "/proc/%u/stat", pid), 4096, &ignored);
	const char *state = stat ? strrchr(stat, ')') : NULL;
	return !state || !str_starts(state, ") Z");
}

int pidfile_write(const char *path, struct err *e)
{
	uint32_t old = read_pid(path);
	own_arena a = arena_new();
	char *dir = arena_strdup(a, path);
	char *slash = strrchr(dir, '/');
	const char *text = arena_printf(a, "%d", (int)getpid());

	/* Our own number from before a reboot of the machine is no one else. */
	if (old > 0 && old != (uint32_t)getpid() && is_running(old))
		return err_set(e, ERR_CONFLICT,
			"failed to start daemon, ensure docker is not running or delete %s: process with "
			"PID %u is still running",
			path, old);
	if (slash && slash != dir) {
		*slash = '\0';
		if (fs_mkdir_p(AT_FDCWD, dir, 0755, e))
			return err_in(e, "failed to create pidfile directory");
	}
	return fs_replace(AT_FDCWD, path, text, strlen(text), 0644, FS_NO_SYNC, e)
		       ? err_in(e, "write pidfile %s", path)
		       : 0;
}

void pidfile_remove(const char *path)
{
	if (read_pid(path) == (uint32_t)getpid())
		unlink(path);
}

int pidfile_lock_root(const char *root, struct err *e)
{
	own_fd fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "open %s", root);
	for (int looks = 0; flock(fd, LOCK_EX | LOCK_NB); looks++) {
		if (looks == LOCK_LOOKS)
			return err_set(e, ERR_CONFLICT,
				"failed to start daemon: another daemon works on data root %s",
				root);
		nanosleep(&(struct timespec){ .tv_nsec = LOCK_LOOK_NS }, NULL);
	}
	return take_fd(&fd);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attack: a process in the container gets a reference to the runtime's file, by having the runtime exec
 * /proc/self/exe (as command, "#!" interpreter or ELF interpreter) or by opening /proc/PID/exe of the
 * process that enters, waits until that process has ended (ETXTBSY is over) and opens the reference for writing.
 *
 * The defence must hold for references, so it must lie in the file or in the mount it was executed through:
 *
 * - Mount. A detached bind mount (open_tree) made read-only before anyone sees it, executed by fd. Exec closes
 *   the fd, which dissolves the mount's anonymous namespace: from then on it belongs to no namespace, and
 *   mount_setattr, remount, open_tree and bind all refuse it with EINVAL, whatever capabilities one has.
 *   Opening for writing gives EROFS for good. Nothing is copied and pages are shared with
 *   all other calls.
 * - File. A sealed memfd copy, for callers without CAP_SYS_ADMIN and for daemons that keep one.
 *
 * Checked here by how this process was executed, not by an environment variable that could be inherited.
 * Being non-dumpable besides keeps /proc/PID of the entering process shut to all without
 * CAP_SYS_PTRACE over the host.
 */
#include "seal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"

#define SELF	   "/proc/self/exe"
#define SEALS	   (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define BY_FD_PATH "/dev/fd/" /* AT_EXECFN after execveat(fd, ""), as the kernel words it */

static bool is_sealed(void)
{
	const char *how = (const char *)getauxval(AT_EXECFN);
	struct statvfs fs;

	if (!how || strncmp(how, BY_FD_PATH, strlen(BY_FD_PATH)) != 0)
		return false;
	if (statvfs(SELF, &fs) == 0 && fs.f_flag & ST_RDONLY)
		return true;
	own_fd self = open(SELF, O_RDONLY | O_CLOEXEC);
	return self >= 0 && (fcntl(self, F_GET_SEALS) & SEALS) == SEALS;
}

static int open_readonly_mount(void)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	own_fd fd =
		(int)syscall(SYS_open_tree, AT_FDCWD, SELF, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (fd < 0 ||
		syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &readonly, sizeof(readonly)))
		return -1;
	return take_fd(&fd);
}

static int open_sealed_copy(struct err *e)
{
	struct stat st;
	own_fd from = open(SELF, O_RDONLY | O_CLOEXEC);
	own_fd copy = memfd_create("tare-runtime", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (from < 0 || copy < 0 || fstat(from, &st))
		return err_sys(e, "copy own program");
	for (off_t done = 0; done < st.st_size;) {
		ssize_t n = sendfile(copy, from, NULL, (size_t)(st.st_size - done));
		if (n <= 0)
			return err_sys(e, "copy own program");
		done += n;
	}
	if (fchmod(copy, 0555) || fcntl(copy, F_ADD_SEALS, SEALS))
		return err_sys(e, "seal copy of own program");
	return take_fd(&copy);
}

int seal_self(char *const *argv, struct err *e)
{
	/* An unprivileged caller must still write its child's id maps; init.c makes that one non-dumpable. */
	if (geteuid() == 0 && prctl(PR_SET_DUMPABLE, 0))
		return err_sys(e, "set non-dumpable");
	if (is_sealed())
		return 0;
	if (fault_point("runtime.seal", e))
		return -1;
	own_fd fd = open_readonly_mount();
	if (fd < 0)
		fd = open_sealed_copy(e);
	if (fd < 0)
		return -1;
	syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
	return err_sys(e, "execute own program again");
}

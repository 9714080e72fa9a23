/* SPDX-License-Identifier: Apache-2.0 */
/* A namespace lives as long as a descriptor holds it; the process that made it only has to wait for its maps. */
#include "idmap.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "launch.h"
#include "sys/ns.h"

/* The child's pid as the mounted procfs counts, which is still the host's (fdinfo of a pidfd). */
static pid_t proc_pid(int pidfd)
{
	char path[40], line[256];
	int pid = -1;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	own_file info = fopen(path, "re");
	while (info && fgets(line, sizeof(line), info))
		if (str_starts(line, "Pid:") && sscanf(line + 4, "%d", &pid) != 1)
			pid = -1;
	return pid;
}

int idmap_userns(
	const struct oci_id_map_list *uids, const struct oci_id_map_list *gids, struct err *e)
{
	struct launched child;
	siginfo_t info;
	int fd = -1;
	int rc = launch_clone(CLONE_NEWUSER, -1, &child, e);

	if (rc == 1) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (rc < 0)
		return -1;
	pid_t pid = proc_pid(child.pidfd);
	if (ns_write_maps(pid, uids, gids, false, e) == 0)
		fd = ns_open(pid, ns_find("user"), e);
	syscall(SYS_pidfd_send_signal, child.pidfd, SIGKILL, NULL, 0);
	while (waitid(P_PIDFD, (id_t)child.pidfd, &info, WEXITED) && errno == EINTR)
		continue;
	close(child.pidfd);
	return fd;
}

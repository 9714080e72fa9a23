/* SPDX-License-Identifier: Apache-2.0 */
/* A namespace lives as long as a descriptor holds it; the process that made it only has to wait for its maps. */
#include "idmap.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch.h"
#include "sys/ns.h"

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
	if (ns_write_maps(child.pid, uids, gids, false, e) == 0)
		fd = ns_open(child.pid, ns_find("user"), e);
	syscall(SYS_pidfd_send_signal, child.pidfd, SIGKILL, NULL, 0);
	while (waitid(P_PIDFD, (id_t)child.pidfd, &info, WEXITED) && errno == EINTR)
		continue;
	close(child.pidfd);
	return fd;
}

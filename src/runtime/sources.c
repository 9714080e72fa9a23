/* SPDX-License-Identifier: Apache-2.0 */
/* Each request is answered by a process of its own, since who has changed its mount namespace cannot come back. */
#include "sources.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "channel.h"
#include "idmap.h"
#include "sys/mounts.h"
#include "sys/ns.h"

bool sources_needed(const struct creation *c)
{
	const struct oci_mount_list *l = &c->bundle.spec.mounts;

	if (c->plan.all & CLONE_NEWUSER)
		return true;
	for (size_t i = 0; i < l->n; i++)
		if (mount_is_idmapped(&l->v[i]))
			return true;
	return false;
}

int sources_ask(void *arg, const struct oci_mount *m, struct err *e)
{
	const struct creation *c = arg;
	struct channel_message answer;
	pid_t index = (pid_t)(m - c->bundle.spec.mounts.v);

	if (channel_send(c->channel, CHANNEL_SOURCE, -1, index, e) ||
		channel_recv(c->channel, &answer, e))
		return -1;
	if (answer.type == CHANNEL_FAILED) {
		*e = answer.failure;
		return -1;
	}
	if (answer.type != CHANNEL_SOURCE || answer.fd < 0)
		return err_set(e, ERR_CANCELLED, "the runtime went away");
	return answer.fd;
}

/* The map of the mount's own, or the container's. */
static int open_map(const struct creation *c, const struct oci_mount *m, struct err *e)
{
	if (m->uid_mappings.n)
		return idmap_userns(&m->uid_mappings, &m->gid_mappings, e);
	return ns_open(c->init.pid, ns_find("user"), e);
}

static int open_there(const struct creation *c, const struct oci_mount *m, struct err *e)
{
	own_fd userns = -1;

	if (fault_point("runtime.source", e))
		return -1;
	if (mount_is_idmapped(m)) {
		userns = open_map(c, m, e);
		if (userns < 0)
			return -1;
	}
	if (ns_join_process(c->init.pidfd, CLONE_NEWNS, e))
		return -1;
	return mount_source_open(m, c->bundle.path, userns, e);
}

static _Noreturn void helper_main(const struct creation *c, const struct oci_mount *m)
{
	struct err e, unheard;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	own_fd fd = open_there(c, m, &e);
	if (fd < 0)
		_exit(channel_send_failure(c->channel, &e, &unheard) ? 1 : 0);
	_exit(channel_send(c->channel, CHANNEL_SOURCE, fd, 0, &unheard) ? 1 : 0);
}

int sources_answer(struct creation *c, size_t index, struct err *e)
{
	const struct oci_mount_list *l = &c->bundle.spec.mounts;
	struct launched helper;
	siginfo_t info = { 0 };

	if (index >= l->n)
		return err_set(
			e, ERR_INTERNAL, "container init asks for a mount that is not there");
	int rc = launch_clone(0, -1, &helper, e);
	if (rc == 1)
		helper_main(c, &l->v[index]);
	if (rc)
		return -1;
	while (waitid(P_PIDFD, (id_t)helper.pidfd, &info, WEXITED) && errno == EINTR)
		continue;
	close(helper.pidfd);
	if (info.si_code != CLD_EXITED || info.si_status != 0)
		return err_set(e, ERR_INTERNAL, "opening the source of mount \"%s\" failed",
			l->v[index].destination);
	return 0;
}

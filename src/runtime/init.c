/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's first process between clone3 and execve. It runs on a copy of the parent's memory, so there
 * is nothing to parse and no second program to start.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/io.h"
#include "base/log.h"
#include "base/slice.h"
#include "channel.h"
#include "creation.h"
#include "entry.h"
#include "hooks.h"
#include "keyring.h"
#include "rootfs.h"
#include "sources.h"
#include "sys/sched.h"

#define STATE_TEXT_MAX (1024 * 1024)

static int bring_up_loopback(struct err *e)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING };
	own_fd s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (s < 0 || ioctl(s, SIOCSIFFLAGS, &lo))
		return err_sys(e, "bring up loopback");
	return 0;
}

static int set_names(const struct oci_spec *s, struct err *e)
{
	if (!str_empty(s->hostname) && sethostname(s->hostname, strlen(s->hostname)))
		return err_sys(e, "sethostname");
	if (!str_empty(s->domainname) && setdomainname(s->domainname, strlen(s->domainname)))
		return err_sys(e, "setdomainname");
	return 0;
}

/*
 * Through the host's /proc/sys, opened before the root changed: what it shows follows the writer's
 * namespaces, and nothing in the container can stand in its way.
 */
static int set_sysctls(int proc_sys, const struct str_map *sysctl, struct err *e)
{
	char path[256];

	for (size_t i = 0; i < sysctl->n; i++) {
		if (oci_sysctl_path(sysctl->keys[i], path, sizeof(path), e))
			return -1;
		own_fd fd = fault_point("runtime.sysctl", e)
				    ? -1
				    : fs_open_below(proc_sys, path, O_WRONLY, e);
		if (fd < 0 || io_write(fd, sysctl->v[i], strlen(sysctl->v[i]), e))
			return err_in(e, "set sysctl %s", sysctl->keys[i]);
	}
	return 0;
}

/* The hooks that see the mounted root from the runtime's side of pivot_root. */
static int run_create_hooks(struct creation *c, struct err *e)
{
	const struct oci_hooks *h = c->bundle.spec.hooks;
	own_buf state = { 0 };

	buf_init(&state, STATE_TEXT_MAX);
	if (!h)
		return 0;
	if (h->prestart.n || h->create_runtime.n) {
		if (channel_send(c->channel, CHANNEL_HOOKS, -1, 0, e) ||
			channel_expect(c->channel, CHANNEL_GO_ON, NULL, e))
			return -1;
	}
	if (!h->create_container.n)
		return 0;
	container_hook_state(&c->record, CONTAINER_CREATING, c->record.pid, &state);
	const struct hook_place place = { &c->bundle.spec.process->env, c->bundle.rootfs };
	return hooks_run("createContainer", &h->create_container, &state, &place, e);
}

static int take_console(struct creation *c, const struct rootfs *r, struct err *e)
{
	const struct oci_process *p = c->bundle.spec.process;
	struct pty pty;

	if (!p->terminal)
		return 0;
	if (rootfs_console(r, p->console_size, &pty, e))
		return -1;
	int rc = channel_send(c->channel, CHANNEL_CONSOLE, pty.master, 0, e);
	if (rc == 0)
		rc = pty_make_controlling(pty.slave, e);
	/* Standard streams are copies by now. */
	close(pty.master);
	if (pty.slave > 2)
		close(pty.slave);
	return rc;
}

/* The parent makes the groups beside the first mounts (struct launch, joins_late). */
static int join_cgroup(void *arg, struct err *e)
{
	struct creation *c = arg;

	return channel_expect(c->channel, CHANNEL_GROUPS, NULL, e) ? -1
								   : launch_child_join(&c->plan, e);
}

static int build_root(struct creation *c, int *proc_sys, struct err *e)
{
	const struct oci_spec *s = &c->bundle.spec;
	bool asks = sources_needed(c);
	struct rootfs r = {
		.spec = s,
		.path = c->bundle.rootfs,
		.host = c->host,
		.cgroup = c->cgroup,
		.await_cgroup = c->plan.joins_late ? join_cgroup : NULL,
		.arg = c,
		.own_cgroup_ns = c->plan.all & CLONE_NEWCGROUP,
		.in_user_ns = c->plan.all & CLONE_NEWUSER,
		.no_pivot = c->opts->no_pivot,
		.bundle = c->bundle.path,
		.source = asks ? sources_ask : NULL,
		.source_arg = c,
	};

	if (s->linux.sysctl.n) {
		struct statfs fs;

		*proc_sys = open("/proc/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (*proc_sys < 0 || fstatfs(*proc_sys, &fs))
			return err_sys(e, "open /proc/sys");
		if (fs.f_type != PROC_SUPER_MAGIC)
			return err_set(e, ERR_INVALID, "/proc/sys is not on procfs");
	}
	/* The mounts run beside the parent's writing of state.json; nothing the container sees comes before it. */
	if ((asks && channel_expect(c->channel, CHANNEL_GO, &c->record.pid, e)) ||
		rootfs_mount(&r, e) ||
		(!asks && channel_expect(c->channel, CHANNEL_GO, &c->record.pid, e)))
		return -1;
	if (run_create_hooks(c, e) || take_console(c, &r, e))
		return -1;
	return rootfs_enter(&r, e);
}

static int enter(struct creation *c, struct err *e)
{
	creation_reset_signals();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		return err_sys(e, "prctl");
	if (c->plan.fresh & CLONE_NEWUSER &&
		(channel_expect(c->channel, CHANNEL_MAPPED, NULL, e) || launch_become_root(e)))
		return -1;
	/* Root's runtime was so before it cloned us (seal.c); a user's only can be now that the ids are mapped. */
	if (c->is_users && prctl(PR_SET_DUMPABLE, 0))
		return err_sys(e, "set non-dumpable");
	if (setsid() < 0)
		return err_sys(e, "setsid");
	if (fault_point("runtime.enter", e) || launch_child_enter(&c->plan, e))
		return -1;
	sched_reset_affinity();
	if (c->record.has_keyring && keyring_make(c->id, c->plan.all & CLONE_NEWUSER,
					     c->bundle.spec.process->selinux_label, e))
		return -1;
	return c->plan.fresh & CLONE_NEWNET ? bring_up_loopback(e) : 0;
}

static int run(struct creation *c, struct err *e)
{
	const struct oci_spec *s = &c->bundle.spec;
	own_fd proc_sys = -1;
	own_buf state = { 0 };

	buf_init(&state, STATE_TEXT_MAX);
	close(c->dir);
	if (enter(c, e) || entry_schedule(s->process, e) || build_root(c, &proc_sys, e))
		return -1;
	if (set_names(s, e) || set_sysctls(proc_sys, &s->linux.sysctl, e))
		return -1;
	container_hook_state(&c->record, CONTAINER_CREATED, c->record.pid, &state);
	struct entry en = {
		.arena = c->rt->arena,
		.process = s->process,
		.personality = s->linux.personality,
		.memory_policy = s->linux.memory_policy,
		.seccomp = s->linux.seccomp ? &c->seccomp : NULL,
		.channel = c->channel,
		.preserve_fds = (unsigned)c->opts->preserve_fds + c->listen_fds,
		.listen_fds = c->listen_fds,
		.fifo = c->fifo,
		.stays_dumpable = c->is_users,
		.start_hooks = s->hooks ? &s->hooks->start_container : NULL,
		.hook_state = &state,
	};
	return entry_go(&en, e);
}

void init_main(struct creation *c)
{
	struct err e, unheard;

	close(c->channel);
	c->channel = c->far_channel;
	run(c, &e);
	/* When the parent is gone too there is nobody to tell. */
	channel_send_failure(c->channel, &e, &unheard);
	_exit(1);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Both halves of exec: the parent's in enter_run, the child's in child_main. */
#include "enter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "channel.h"
#include "creation.h"
#include "demands.h"
#include "entry.h"
#include "placement.h"
#include "grants.h"
#include "keyring.h"
#include "sys/pty.h"
#include "sys/sched.h"

#define SECCOMP_MAX (16 * 1024 * 1024)

/* ---- the first child, still on the host's side ---- */

static int join_cgroups(struct enter *en, struct err *e)
{
	if (fault_point("enter.cgroup", e))
		return -1;
	if (en->cgroup && cgroup_join(en->cgroup, true, e))
		return -1;
	for (size_t i = 0; i < en->n_below; i++)
		if (write(en->below[i], "0", 1) != 1)
			return err_sys(e, "error adding process to cgroup");
	return 0;
}

static unsigned preserved_fds(const struct enter *en)
{
	return (unsigned)en->opts->preserve_fds + creation_listen_fds();
}

static int leave_host(void *arg, int line, struct err *e)
{
	struct enter *en = arg;
	const struct oci_cpu_affinity *cpus = en->process->exec_cpu_affinity;
	const int keep[] = { en->far_channel, en->init, line };

	if (cpus && !str_empty(cpus->initial) && sched_set_affinity(cpus->initial, e))
		return -1;
	if (join_cgroups(en, e))
		return -1;
	if (cpus && !str_empty(cpus->final) && sched_set_affinity(cpus->final, e))
		return -1;
	if (!cpus || (str_empty(cpus->initial) && str_empty(cpus->final)))
		sched_reset_affinity();
	if (fault_point("enter.ns", e))
		return -1;
	launch_close_others(3 + preserved_fds(en), keep, sizeof(keep) / sizeof(keep[0]));
	return 0;
}

/* ---- the child ---- */

static int take_console(struct enter *en, struct err *e)
{
	const struct oci_console_size *size = en->process->console_size;
	struct pty pty;

	if (!en->process->terminal)
		return 0;
	own_fd dev = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dev < 0)
		return err_sys(e, "open /dev");
	if (fault_point("enter.console", e) || pty_open(dev, &pty, e))
		return -1;
	int rc =
		size ? pty_resize(pty.master, (uint16_t)size->height, (uint16_t)size->width, e) : 0;
	if (rc == 0)
		rc = channel_send(en->channel, CHANNEL_CONSOLE, pty.master, 0, e);
	if (rc == 0)
		rc = pty_make_controlling(pty.slave, e);
	close(pty.master);
	if (pty.slave > 2)
		close(pty.slave);
	return rc;
}

static int child_run(struct enter *en, struct err *e)
{
	const char *domain = en->container->record.personality;
	struct oci_personality personality = { .domain = domain };

	creation_reset_signals();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		return err_sys(e, "prctl");
	/* Not before the parent has said so: the pid file is written then. */
	if (channel_expect(en->channel, CHANNEL_GO, NULL, e) || entry_schedule(en->process, e))
		return -1;
	if (en->container->record.has_keyring && keyring_join(en->container->record.id, e))
		return -1;
	if (setsid() < 0)
		return err_sys(e, "setsid");
	if (take_console(en, e))
		return -1;
	struct entry entry = {
		.arena = en->rt->arena,
		.process = en->process,
		.personality = domain ? &personality : NULL,
		.memory_policy = en->container->record.memory_policy,
		.seccomp = en->has_seccomp ? &en->seccomp : NULL,
		.channel = en->channel,
		.preserve_fds = preserved_fds(en),
		.listen_fds = creation_listen_fds(),
		.fifo = -1,
	};
	return entry_go(&entry, e);
}

static _Noreturn void child_main(struct enter *en)
{
	struct err e, unheard;

	/* Its descriptor is closed; what is still to say goes to the container's stderr, as with runc. */
	log_setup(STDERR_FILENO, LOG_LVL_ERROR, LOG_FMT_RUNC_TEXT);
	en->channel = en->far_channel;
	child_run(en, &e);
	channel_send_failure(en->channel, &e, &unheard);
	_exit(1);
}

/* ---- the parent ---- */

/*
 * Opens the file that takes processes into a group below the container's: the path is resolved below it, so ".." does
 * not lead out. The child writes to it, which counts as the opener's doing.
 */
static int open_below(struct enter *en, const char *dir, const char *path, bool v2, struct err *e)
{
	own_fd top = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (top < 0)
		return err_sys(e, "open %s", dir);
	if (en->n_below == ENTER_BELOW_MOST)
		return err_set(e, ERR_INVALID, "too many --cgroup");
	own_fd sub = fs_open_in(top, path, O_PATH | O_DIRECTORY, 0, e);
	if (sub < 0)
		return err_in(e, "error adding process to cgroup %s/%s", dir, path);
	int fd = openat(sub, v2 ? "cgroup.procs" : "tasks", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "error adding process to cgroup %s/%s", dir, path);
	en->below[en->n_below++] = fd;
	return 0;
}

static int open_all_below(struct enter *en, const char *path, struct err *e)
{
	const struct cgroup_mount *mounts;
	struct cgroup_host *host = cgroup_host_new(e);
	int rc = 0;

	if (!host)
		return -1;
	size_t n = cgroup_host_mounts(host, &mounts);
	for (size_t i = 0; i < n && !rc; i++) {
		struct slice first, rest;
		slice_cut(slice_str(mounts[i].controllers), ',', &first, &rest);
		const char *name = arena_strndup(en->rt->arena, first.p, first.n);
		const char *dir = cgroup_dir(en->cgroup, name);
		if (dir)
			rc = open_below(en, dir, path, mounts[i].v2, e);
	}
	cgroup_host_free(host);
	return rc;
}

static int open_sub_cgroup(struct enter *en, const char *spec, struct err *e)
{
	struct slice controllers, path, one;
	struct arena *a = en->rt->arena;

	if (!en->cgroup)
		return err_set(e, ERR_INVALID, "--cgroup: the container has no cgroup");
	if (!slice_cut(slice_str(spec), ':', &controllers, &path))
		return open_all_below(en, spec, e);
	while (controllers.n) {
		slice_cut(controllers, ',', &one, &controllers);
		const char *name = arena_strndup(a, one.p, one.n);
		const char *dir = cgroup_dir(en->cgroup, name);
		if (!dir)
			return err_set(e, ERR_INVALID, "unknown controller %s in --cgroup", name);
		if (open_below(en, dir, path.p, false, e))
			return -1;
	}
	return 0;
}

static int prepare_seccomp(struct enter *en, struct err *e)
{
	own_buf text = { 0 };

	buf_init(&text, SECCOMP_MAX);
	if (fs_read(en->container->dir, CONTAINER_SECCOMP, SECCOMP_MAX, &text, e))
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	en->has_seccomp = true;
	return creation_get_seccomp(en->rt, text.data, &en->seccomp, e);
}

static int take_master(struct enter *en, int master, struct err *e)
{
	if (str_empty(en->opts->console_socket)) {
		en->console = dup(master);
		return en->console < 0 ? err_sys(e, "dup") : 0;
	}
	return pty_send(en->opts->console_socket, master, "/dev/ptmx", e);
}

static int set_limits(struct enter *en, struct err *e)
{
	if (creation_set_limits(en->child.pid, &en->process->rlimits, e))
		return -1;
	return channel_send(en->channel, CHANNEL_GO_ON, -1, 0, e);
}

static int pass_listener(struct enter *en, int listener, struct err *e)
{
	const struct container *ctr = en->container;

	if (creation_send_listener(
		    &en->seccomp, &ctr->record, container_status(ctr), en->child.pid, listener, e))
		return -1;
	return channel_send(en->channel, CHANNEL_GO_ON, -1, 0, e);
}

/* 0: go on listening, 1: the program runs, -1. */
static int answer(struct enter *en, struct channel_message *m, bool *ready, struct err *e)
{
	switch (m->type) {
	case CHANNEL_CONSOLE:
		return take_master(en, m->fd, e);
	case CHANNEL_LIMITS:
		return set_limits(en, e);
	case CHANNEL_LISTENER:
		return pass_listener(en, m->fd, e);
	case CHANNEL_READY:
		*ready = true;
		return 0;
	case CHANNEL_FAILED:
		*e = m->failure;
		return -1;
	case CHANNEL_END:
		return *ready ? 1 : creation_explain_death(&en->child, en->cgroup, e);
	default:
		return err_set(e, ERR_INTERNAL, "unexpected message from the new process");
	}
}

static int hear_child(struct enter *en, struct err *e)
{
	struct channel_message m;
	bool ready = false;
	int rc;

	do {
		if (channel_recv(en->channel, &m, e))
			return -1;
		own_fd fd = m.fd;
		rc = answer(en, &m, &ready, e);
	} while (rc == 0);
	return rc < 0 ? -1 : 0;
}

static int tell_and_hear(struct enter *en, struct err *e)
{
	if (creation_set_oom_score(en->child.pid, en->process->oom_score_adj, e) ||
		grants_join_class(&en->container->record, en->child.pid, e))
		return -1;
	if (!str_empty(en->opts->pid_file) &&
		(fault_point("enter.pid-file", e) ||
			creation_write_pid(en->opts->pid_file, en->child.pid, e)))
		return -1;
	if (channel_tell(en->channel, CHANNEL_GO, en->child.pid, e) || hear_child(en, e)) {
		if (!str_empty(en->opts->pid_file))
			unlink(en->opts->pid_file);
		return -1;
	}
	return 0;
}

static void kill_child(struct enter *en)
{
	siginfo_t info;

	syscall(SYS_pidfd_send_signal, en->child.pidfd, SIGKILL, NULL, 0);
	while (waitid(P_PIDFD, (id_t)en->child.pidfd, &info, WEXITED) && errno == EINTR)
		continue;
}

/*
 * The v2 group init itself is in. A container that manages groups of its own (systemd) leaves its own one empty,
 * and with controllers handed down it takes no process any more: runc then goes where init is, too.
 */
static int open_init_group(const struct enter *en, struct err *e)
{
	struct arena *a = en->rt->arena;
	const char *file = arena_printf(a, "/proc/%d/cgroup", en->container->record.pid);
	const struct cgroup_mount *mounts;
	struct slice rest, line;
	const char *top = NULL;

	const char *text = fs_read_str(a, AT_FDCWD, file, 1 << 20, e);
	struct cgroup_host *host = text ? cgroup_host_new(e) : NULL;
	if (!host)
		return -1;
	size_t n = cgroup_host_mounts(host, &mounts);
	for (size_t i = 0; i < n; i++)
		if (mounts[i].v2)
			top = arena_strdup(a, mounts[i].mount_point);
	cgroup_host_free(host);
	rest = slice_str(text);
	while (top && rest.n) {
		slice_cut(rest, '\n', &line, &rest);
		if (!slice_starts(line, "0::/"))
			continue;
		const char *dir = arena_printf(a, "%s/%.*s", top, (int)line.n - 4, line.p + 4);
		int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		return fd < 0 ? err_sys(e, "open %s", dir) : fd;
	}
	return err_set(e, ERR_INTERNAL, "%s does not tell init's cgroup", file);
}

static int attach(void *arg, pid_t first, struct err *e)
{
	struct enter *en = arg;

	return placement_attach(en->rt, en->attach_to, first, e);
}

static int clone_into(struct enter *en, int into, struct err *e)
{
	static const struct oci_time_offsets none;
	struct launch plan = {
		.all = (int)en->container->record.namespaces,
		.time_offsets = &none,
		.process = en->init,
		.leave = leave_host,
		.place = en->attach_to ? attach : NULL,
		.arg = en,
		.cgroup = en->cgroup,
		.into = into,
	};

	return launch_run(&plan, &en->child, e);
}

/*
 * A user who comes from a group of root's may not leave it by himself. systemd may move his process; without it runc goes
 * on outside of the container's group, too.
 */
static int clone_without_rights(struct enter *en, struct err *e)
{
	struct cgroup *cg = en->cgroup;

	en->cgroup = NULL;
	en->attach_to = cg;
	int rc = clone_into(en, -1, e);
	if (rc < 0 && e->kind == ERR_NOT_FOUND) {
		en->attach_to = NULL;
		log_warn("exec may not join the container's cgroup, ignoring");
		rc = clone_into(en, -1, e);
	}
	if (rc != 1) {
		en->cgroup = cg;
		en->attach_to = NULL;
	}
	return rc;
}

static int clone_child(struct enter *en, struct err *e)
{
	int rc = clone_into(en, en->cgroup ? cgroup_clone_fd(en->cgroup) : -1, e);

	if (rc >= 0 || !en->cgroup)
		return rc;
	if ((e->sys == EACCES || e->sys == EPERM) && geteuid() != 0)
		return clone_without_rights(en, e);
	if (e->sys != EBUSY)
		return rc;
	own_fd group = open_init_group(en, e);
	return group < 0 ? -1 : clone_into(en, group, e);
}

static int start_child(struct enter *en, struct err *e)
{
	if (channel_open(&en->channel, &en->far_channel, e))
		return -1;
	int rc = clone_child(en, e);
	if (rc == 1)
		child_main(en);
	close(take_fd(&en->far_channel));
	if (rc)
		return -1;
	if (tell_and_hear(en, e) == 0)
		return 0;
	kill_child(en);
	return -1;
}

int enter_run(struct enter *en, struct err *e)
{
	en->channel = en->far_channel = en->console = en->child.pidfd = -1;
	en->init = container_pidfd(en->container, e);
	if (en->init < 0)
		return err_set(e, ERR_CONFLICT, "cannot exec in a stopped container");
	en->cgroup = container_cgroup(en->container, e);
	if (!en->cgroup && e->kind != ERR_NOT_FOUND)
		return -1;
	if (demands_check_labels(en->process, e) || prepare_seccomp(en, e))
		return -1;
	for (size_t i = 0; i < en->opts->cgroups.n; i++)
		if (open_sub_cgroup(en, en->opts->cgroups.v[i], e))
			return err_in(e, "unable to start container process");
	return start_child(en, e) ? err_in(e, "unable to start container process") : 0;
}

void enter_done(struct enter *en)
{
	int *const fds[] = { &en->init, &en->channel, &en->far_channel, &en->console,
		&en->child.pidfd };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (*fds[i] >= 0)
			close(take_fd(fds[i]));
	while (en->n_below)
		close(en->below[--en->n_below]);
	cgroup_free(en->cgroup);
	seccomp_program_done(&en->seccomp);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent's half of creating a container: a list of steps, each with its undo. While the child makes its namespaces
 * and mounts, the parent makes the groups, writes state.json and the pid file; then both meet in hear_child.
 */
#include "creation.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "base/steps.h"
#include "channel.h"
#include "demands.h"
#include "fifo.h"
#include "grants.h"
#include "hooks.h"
#include "maps.h"
#include "placement.h"
#include "sources.h"
#include "sys/device.h"
#include "sys/pty.h"

#define REMOVE_TIMEOUT_MS 5000
#define STATE_TEXT_MAX	  (1024 * 1024)

/* ---- steps ---- */

void creation_forget(struct creation *c)
{
	struct err e;

	if (container_forget(c->rt, c->id, &e))
		log_warn("%s: %s, ignoring", c->id, e.msg);
}

static int make_fifo(void *ctx, struct err *e)
{
	struct creation *c = ctx;

	return c->stands_at_fifo ? fifo_make(c->dir, &c->fifo, e) : 0;
}

/* exec needs the filter later, whatever becomes of the bundle. */
int creation_prepare_seccomp(void *ctx, struct err *e)
{
	struct creation *c = ctx;
	const char *text = c->bundle.spec.linux.seccomp;

	if (!text)
		return 0;
	own_fd fd =
		openat(c->dir, CONTAINER_SECCOMP, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, "create %s", CONTAINER_SECCOMP);
	size_t n = strlen(text);
	if (write(fd, text, n) != (ssize_t)n)
		return err_sys(e, "write %s", CONTAINER_SECCOMP);
	return creation_get_seccomp(c->rt, text, &c->seccomp, e);
}

/* runc takes a path as it stands in the spec, and the id below the root of each hierarchy otherwise. */
static const char *cgroup_path(struct creation *c)
{
	const char *path = c->bundle.spec.linux.cgroups_path;

	return str_empty(path) ? arena_printf(c->rt->arena, "/%s", c->id) : path;
}

static void device_rules(const struct creation *c, struct oci_device_rule_list *out)
{
	const struct oci_resources *r = c->bundle.spec.linux.resources;
	size_t own = r ? r->devices.n : 0;
	struct oci_device_rule *v =
		arena_array(c->rt->arena, own + device_n_default_rules, sizeof(*v));

	if (own)
		memcpy(v, r->devices.v, own * sizeof(*v));
	memcpy(v + own, device_default_rules, device_n_default_rules * sizeof(*v));
	*out = (struct oci_device_rule_list){ v, own + device_n_default_rules };
}

bool creation_is_rootless(const struct creation *c)
{
	/* root of a user namespace counts as the user who made it. */
	return str_eq(c->rt->rootless, "true") ||
	       (str_eq(c->rt->rootless, "auto") && (c->is_users || ns_in_user_namespace()));
}

int creation_set_devices(
	const struct creation *c, const struct oci_device_rule_list *rules, struct err *e)
{
	if (cgroup_set_devices(c->cgroup, rules, e) == 0)
		return 0;
	if (!creation_is_rootless(c))
		return -1;
	log_debug("%s: device rules: %s, ignoring", c->id, e->msg);
	return 0;
}

void creation_first_limits(struct creation *c, struct oci_resources *out)
{
	const struct oci_resources *r = c->bundle.spec.linux.resources;

	*out = r ? *r : (struct oci_resources){ 0 };
	device_rules(c, &out->devices);
	if (out->pids &&
		(c->is_restored || (out->pids->limit == 1 && launch_is_staged(&c->plan)))) {
		c->late_pids = out->pids;
		out->pids = NULL;
	}
}

int creation_limit_pids(void *ctx, struct err *e)
{
	struct creation *c = ctx;
	const struct oci_resources late = { .pids = c->late_pids };

	if (!late.pids || !c->cgroup || cgroup_update(c->cgroup, &late, e) == 0)
		return 0;
	return err_in(e, "error setting cgroup config for procHooks process");
}

static int limit_cgroup(struct creation *c, struct err *e)
{
	struct oci_resources limits;

	creation_first_limits(c, &limits);
	if (c->bundle.spec.linux.resources && cgroup_apply(c->cgroup, &limits, e))
		return -1;
	return creation_set_devices(c, &limits.devices, e) || placement_give(c, e) ? -1 : 0;
}

static bool is_forgiven(const struct creation *c, const struct err *e)
{
	return creation_is_rootless(c) && (e->sys == EACCES || e->sys == EPERM || e->sys == EROFS);
}

/* A user's container does without a group when nothing was asked of it (runc's rule and words). */
static int do_without_cgroup(const struct creation *c, struct err *e)
{
	const struct oci_linux *l = &c->bundle.spec.linux;
	const char *limit = l->resources ? cgroup_first_limit(l->resources) : NULL;

	if (!is_forgiven(c, e) || !str_empty(l->cgroups_path))
		return err_in(e, "unable to apply cgroup configuration");
	if (!limit)
		return 0;
	if (cgroup_host_version(c->host) == CGROUP_V2)
		return err_in(e,
			"unable to apply cgroup configuration: rootless needs no limits + no cgrouppath when no permission is granted for cgroups");
	return err_set(e, ERR_FORBIDDEN,
		"error setting cgroup config for procHooks process: cannot set %s limit: container could not join or create cgroup",
		limit);
}

static void remove_cgroup(struct creation *c)
{
	struct err e;

	if (c->cgroup && cgroup_remove(c->cgroup, REMOVE_TIMEOUT_MS, &e))
		log_warn("%s: %s, ignoring", c->id, e.msg);
}

int creation_make_cgroup(void *ctx, struct err *e)
{
	struct creation *c = ctx;

	if (!c->host)
		c->host = cgroup_host_new(e);
	if (!c->host)
		return -1;
	if (c->rt->systemd_cgroup)
		return placement_plan(c, e);
	c->cgroup = cgroup_create(c->host, cgroup_path(c), e);
	if (!c->cgroup)
		return do_without_cgroup(c, e);
	if (cgroup_check_unused(c->cgroup, e)) {
		/* It is another's: nothing in it is ours to undo. */
		cgroup_free(c->cgroup);
		c->cgroup = NULL;
		return -1;
	}
	if (limit_cgroup(c, e)) {
		remove_cgroup(c);
		return err_in(e, "error setting cgroup config for procHooks process");
	}
	c->plan.cgroup = c->cgroup;
	return 0;
}

void creation_unmake_cgroup(void *ctx)
{
	struct creation *c = ctx;

	if (c->has_groups || !c->plan.joins_late)
		remove_cgroup(c);
	else if (c->cgroup)
		cgroup_unmake(c->cgroup);
}

/*
 * On v1 there are ten groups to make, which is a millisecond: they are made beside the child's first mounts. Not where that
 * may fail and be done without, nor where the child will not find the way to them, nor where the parent has other things
 * to do with the child's namespaces first.
 */
static bool may_join_late(const struct creation *c)
{
	for (size_t i = 0; i < c->plan.n_joins; i++)
		if (c->plan.joins[i].type->flag == CLONE_NEWNS)
			return false;
	return cgroup_host_version(c->host) == CGROUP_V1 && !c->rt->systemd_cgroup &&
	       !(c->plan.all & CLONE_NEWUSER) && geteuid() == 0 && !creation_is_rootless(c) &&
	       !sources_needed(c) && !c->bundle.spec.linux.net_devices.n;
}

/* The child may be born in the v2 tree: that group is made at once. */
static int begin_cgroup(void *ctx, struct err *e)
{
	struct creation *c = ctx;

	c->host = cgroup_host_new(e);
	if (!c->host)
		return -1;
	if (!may_join_late(c))
		return creation_make_cgroup(c, e);
	c->plan.joins_late = true;
	c->cgroup = c->plan.cgroup = cgroup_plan(c->host, cgroup_path(c), e);
	if (c->cgroup && cgroup_make(c->cgroup, true, e) == 0)
		return 0;
	creation_unmake_cgroup(c);
	return err_in(e, "unable to apply cgroup configuration");
}

static int make_late_groups(void *ctx, struct err *e)
{
	struct creation *c = ctx;

	if (!c->plan.joins_late)
		return 0;
	if (cgroup_make(c->cgroup, false, e))
		return err_in(e, "unable to apply cgroup configuration");
	if (cgroup_check_unused(c->cgroup, e))
		return -1;
	c->has_groups = true;
	if (limit_cgroup(c, e))
		return err_in(e, "error setting cgroup config for procHooks process");
	return channel_tell(c->channel, CHANNEL_GROUPS, 0, e);
}

static int launch(void *ctx, struct err *e)
{
	struct creation *c = ctx;

	if (channel_open(&c->channel, &c->far_channel, e))
		return -1;
	int rc = launch_run(&c->plan, &c->init, e);
	if (rc == 1)
		init_main(c);
	close(take_fd(&c->far_channel));
	return rc;
}

void creation_kill_init(void *ctx)
{
	struct creation *c = ctx;
	siginfo_t info;

	syscall(SYS_pidfd_send_signal, c->init.pidfd, SIGKILL, NULL, 0);
	while (waitid(P_PIDFD, (id_t)c->init.pidfd, &info, WEXITED) && errno == EINTR)
		continue;
}

static int map_ids(void *ctx, struct err *e)
{
	struct creation *c = ctx;

	const struct oci_linux *l = &c->bundle.spec.linux;

	if (!(c->plan.all & CLONE_NEWUSER))
		return 0;
	if (!(c->plan.fresh & CLONE_NEWUSER))
		return maps_compare(c->rt->arena, c->init.pid, l, e);
	if (maps_write(c->rt->arena, c->init.pid, l, e))
		return -1;
	return channel_send(c->channel, CHANNEL_MAPPED, -1, 0, e);
}

int creation_save_state(void *ctx, struct err *e)
{
	struct creation *c = ctx;
	struct container_record *r = &c->record;
	own_buf group = { 0 };

	buf_init(&group, STATE_TEXT_MAX);
	if (creation_set_oom_score(c->init.pid, c->bundle.spec.process->oom_score_adj, e))
		return -1;
	if (c->cgroup)
		cgroup_save(c->cgroup, &group);
	r->cgroup = arena_strdup(c->rt->arena, group.data);
	r->pid = c->init.pid;
	if (container_start_time(r->pid, &r->start_time, e)) {
		/* It ended already; what it said before is the better message. */
		r->start_time = 0;
	}
	return container_save(c->dir, r, e);
}

int creation_write_pid_file(void *ctx, struct err *e)
{
	struct creation *c = ctx;

	if (str_empty(c->opts->pid_file))
		return 0;
	return creation_write_pid(c->opts->pid_file, c->init.pid, e);
}

void creation_remove_pid_file(void *ctx)
{
	struct creation *c = ctx;

	if (!str_empty(c->opts->pid_file))
		unlink(c->opts->pid_file);
}

/* ---- the child's messages ---- */

static int run_runtime_hooks(struct creation *c, struct err *e)
{
	const struct oci_hooks *h = c->bundle.spec.hooks;
	own_buf state = { 0 };

	buf_init(&state, STATE_TEXT_MAX);
	container_hook_state(&c->record, CONTAINER_CREATING, c->init.pid, &state);
	const struct hook_place place = { .dir = c->bundle.path, .init = &c->init.pidfd };
	if (hooks_run("prestart", &h->prestart, &state, &place, e) ||
		hooks_run("createRuntime", &h->create_runtime, &state, &place, e))
		return -1;
	return channel_send(c->channel, CHANNEL_GO_ON, -1, 0, e);
}

static int take_console(struct creation *c, int master, struct err *e)
{
	if (str_empty(c->opts->console_socket)) {
		c->console = dup(master);
		return c->console < 0 ? err_sys(e, "dup") : 0;
	}
	return pty_send(c->opts->console_socket, master, "/dev/ptmx", e);
}

static int set_limits(struct creation *c, struct err *e)
{
	if (creation_set_limits(c->init.pid, &c->bundle.spec.process->rlimits, e))
		return -1;
	return channel_send(c->channel, CHANNEL_GO_ON, -1, 0, e);
}

static int pass_listener(struct creation *c, int listener, struct err *e)
{
	if (creation_send_listener(
		    &c->seccomp, &c->record, CONTAINER_CREATING, c->init.pid, listener, e))
		return -1;
	return channel_send(c->channel, CHANNEL_GO_ON, -1, 0, e);
}

/* 0: go on listening, 1: the child is where it should be, -1. */
static int answer(struct creation *c, struct channel_message *m, bool *ready, struct err *e)
{
	switch (m->type) {
	case CHANNEL_SOURCE:
		return sources_answer(c, (size_t)m->number, e);
	case CHANNEL_HOOKS:
		return run_runtime_hooks(c, e);
	case CHANNEL_CONSOLE:
		return take_console(c, m->fd, e);
	case CHANNEL_LIMITS:
		return set_limits(c, e);
	case CHANNEL_LISTENER:
		return pass_listener(c, m->fd, e);
	case CHANNEL_READY:
		*ready = true;
		return c->stands_at_fifo;
	case CHANNEL_FAILED:
		*e = m->failure;
		return -1;
	case CHANNEL_END:
		return *ready ? 1 : creation_explain_death(&c->init, c->cgroup, e);
	default:
		return err_set(e, ERR_INTERNAL, "unexpected message from container init");
	}
}

static int hear_child(void *ctx, struct err *e)
{
	struct creation *c = ctx;
	struct channel_message m;
	bool ready = false;
	int rc;

	if (channel_tell(c->channel, CHANNEL_GO, c->init.pid, e))
		return -1;
	do {
		if (channel_recv(c->channel, &m, e))
			return -1;
		own_fd fd = m.fd;
		(void)fd;
		rc = answer(c, &m, &ready, e);
	} while (rc == 0);
	return rc < 0 ? err_in(e, "error during container init") : 0;
}

static const struct step steps[] = {
	{ "fifo", make_fifo, NULL },
	{ "seccomp", creation_prepare_seccomp, NULL },
	{ "cgroup", begin_cgroup, creation_unmake_cgroup },
	{ "launch", launch, creation_kill_init },
	{ "pids", creation_limit_pids, NULL },
	{ "maps", map_ids, NULL },
	{ "groups", make_late_groups, NULL },
	{ "net-devices", grants_move_devices, NULL },
	{ "resctrl", grants_make_class, grants_unmake_class },
	{ "state", creation_save_state, NULL },
	{ "pid-file", creation_write_pid_file, creation_remove_pid_file },
	{ "init", hear_child, NULL },
	{ 0 },
};

static void fill_record(struct creation *c)
{
	const struct oci_spec *s = &c->bundle.spec;
	char now[CLOCK_TEXT];

	clock_rfc3339(now, clock_now_ns());
	c->record = (struct container_record){
		.oci_version = s->oci_version,
		.id = c->id,
		.bundle = c->bundle.path,
		.rootfs = c->bundle.rootfs,
		.created = arena_strdup(c->rt->arena, now),
		.namespaces = (uint32_t)c->plan.all,
		.own_pid_ns = c->plan.fresh & CLONE_NEWPID,
		.annotations = s->annotations,
		.personality = s->linux.personality ? s->linux.personality->domain : NULL,
		.memory_policy = s->linux.memory_policy,
		.has_keyring = !c->opts->no_new_keyring,
	};
	if (s->hooks) {
		c->record.poststart = s->hooks->poststart;
		c->record.poststop = s->hooks->poststop;
	}
}

int creation_begin(struct creation *c, struct err *e)
{
	c->dir = c->fifo = c->channel = c->far_channel = c->console = c->init.pidfd = -1;
	if (container_check_id(c->id, e))
		return -1;
	if (bundle_load(c->rt->arena, c->opts->bundle, &c->bundle, e) ||
		demands_check(c->rt->arena, &c->bundle.spec, c->opts->no_pivot, e) ||
		creation_check_console(c->bundle.spec.process->terminal, c->opts->detach,
			c->opts->console_socket, e))
		return -1;
	if (launch_plan(&c->bundle.spec.linux, &c->plan, e))
		return -1;
	c->listen_fds = creation_listen_fds();
	c->is_users = geteuid() != 0;
	fill_record(c);
	c->dir = container_reserve(c->rt, c->id, e);
	return c->dir < 0 ? -1 : 0;
}

int creation_run(struct creation *c, struct err *e)
{
	if (creation_begin(c, e))
		return -1;
	if (steps_run("runtime-create", steps, c, e)) {
		creation_forget(c);
		return err_in(e, "unable to start container process");
	}
	return 0;
}

void creation_done(struct creation *c)
{
	int *const fds[] = { &c->dir, &c->fifo, &c->channel, &c->far_channel, &c->console,
		&c->init.pidfd };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (*fds[i] >= 0)
			close(take_fd(fds[i]));
	launch_done(&c->plan);
	cgroup_free(c->cgroup);
	cgroup_host_free(c->host);
	seccomp_program_done(&c->seccomp);
}

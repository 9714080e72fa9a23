/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Order, and why:
 *
 *  1. limits, labels and no_new_privs: need nothing but the parent and /proc
 *  2. chdir as root, in case only root may get there; again as the user if it may not
 *  3. bounding set, groups, ids: with PR_SET_KEEPCAPS
 *  4. capabilities; without no_new_privs CAP_SYS_ADMIN is kept for step 6
 *  5. the program is looked up with the user's rights
 *  6. seccomp: as late as the parent can still be told of a failure. After it come capset, sendmsg, write,
 *     close_range and execve only; profiles must allow these anyway
 *  7. READY; everything of the host is closed, not left to close-on-exec: the kernel makes the process
 *     dumpable again before it closes those (CVE-2016-9962)
 */
#include "entry.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "channel.h"
#include "fifo.h"
#include "hooks.h"
#include "identity.h"
#include "launch.h"
#include "program.h"
#include "runtime.h"
#include "sys/caps.h"
#include "sys/lsm.h"
#include "sys/mempolicy.h"
#include "sys/sched.h"

#define SYS_ADMIN (UINT64_C(1) << CAP_SYS_ADMIN)

int entry_schedule(const struct oci_process *p, struct err *e)
{
	if (p->scheduler && sched_apply(p->scheduler, e))
		return -1;
	if (p->io_priority && sched_set_io_priority(p->io_priority, e))
		return -1;
	return 0;
}

/*
 * The parent sets them, with its rights over the host, and only now: a small number of open files must not
 * stop the making of the container.
 */
static int get_limited(const struct entry *en, struct err *e)
{
	if (!en->process->rlimits.n)
		return 0;
	if (channel_send(en->channel, CHANNEL_LIMITS, -1, 0, e))
		return -1;
	return channel_expect(en->channel, CHANNEL_GO_ON, NULL, e);
}

/* Step 1 of entry_go. */
static int take_labels(const struct entry *en, struct err *e)
{
	const struct oci_process *p = en->process;

	if (get_limited(en, e))
		return -1;
	if (en->personality && sched_set_personality(en->personality, e))
		return -1;
	if (en->memory_policy && mempolicy_apply(en->memory_policy, e))
		return -1;
	if (lsm_apparmor_on_exec(p->apparmor_profile, e) ||
		lsm_selinux_on_exec(p->selinux_label, e))
		return -1;
	if (p->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_sys(e, "set no_new_privs");
	return 0;
}

static bool is_null_device(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

/*
 * The host's /dev/null becomes the container's own, as with runc: the host's is on none of its mounts, so a security
 * module may refuse it and CRIU cannot dump it. Where there is none, or something else, it stays.
 */
static void reopen_null(void)
{
	struct stat st;
	own_fd own = -1;

	for (int fd = 0; fd < 3; fd++) {
		if (fstat(fd, &st) || !is_null_device(&st))
			continue;
		if (own < 0) {
			if (fstatat(AT_FDCWD, "/dev/null", &st, AT_SYMLINK_NOFOLLOW) ||
				!is_null_device(&st))
				return;
			own = open("/dev/null",
				O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
			if (own < 0 || fstat(own, &st) || !is_null_device(&st))
				return;
			fcntl(own, F_SETFL, 0);
		}
		dup2(own, fd);
	}
}

static int enter_cwd(const char *cwd, struct err *e)
{
	if (chdir(cwd) == 0)
		return 0;
	err_set(e, ERR_INVALID, "chdir to cwd (\"%s\") set in config.json failed: %s", cwd,
		runtime_errno_text(errno));
	e->sys = errno;
	return -1;
}

/* A directory from outside the root has a getcwd that says so (CVE-2024-21626). */
static int verify_cwd(struct err *e)
{
	own_mem char *cwd = getcwd(NULL, 0);

	if (!cwd && errno != ENOENT)
		return err_sys(e, "getcwd");
	if (!cwd || cwd[0] != '/')
		return err_set(e, ERR_FORBIDDEN,
			"current working directory is outside of container mount namespace root -- possible container breakout detected");
	return 0;
}

static int become_user(const struct entry *en, const struct caps *caps, struct err *e)
{
	const struct oci_process *p = en->process;
	bool in_cwd = enter_cwd(p->cwd, e) == 0;

	if (!in_cwd && e->sys != EACCES && e->sys != EPERM)
		return -1;
	if (caps_apply_bounding(caps, e) || identity_take(&p->user, e))
		return -1;
	if (!in_cwd && enter_cwd(p->cwd, e))
		return -1;
	/* A change of ids clears both (prctl(2)). */
	if (prctl(PR_SET_DUMPABLE, 0) || prctl(PR_SET_PDEATHSIG, 9))
		return err_sys(e, "prctl");
	return verify_cwd(e);
}

/* Environment as runc gives it: the spec's, HOME when missing, LISTEN_FDS when sockets are passed. */
static char *const *make_env(const struct entry *en)
{
	const struct str_list *env = &en->process->env;
	const char **v = arena_array(en->arena, env->n + 4, sizeof(*v));
	bool has_home = false;
	size_t n = 0;

	for (; n < env->n; n++) {
		v[n] = env->v[n];
		if (str_starts(v[n], "HOME=") && v[n][5])
			has_home = true;
	}
	if (!has_home)
		v[n++] = arena_printf(
			en->arena, "HOME=%s", identity_home(en->arena, en->process->user.uid));
	if (en->listen_fds) {
		v[n++] = arena_printf(en->arena, "LISTEN_FDS=%u", en->listen_fds);
		v[n++] = "LISTEN_PID=1";
	}
	return (char *const *)v;
}

/* The last one wins, as for Go's os.Setenv of each. */
static const char *find_path(char *const *env)
{
	const char *path = NULL;

	for (; *env; env++)
		if (str_starts(*env, "PATH="))
			path = *env + 5;
	return path;
}

static int load_filter(const struct entry *en, struct err *e)
{
	int listener = -1;

	if (!en->seccomp)
		return 0;
	if (fault_point("runtime.seccomp", e) || seccomp_install(en->seccomp, &listener, e))
		return -1;
	if (listener < 0)
		return 0;
	int rc = channel_send(en->channel, CHANNEL_LISTENER, listener, 0, e);
	close(listener);
	return rc || channel_expect(en->channel, CHANNEL_GO_ON, NULL, e) ? -1 : 0;
}

/* Capabilities of the process, and the filter in between where it needs one the process will not have. */
static int confine(const struct entry *en, const struct caps *caps, struct err *e)
{
	bool lend =
		en->seccomp && !en->process->no_new_privileges && !(caps->effective & SYS_ADMIN);
	struct caps lent = *caps;

	if (lend) {
		lent.permitted |= SYS_ADMIN;
		lent.effective |= SYS_ADMIN;
	}
	if (caps_apply(&lent, e) || caps_keep(false, e))
		return -1;
	if (load_filter(en, e))
		return -1;
	return lend ? caps_apply(caps, e) : 0;
}

/* Closes all but stdio, the preserved ones, the channel and the fifo. */
static void close_host_fds(const struct entry *en)
{
	const int keep[] = { en->channel, en->fifo };

	/* The log's descriptor goes too; what is still to say goes to the container's stderr, as with runc. */
	log_setup(STDERR_FILENO, LOG_LVL_ERROR, LOG_FMT_RUNC_TEXT);
	launch_close_others(3 + en->preserve_fds, keep, sizeof(keep) / sizeof(keep[0]));
}

static int run_start_hooks(const struct entry *en, struct err *e)
{
	const struct hook_place place = { .env = &en->process->env };

	return hooks_run("startContainer", en->start_hooks, en->hook_state, &place, e);
}

static int stand_and_go(
	const struct entry *en, const char *program, char *const *argv, char *const *env)
{
	struct err e;

	/* Nothing of the host is in our hands any more. A filter may refuse; then exec must wait for start. */
	if (en->stays_dumpable)
		(void)prctl(PR_SET_DUMPABLE, 1);
	if (fifo_stand(en->fifo, &e))
		goto failed;
	close(en->fifo);
	if (en->start_hooks && run_start_hooks(en, &e))
		goto failed;
	execve(program, argv, env);
	err_set(&e, ERR_INVALID, "exec %s: %s", program, runtime_errno_text(errno));
failed:
	dprintf(STDERR_FILENO, "%s\n", e.msg);
	_exit(255);
}

static int go_at_once(const struct entry *en, const char *program, char *const *argv,
	char *const *env, struct err *e)
{
	if (en->start_hooks && run_start_hooks(en, e))
		return -1;
	execve(program, argv, env);
	err_set(e, ERR_INVALID, "exec %s: %s", program, runtime_errno_text(errno));
	return -1;
}

int entry_go(const struct entry *en, struct err *e)
{
	const struct oci_process *p = en->process;
	struct caps caps = { 0 }; /* absent means none, as with runc */

	if (p->capabilities)
		caps_from_oci(p->capabilities, &caps);
	/* Others cannot be raised (capabilities(7)); runc passes over them too. */
	caps.ambient &= caps.permitted & caps.inheritable;
	reopen_null();
	if (take_labels(en, e) || become_user(en, &caps, e))
		return -1;
	char *const *env = make_env(en);
	const char **argv = arena_array(en->arena, p->args.n + 1, sizeof(*argv));
	memcpy(argv, p->args.v, p->args.n * sizeof(*argv));
	const char *program = program_find(en->arena, p->args.v[0], find_path(env), e);
	if (!program || confine(en, &caps, e))
		return -1;
	/* From here on the container lives on its own. */
	if (prctl(PR_SET_PDEATHSIG, 0))
		return err_sys(e, "prctl");
	if (channel_send(en->channel, CHANNEL_READY, -1, 0, e))
		return -1;
	if (en->fifo >= 0)
		close(en->channel);
	close_host_fds(en);
	char *const *args = (char *const *)argv;
	if (en->fifo >= 0)
		return stand_and_go(en, program, args, env);
	return go_at_once(en, program, args, env, e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What passes between caller, container and third parties while a process is made: for create, run and exec. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "base/slice.h"
#include "base/unixsock.h"
#include "creation.h"
#include "sys/rlimit.h"

#define SECCOMP_DIR "seccomp"
#define STATE_MAX   (1024 * 1024)

/* sd_listen_fds(3): sockets begin at 3. LISTEN_PID is not ours but the caller's before exec, as with runc. */
unsigned creation_listen_fds(void)
{
	uint32_t n;

	return parse_u32(slice_str(getenv("LISTEN_FDS")), &n) && n <= 1024 ? n : 0;
}

int creation_check_fds(uint64_t n, struct err *e)
{
	if (n > 4096)
		return err_set(
			e, ERR_INVALID, "cannot preserve %llu descriptors", (unsigned long long)n);
	n += creation_listen_fds();
	for (unsigned i = 0; i < n; i++)
		if (fcntl(3 + (int)i, F_GETFD) < 0)
			return err_set(e, ERR_INVALID,
				"unable to stat preserved-fd %u (of %llu): %s", i + 1,
				(unsigned long long)n, runtime_errno_text(errno));
	return 0;
}

int creation_check_console(bool tty, bool detach, const char *socket, struct err *e)
{
	if (detach && tty && str_empty(socket))
		return err_set(e, ERR_INVALID,
			"cannot allocate tty if runc will detach without setting console socket");
	if ((!detach || !tty) && !str_empty(socket))
		return err_set(e, ERR_INVALID,
			"cannot use console socket if runc will not detach or allocate tty");
	return 0;
}

void creation_reset_signals(void)
{
	/* The kernel's struct sigaction, all zero: SIG_DFL. libc would refuse the two signals it keeps for itself,
	 * and a caller may have left even those ignored. */
	const uint64_t dfl[4] = { 0 };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		syscall(SYS_rt_sigaction, sig, dfl, NULL, sizeof(uint64_t));
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int creation_get_seccomp(
	const struct runtime *rt, const char *text, struct seccomp_program *out, struct err *e)
{
	struct err why;
	/* --root/../seccomp by name: the root itself may be a link. */
	const char *path = arena_printf(rt->arena, "%s/../" SECCOMP_DIR, rt->root);
	own_fd dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0 && errno == ENOENT && fs_mkdir_p(AT_FDCWD, path, 0700, &why) == 0)
		dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return seccomp_get(dir, text, out, e);
}

int creation_write_pid(const char *file, pid_t pid, struct err *e)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", pid);

	return fs_replace(AT_FDCWD, file, text, (size_t)n, 0644, FS_NO_SYNC, e);
}

int creation_set_oom_score(pid_t pid, const int64_t *score, struct err *e)
{
	char path[40], text[24];

	if (!score)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	snprintf(text, sizeof(text), "%lld", (long long)*score);
	if (fs_write_kernel(AT_FDCWD, path, text, e) == 0)
		return 0;
	/* Below one's own minimum it takes CAP_SYS_RESOURCE (proc(5)). */
	if (e->sys != EACCES && e->sys != EPERM)
		return -1;
	log_warn("oom_score_adj %s needs CAP_SYS_RESOURCE, ignoring", text);
	return 0;
}

static int set_limit(pid_t pid, const struct oci_rlimit *want, struct err *e)
{
	struct oci_rlimit one = *want;
	struct oci_rlimit_list list = { &one, 1 };
	struct rlimit now;
	int resource = rlimit_find(want->type);

	if (rlimit_apply(pid, &list, e) == 0)
		return 0;
	if (e->sys != EPERM || resource < 0 || prlimit(pid, resource, NULL, &now))
		return -1;
	if (one.hard > now.rlim_max)
		one.hard = now.rlim_max;
	if (one.soft > one.hard)
		one.soft = one.hard;
	log_warn("%s: hard limit %llu needs CAP_SYS_RESOURCE, taking %llu", want->type,
		(unsigned long long)want->hard, (unsigned long long)one.hard);
	return rlimit_apply(pid, &list, e);
}

int creation_set_limits(pid_t pid, const struct oci_rlimit_list *limits, struct err *e)
{
	for (size_t i = 0; i < limits->n; i++)
		if (set_limit(pid, &limits->v[i], e))
			return -1;
	return 0;
}

/* ContainerProcessState of the runtime spec. */
static void describe_listener(const struct seccomp_program *p, const struct container_record *r,
	enum container_status status, pid_t pid, struct buf *out)
{
	struct jsonw w;
	own_buf state = { 0 };

	buf_init(&state, STATE_MAX);
	container_hook_state(r, status, r->pid > 0 ? r->pid : pid, &state);
	jsonw_init(&w, out, NULL);
	jsonw_obj(&w);
	jsonw_kstr(&w, "ociVersion", r->oci_version);
	jsonw_key(&w, "fds");
	jsonw_arr(&w);
	jsonw_str(&w, "seccompFd");
	jsonw_arr_end(&w);
	jsonw_ki64(&w, "pid", pid);
	if (!str_empty(p->listener_metadata))
		jsonw_kstr(&w, "metadata", p->listener_metadata);
	jsonw_key(&w, "state");
	jsonw_raw(&w, state.data);
	jsonw_obj_end(&w);
}

int creation_send_listener(const struct seccomp_program *p, const struct container_record *r,
	enum container_status status, pid_t pid, int listener, struct err *e)
{
	own_buf text = { 0 };

	buf_init(&text, 2 * STATE_MAX);
	if (str_empty(p->listener_path))
		return err_set(e, ERR_INVALID, "seccomp listenerPath is not set");
	describe_listener(p, r, status, pid, &text);
	own_fd agent = unixsock_connect(p->listener_path, SOCK_STREAM, e);
	if (agent < 0)
		return err_in(
			e, "failed to connect with seccomp agent specified in the seccomp profile");
	return unixsock_send(agent, text.data, text.len, &listener, 1, e)
		       ? err_in(e, "cannot send seccomp fd to %s", p->listener_path)
		       : 0;
}

int creation_explain_death(const struct launched *child, struct cgroup *cg, struct err *e)
{
	siginfo_t info = { 0 };

	while (waitid(P_PIDFD, (id_t)child->pidfd, &info, WEXITED | WNOWAIT) && errno == EINTR)
		continue;
	if (cg && cgroup_oom_kills(cg))
		return err_set(
			e, ERR_INTERNAL, "container init was OOM-killed (memory limit too low?)");
	if (info.si_code == CLD_EXITED)
		return err_set(
			e, ERR_INTERNAL, "container init exited with status %d", info.si_status);
	return err_set(
		e, ERR_INTERNAL, "container init died: signal: %s", strsignal(info.si_status));
}

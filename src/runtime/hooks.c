/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State goes in and output comes out through memfds: a hook that never reads, or leaves a child behind
 * that holds its stdout, cannot block the runtime.
 */
#include "hooks.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "base/proc.h"
#include "runtime.h"

#define OUTPUT_SHOWN 256 /* bytes of each stream in an error */

/* NULL-terminated copy; args absent means argv[0] is the path. */
static const char *const *vector(struct arena *a, const struct str_list *l, const char *otherwise)
{
	const char **v = arena_array(a, l->n + 2, sizeof(*v));
	size_t n = 0;

	for (; n < l->n; n++)
		v[n] = l->v[n];
	if (n == 0 && otherwise)
		v[n] = otherwise;
	return v;
}

static void describe_end(int status, char *out, size_t size)
{
	if (WIFEXITED(status))
		snprintf(out, size, "exit status %d", WEXITSTATUS(status));
	else {
		int n = snprintf(out, size, "signal: ");
		snprintf(out + n, size - (size_t)n, "%s", strsignal(WTERMSIG(status)));
		out[n] = (char)tolower((unsigned char)out[n]); /* as Go writes it */
	}
}

static void read_back(int fd, char out[OUTPUT_SHOWN + 1])
{
	ssize_t n = pread(fd, out, OUTPUT_SHOWN, 0);

	out[n < 0 ? 0 : n] = 0;
}

struct streams {
	int in, out, err;
};

enum { HOOK_LATE = 1, HOOK_ORPHANED };

/*
 * 0 when the hook has ended. One that waits for the container's end (it deletes it by force) would never see it while its
 * maker waits for the hook: so the end of init ends that.
 */
static int await_end(const struct proc *p, const int *init, int timeout_ms, struct err *e)
{
	struct pollfd fds[] = {
		{ .fd = p->pidfd, .events = POLLIN },
		{ .fd = init ? *init : -1, .events = POLLIN },
	};
	int n;

	do
		n = poll(fds, 2, timeout_ms);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "poll");
	return n == 0 ? HOOK_LATE : fds[0].revents ? 0 : HOOK_ORPHANED;
}

static int wait_for_hook(struct proc *p, const struct oci_hook *h, const int *init,
	const struct streams *io, struct err *e)
{
	int status, timeout_ms = -1;
	char out[OUTPUT_SHOWN + 1], errors[OUTPUT_SHOWN + 1], end[64];

	if (h->timeout && *h->timeout > 0)
		timeout_ms = *h->timeout > INT_MAX / 1000 ? INT_MAX : (int)*h->timeout * 1000;
	int rc = await_end(p, init, timeout_ms, e);
	if (rc == HOOK_ORPHANED) {
		if (proc_kill(p, SIGKILL, e) || proc_wait(p, -1, &status, e))
			return -1;
		return err_set(e, ERR_CANCELLED, "container process has ended while the hook ran");
	}
	if (rc == 0)
		rc = proc_wait(p, -1, &status, e);
	if (rc == HOOK_LATE) {
		if (proc_kill(p, SIGKILL, e) || proc_wait(p, -1, &status, e))
			return -1;
		return err_set(e, ERR_INTERNAL, "hook ran past specified timeout of %.1fs",
			(double)*h->timeout);
	}
	if (rc || status == 0)
		return rc;
	describe_end(status, end, sizeof(end));
	read_back(io->out, out);
	read_back(io->err, errors);
	return err_set(e, ERR_INTERNAL, "error running hook: %s, stdout: %s, stderr: %s", end, out,
		errors);
}

static int run_one(const struct oci_hook *h, const struct buf *state,
	const struct hook_place *place, int dir, struct err *e)
{
	own_arena a = arena_new();
	own_fd in = memfd_create("state", MFD_CLOEXEC);
	own_fd out = memfd_create("stdout", MFD_CLOEXEC);
	own_fd errors = memfd_create("stderr", MFD_CLOEXEC);

	if (in < 0 || out < 0 || errors < 0)
		return err_sys(e, "memfd_create");
	if (io_write(in, state->data, state->len, e))
		return -1;
	if (lseek(in, 0, SEEK_SET))
		return err_sys(e, "rewind state");
	struct proc_spec spec = PROC_SPEC_INIT;
	spec.path = h->path;
	spec.argv = vector(a, &h->args, h->path);
	if (h->env.n || place->env)
		spec.env = vector(a, h->env.n ? &h->env : place->env, NULL);
	spec.cwd_fd = dir;
	spec.fd_in = in;
	spec.fd_out = out;
	spec.fd_err = errors;
	struct proc p;
	if (proc_spawn(&spec, &p, e)) {
		if (e->sys)
			return err_set(e, ERR_INTERNAL, "fork/exec %s: %s", h->path,
				runtime_errno_text(e->sys));
		return -1;
	}
	struct streams io = { in, out, errors };
	int rc = wait_for_hook(&p, h, place->init, &io, e);
	proc_done(&p);
	return rc;
}

int hooks_run(const char *name, const struct oci_hook_list *hooks, const struct buf *state,
	const struct hook_place *place, struct err *e)
{
	own_fd dir =
		hooks->n && place->dir ? open(place->dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	for (size_t i = 0; i < hooks->n; i++) {
		log_debug("running %s hook #%zu: %s", name, i, hooks->v[i].path);
		if (run_one(&hooks->v[i], state, place, dir, e))
			return err_in(e, "error running hook #%zu", i);
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/unixsock.h"
#include "oci/digest.h"

#define ARGS_MOST 14

const char *worker_program(struct arena *a, const char *given)
{
	if (given)
		return given;
	const char *beside = arena_printf(a, "%s/tare-layer", proc_self_dir());
	if (access(beside, X_OK) == 0)
		return beside;
	return arena_printf(a, "%s/../libexec/tare/tare-layer", proc_self_dir());
}

int worker_spawn(const char *program, const char *const *args, const struct worker_fds *fds,
	struct worker *out, struct err *e)
{
	const char *argv[ARGS_MOST + 2] = { "tare-layer" };
	int pair[2], pass[3];

	out->socket = -1;
	for (size_t i = 0; args[i] && i < ARGS_MOST; i++)
		argv[i + 1] = args[i];
	if (fault_point("image.spawn_layer", e))
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_sys(e, "make socket");
	own_fd ours = pair[0];
	own_fd theirs = pair[1];
	pass[LAYER_FD_DIR - 3] = fds->dir;
	pass[LAYER_FD_SOCKET - 3] = theirs;
	pass[LAYER_FD_SPLIT - 3] = fds->split;
	struct proc_spec spec = PROC_SPEC_INIT;
	spec.path = program;
	spec.argv = argv;
	spec.env = (const char *const[]){ NULL };
	spec.fd_in = fds->stream;
	spec.pass_fds = pass;
	spec.n_pass_fds = fds->split >= 0 ? 3 : 2;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	spec.fd_err = STDERR_FILENO; /* a report is read there; its other ways out are closed */
#endif
	spec.new_session = true;
	spec.die_with_parent = true;
	if (proc_spawn(&spec, &out->proc, e))
		return -1;
	out->socket = take_fd(&ours);
	return 0;
}

static int reap(struct worker *w)
{
	struct err ignored;
	int status = 0;

	close(take_fd(&w->socket));
	if (proc_wait(&w->proc, -1, &status, &ignored))
		status = 0;
	proc_done(&w->proc);
	return status;
}

void worker_finish(struct worker *w)
{
	if (w->socket >= 0)
		reap(w);
}

void worker_stop(struct worker *w)
{
	struct err ignored;

	if (w->socket < 0)
		return;
	proc_kill(&w->proc, SIGKILL, &ignored);
	reap(w);
}

/* A worker that ended without a word: its exit status is all there is. */
static int died(struct worker *w, struct err *e)
{
	int status = reap(w);

	if (WIFSIGNALED(status))
		return err_set(
			e, ERR_INTERNAL, "tare-layer was killed by signal %d", WTERMSIG(status));
	return err_set(e, ERR_INTERNAL, "tare-layer exited with status %d", WEXITSTATUS(status));
}

int worker_receive(struct worker *w, struct layer_msg *msg, struct err *e)
{
	struct err ignored;
	ssize_t n = unixsock_recv(w->socket, msg, sizeof(*msg), NULL, NULL, &ignored);

	if (n < (ssize_t)sizeof(msg->type) || n < (ssize_t)layer_msg_size(msg->type))
		return died(w, e);
	switch (msg->type) {
	case LAYER_MSG_ERROR:
		*e = msg->err;
		e->msg[sizeof(e->msg) - 1] = 0;
		reap(w);
		return -1;
	case LAYER_MSG_DONE:
		msg->done.diff_id[sizeof(msg->done.diff_id) - 1] = 0;
		break;
	case LAYER_MSG_STORED:
		msg->stored.digest[sizeof(msg->stored.digest) - 1] = 0;
		break;
	case LAYER_MSG_MEMBER:
		msg->member.name[sizeof(msg->member.name) - 1] = 0;
		msg->member.target[sizeof(msg->member.target) - 1] = 0;
		break;
	}
	return 0;
}

int worker_check_done(const struct layer_done *done, struct err *e)
{
	if (oci_digest_is_sha256(done->diff_id) && done->size >= 0)
		return 0;
	return err_set(e, ERR_INTERNAL, "tare-layer: malformed message");
}

int worker_await(struct worker *w, int (*progress)(void *arg, int64_t bytes, struct err *e),
	void *arg, struct layer_done *done, struct err *e)
{
	struct layer_msg msg;

	for (;;) {
		if (worker_receive(w, &msg, e))
			return -1;
		if (msg.type == LAYER_MSG_DONE)
			break;
		if (msg.type != LAYER_MSG_PROGRESS)
			return err_set(e, ERR_INTERNAL, "tare-layer: malformed message");
		if (progress && progress(arg, msg.progress, e))
			return -1;
	}
	worker_finish(w);
	*done = msg.done;
	return worker_check_done(done, e);
}

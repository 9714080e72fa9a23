/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tare-xfer's process and how calls reach it: each has a channel of its own, so the caller's thread simply waits
 * there. What comes back is a stranger's word in a known form.
 */
#include "registry_int.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/io.h"
#include "base/proc.h"
#include "base/unixsock.h"

#define PROGRAM "tare-xfer"

struct registry {
	struct proc proc;
	int socket;
	pthread_mutex_t lock; /* guards the reaping */
	bool is_reaped;
	int status;
	atomic_bool is_cancelled;
	void (*retrying)(void *arg, const char *digest, unsigned seconds);
	void *arg;
};

/* --- texts --------------------------------------------------------------------------------------- */

int registry_make_text(size_t n, const char *content, struct err *e)
{
	own_fd fd = memfd_create("registry", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, (off_t)n))
		return err_sys(e, "make memory file");
	if (content && n && pwrite(fd, content, n, 0) != (ssize_t)n)
		return err_sys(e, "write memory file");
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL))
		return err_sys(e, "seal memory file");
	return take_fd(&fd);
}

char *registry_read_text(struct arena *a, int text, uint64_t n, size_t most, struct err *e)
{
	if (n > most) {
		err_set(e, ERR_INTERNAL, PROGRAM ": malformed message");
		return NULL;
	}
	char *out = arena_alloc(a, n + 1);
	for (size_t at = 0; at < n;) {
		ssize_t got = pread(text, out + at, n - at, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			err_sys(e, "read memory file");
			return NULL;
		}
		at += (size_t)got;
	}
	return out;
}

int registry_put(char *field, size_t size, const char *text, struct err *e)
{
	size_t n = strlen(text);

	if (n >= size)
		return err_set(e, ERR_INVALID, "%.64s…: too long for a registry", text);
	memcpy(field, text, n + 1);
	return 0;
}

/* --- the process --------------------------------------------------------------------------------- */

static int write_config(const struct xfer_config *config, struct err *e)
{
	own_buf text = { 0 };
	struct jsonw w;

	buf_init(&text, XFER_CONFIG_MOST);
	jsonw_init(&w, &text, NULL);
	bind_encode(&w, xfer_config_fields, config);
	if (!buf_ok(&text))
		return err_set(e, ERR_INVALID, "configuration of registries is too large");
	int fd = registry_make_text(text.len, text.data, e);
	explicit_bzero(text.data, text.len);
	return fd;
}

static int spawn(const struct registry_settings *settings, int theirs, int config, struct proc *out,
	struct err *e)
{
	const char *argv[] = { PROGRAM, NULL };
	const int pass[] = { theirs, config };
	struct proc_spec spec = PROC_SPEC_INIT;
	char path[4096];

	if (fault_point("image.spawn_xfer", e))
		return -1;
	if (!settings->program && proc_sibling(PROGRAM, path, sizeof(path), e))
		return -1;
	spec.path = settings->program ? settings->program : path;
	spec.argv = argv;
	spec.env = (const char *const[]){ NULL };
	spec.fd_err = STDERR_FILENO;
	spec.pass_fds = pass;
	spec.n_pass_fds = 2;
	spec.new_session = true;
	return proc_spawn(&spec, out, e);
}

int registry_start(const struct registry_settings *settings, const struct xfer_config *config,
	struct registry **out, struct err *e)
{
	own_fd text = write_config(config, e);
	int pair[2];

	if (text < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_sys(e, "make socket");
	own_fd ours = pair[0];
	own_fd theirs = pair[1];
	struct registry *r = calloc(1, sizeof(*r));
	if (!r)
		abort();
	if (spawn(settings, theirs, text, &r->proc, e)) {
		free(r);
		return -1;
	}
	r->socket = take_fd(&ours);
	pthread_mutex_init(&r->lock, NULL);
	*out = r;
	return 0;
}

static int reap(struct registry *r)
{
	struct err ignored;
	own_lock guard = lock_take(&r->lock);

	if (!r->is_reaped) /* killed before: it does not take long */
		r->is_reaped = proc_wait(&r->proc, -1, &r->status, &ignored) == 0;
	return r->status;
}

void registry_cancel(struct registry *r)
{
	struct err ignored;
	own_lock guard = lock_take(&r->lock);

	atomic_store(&r->is_cancelled, true);
	if (!r->is_reaped)
		proc_kill(&r->proc, SIGKILL, &ignored);
}

void registry_close(struct registry *r)
{
	struct err ignored;

	if (!r)
		return;
	close(r->socket);
	if (!r->is_reaped)
		proc_kill(&r->proc, SIGKILL, &ignored); /* it has nothing to lose */
	reap(r);
	proc_done(&r->proc);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

/* --- calls --------------------------------------------------------------------------------------- */

/* The channel ended without a word. */
static int died(struct registry *r, struct err *e)
{
	if (atomic_load(&r->is_cancelled))
		return err_set(e, ERR_CANCELLED, "context canceled");
	struct err ignored;
	proc_kill(&r->proc, SIGKILL, &ignored); /* it may merely be silent */
	int status = reap(r);
	if (WIFSIGNALED(status))
		return err_set(
			e, ERR_INTERNAL, PROGRAM " was killed by signal %d", WTERMSIG(status));
	return err_set(e, ERR_INTERNAL, PROGRAM " exited with status %d", WEXITSTATUS(status));
}

static int answer_digest(
	struct registry *r, const struct registry_call *c, int channel, struct err *e)
{
	struct xfer_answer answer = { 0 };
	const char *digest = NULL;

	(void)r;
	int rc = c->digest ? c->digest(c->arg, &digest, e)
			   : err_set(e, ERR_INTERNAL, PROGRAM ": malformed message");
	if (rc == 0 && !oci_digest_is_sha256(digest))
		rc = err_set(e, ERR_INVALID, "invalid checksum digest format");
	if (rc)
		return -1; /* the channel closes: the call is given up */
	memcpy(answer.digest, digest, OCI_DIGEST_SIZE);
	return unixsock_send(channel, &answer, sizeof(answer), NULL, 0, e);
}

static int take_error(const struct registry *r, struct xfer_msg *msg, struct err *e)
{
	*e = msg->err;
	e->msg[sizeof(e->msg) - 1] = 0;
	if (e->kind < ERR_INTERNAL || e->kind > ERR_CANCELLED || e->kind == ERR_NOT_MODIFIED)
		e->kind = ERR_INTERNAL;
	if (atomic_load(&r->is_cancelled))
		return err_set(e, ERR_CANCELLED, "context canceled");
	return -1;
}

/* 1: go on. */
static int hear(struct registry *r, const struct registry_call *c, int channel,
	struct xfer_done *out, struct err *e)
{
	struct xfer_msg msg;
	struct err ignored;
	ssize_t n = unixsock_recv(channel, &msg, sizeof(msg), NULL, NULL, &ignored);

	if (n <= 0)
		return died(r, e);
	if (n < (ssize_t)sizeof(msg.type) || n < (ssize_t)xfer_msg_size(msg.type))
		return err_set(e, ERR_INTERNAL, PROGRAM ": malformed message");
	switch (msg.type) {
	case XFER_MSG_PROGRESS:
		return c->report && c->report(c->arg, msg.progress, e) ? -1 : 1;
	case XFER_MSG_RETRY:
		if (r->retrying)
			r->retrying(r->arg, c->rq.what, msg.seconds);
		return 1;
	case XFER_MSG_ASK:
		return answer_digest(r, c, channel, e) ? -1 : 1;
	case XFER_MSG_DONE:
		*out = msg.done;
		out->media_type[sizeof(out->media_type) - 1] = 0;
		out->digest[sizeof(out->digest) - 1] = 0;
		return 0;
	case XFER_MSG_ERROR:
		return take_error(r, &msg, e);
	default:
		return err_set(e, ERR_INTERNAL, PROGRAM ": malformed message");
	}
}

static int send_call(struct registry *r, struct registry_call *c, int theirs, struct err *e)
{
	const int given[XFER_FDS] = { theirs, c->text, c->file, c->pipe };
	int fds[XFER_FDS];
	size_t n = 0;

	c->rq.fds = 0;
	for (int i = 0; i < XFER_FDS; i++)
		if (given[i] >= 0) {
			c->rq.fds |= 1U << i;
			fds[n++] = given[i];
		}
	return unixsock_send(r->socket, &c->rq, sizeof(c->rq), fds, n, e);
}

int registry_run(struct registry *r, struct registry_call *c, struct xfer_done *out, struct err *e)
{
	int pair[2], rc;

	if (atomic_load(&r->is_cancelled))
		return err_set(e, ERR_CANCELLED, "context canceled");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_sys(e, "make socket");
	own_fd ours = pair[0];
	own_fd theirs = pair[1];
	if (send_call(r, c, theirs, e))
		return died(r, e);
	close(take_fd(&theirs));
	/* A pipe's reader shall see its end when tare-xfer closes it. */
	if (c->pipe >= 0)
		close(take_fd(&c->pipe));
	do
		rc = hear(r, c, ours, out, e);
	while (rc > 0);
	return rc;
}

/* --- opening ------------------------------------------------------------------------------------- */

int registry_open(const struct registry_opts *opts, struct registry **out, struct err *e)
{
	own_arena a = arena_new();
	struct xfer_config config = { .path = opts->repository->path, .for_push = opts->for_push };

	registry_common(opts->settings, opts->auth, &config);
	config.familiar_name = opts->plain_errors ? "" : oci_ref_familiar_name(a, opts->repository);
	if (opts->mount_from)
		config.mount_from = *opts->mount_from;
	if (registry_endpoints(a, opts->settings, opts->repository->domain, &config, e))
		return -1;
	if (registry_start(opts->settings, &config, out, e))
		return -1;
	(*out)->retrying = opts->retrying;
	(*out)->arg = opts->arg;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processes of a load: one reads the archive, up to jobs_most unpack layers. The archive's reader is
 * held back when too many bytes wait for an unpacker, so a fast client cannot fill the disk ahead of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/unixsock.h"
#include "load_int.h"

#define JOBS_AT_ONCE 16 /* never more, however many processors */
#define BACKLOG_MOST (4LL << 30)

int load_spawn(struct load *l, const char *verb, const char *arg, const int fds[4],
	struct load_worker *out, struct err *e)
{
	const char *argv[] = { "tare-layer", verb, arg, NULL };
	int pair[2], pass[3];

	if (fault_point("image.spawn_layer", e))
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_sys(e, "make socket");
	own_fd ours = pair[0];
	own_fd theirs = pair[1];
	pass[LAYER_FD_DIR - 3] = fds[1];
	pass[LAYER_FD_SOCKET - 3] = theirs;
	pass[LAYER_FD_SPLIT - 3] = fds[3];
	struct proc_spec spec = PROC_SPEC_INIT;
	spec.path = l->program;
	spec.argv = argv;
	spec.env = (const char *const[]){ NULL };
	spec.fd_in = fds[0];
	spec.pass_fds = pass;
	spec.n_pass_fds = fds[3] >= 0 ? 3 : 2;
	spec.new_session = true;
	spec.die_with_parent = true; /* this thread outlives it: load_stop_worker */
	if (proc_spawn(&spec, &out->proc, e))
		return -1;
	out->socket = take_fd(&ours);
	return 0;
}

static int reap(struct load_worker *w, int *status)
{
	struct err e;

	if (w->socket < 0)
		return 0;
	close(take_fd(&w->socket));
	int rc = proc_wait(&w->proc, -1, status, &e);
	proc_done(&w->proc);
	return rc;
}

void load_stop_worker(struct load_worker *w)
{
	struct err ignored;
	int status;

	if (w->socket < 0)
		return;
	proc_kill(&w->proc, SIGKILL, &ignored);
	reap(w, &status);
}

/* --- Unpacking ----------------------------------------------------------------------------------- */

struct job *load_add_job(struct load *l, const struct load_member *m)
{
	struct job *job = ARENA_NEW(l->arena, struct job);

	l->jobs = arena_grow(l->arena, l->jobs, &l->n_jobs, sizeof(struct job *));
	l->jobs[l->n_jobs - 1] = job;
	job->number = (uint32_t)l->n_jobs;
	job->member = m;
	job->worker.socket = -1;
	return job;
}

void load_name_job(struct job *job, const char *diff_id)
{
	memcpy(job->layer, oci_digest_hex(diff_id), sizeof(job->layer) - 1);
}

static int start_job(struct load *l, struct job *job, struct err *e)
{
	char member[16], dir[24], split[16];

	snprintf(member, sizeof(member), "m%u", job->member->number);
	snprintf(dir, sizeof(dir), "l%u", job->number);
	snprintf(split, sizeof(split), "s%u", job->number);
	own_fd file = openat(l->dir_fd, member, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return err_sys(e, "open layer in archive");
	if (mkdirat(l->dir_fd, dir, 0710))
		return err_sys(e, "create %s", dir);
	snprintf(dir, sizeof(dir), "l%u/diff", job->number);
	if (mkdirat(l->dir_fd, dir, 0755) || fchmodat(l->dir_fd, dir, 0755, 0))
		return err_sys(e, "create %s", dir);
	own_fd diff = openat(l->dir_fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_fd to = openat(l->dir_fd, split, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (diff < 0 || to < 0)
		return err_sys(e, "create %s", dir);
	const int fds[] = { file, diff, -1, to };
	if (load_spawn(l, "unpack", job->member->digest, fds, &job->worker, e))
		return -1;
	job->state = JOB_RUNNING;
	l->n_running++;
	return 0;
}

static int report_progress(struct load *l, const struct job *job, int64_t current, struct err *e)
{
	struct image_load_event ev = { .type = IMAGE_LOAD_PROGRESS,
		.current = current < job->member->size ? current : job->member->size,
		.total = job->member->size };

	if (l->opts->quiet || !*job->layer)
		return 0;
	memcpy(ev.layer, job->layer, sizeof(ev.layer));
	return load_report(l, &ev, e);
}

static void fail_job(struct load *l, struct job *job, const struct err *why)
{
	job->state = JOB_FAILED;
	job->err = *why;
	job->err.msg[sizeof(job->err.msg) - 1] = 0;
	l->n_running--;
	load_stop_worker(&job->worker);
}

static int finish_job(struct load *l, struct job *job, struct layer_msg *msg, struct err *e)
{
	struct err why;
	int status;

	msg->done.diff_id[sizeof(msg->done.diff_id) - 1] = 0;
	if (!oci_digest_is_sha256(msg->done.diff_id) || msg->done.size < 0) {
		err_set(&why, ERR_INTERNAL, "tare-layer: malformed message");
		return fail_job(l, job, &why), 0;
	}
	job->done = msg->done;
	job->state = JOB_DONE;
	l->n_running--;
	reap(&job->worker, &status);
	if (!*job->layer)
		load_name_job(job, job->done.diff_id);
	return report_progress(l, job, job->member->size, e);
}

/* A worker that ended without a word: its exit status is all there is. */
static void died(struct load_worker *w, struct err *e)
{
	int status = 0;

	reap(w, &status);
	if (WIFSIGNALED(status))
		err_set(e, ERR_INTERNAL, "tare-layer was killed by signal %d", WTERMSIG(status));
	else
		err_set(e, ERR_INTERNAL, "tare-layer exited with status %d", WEXITSTATUS(status));
}

static bool receive(int socket, struct layer_msg *msg)
{
	struct err ignored;
	ssize_t n = unixsock_recv(socket, msg, sizeof(*msg), NULL, NULL, &ignored);

	return n >= (ssize_t)sizeof(msg->type) && n >= (ssize_t)layer_msg_size(msg->type);
}

static int hear_job(struct load *l, struct job *job, struct err *e)
{
	struct layer_msg msg;
	struct err why;

	if (!receive(job->worker.socket, &msg)) {
		died(&job->worker, &why);
		return fail_job(l, job, &why), 0;
	}
	switch (msg.type) {
	case LAYER_MSG_PROGRESS:
		return report_progress(l, job, msg.progress, e);
	case LAYER_MSG_DONE:
		return finish_job(l, job, &msg, e);
	case LAYER_MSG_ERROR:
		return fail_job(l, job, &msg.err), 0;
	default:
		err_set(&why, ERR_INTERNAL, "tare-layer: malformed message");
		return fail_job(l, job, &why), 0;
	}
}

/* --- The archive --------------------------------------------------------------------------------- */

static int64_t backlog(const struct load *l)
{
	int64_t bytes = 0;

	for (size_t i = 0; i < l->n_jobs; i++)
		if (l->jobs[i]->state == JOB_WAITING)
			bytes += l->jobs[i]->member->size;
	return bytes;
}

static int hear_archive(struct load *l, struct err *e)
{
	struct layer_msg msg;
	const char go = LAYER_GO;
	int status;

	if (!receive(l->archive.socket, &msg)) {
		died(&l->archive, e);
		return -1;
	}
	switch (msg.type) {
	case LAYER_MSG_MEMBER:
		if (load_add_member(l, &msg.member, e))
			return -1;
		return unixsock_send(l->archive.socket, &go, 1, NULL, 0, e);
	case LAYER_MSG_END:
		l->is_archive_done = true;
		return reap(&l->archive, &status);
	case LAYER_MSG_ERROR:
		*e = msg.err;
		e->msg[sizeof(e->msg) - 1] = 0;
		return -1;
	default:
		return err_set(e, ERR_INTERNAL, "tare-layer: malformed message");
	}
}

/* --- The loop ------------------------------------------------------------------------------------ */

static int start_jobs(struct load *l, struct err *e)
{
	for (size_t i = 0; i < l->n_jobs && l->n_running < l->jobs_most; i++)
		if (l->jobs[i]->state == JOB_WAITING && start_job(l, l->jobs[i], e))
			return err_in(e, "unpack layer");
	return 0;
}

int load_step(struct load *l, struct err *e)
{
	struct pollfd fds[JOBS_AT_ONCE + 1];
	struct job *jobs[JOBS_AT_ONCE + 1] = { NULL };
	nfds_t n = 0;

	if (start_jobs(l, e))
		return -1;
	if (l->archive.socket >= 0 && backlog(l) < BACKLOG_MOST)
		fds[n++] = (struct pollfd){ .fd = l->archive.socket, .events = POLLIN };
	for (size_t i = 0; i < l->n_jobs && n <= JOBS_AT_ONCE; i++) {
		if (l->jobs[i]->state != JOB_RUNNING)
			continue;
		jobs[n] = l->jobs[i];
		fds[n++] = (struct pollfd){ .fd = l->jobs[i]->worker.socket, .events = POLLIN };
	}
	if (n == 0)
		return err_set(e, ERR_INTERNAL, "load: nothing to wait for");
	if (poll(fds, n, -1) < 0)
		return errno == EINTR ? 0 : err_sys(e, "poll");
	for (nfds_t i = 0; i < n; i++)
		if (fds[i].revents && (jobs[i] ? hear_job(l, jobs[i], e) : hear_archive(l, e)))
			return -1;
	return 0;
}

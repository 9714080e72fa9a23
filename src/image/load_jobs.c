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
#include "sys/mounts.h"

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
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	spec.fd_err = STDERR_FILENO; /* a report is read there; its other ways out are closed */
#endif
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
	job->stream = -1;
	job->worker.socket = -1;
	return job;
}

void load_name_job(struct job *job, const char *diff_id)
{
	memcpy(job->layer, oci_digest_hex(diff_id), sizeof(job->layer) - 1);
}

/* "l<n>/diff" and "s<n>", which the worker fills. */
static int make_places(struct load *l, const struct job *job, int *diff, int *split, struct err *e)
{
	char dir[24], file[16];

	snprintf(dir, sizeof(dir), "l%u", job->number);
	snprintf(file, sizeof(file), "s%u", job->number);
	if (mkdirat(l->dir_fd, dir, 0710))
		return err_sys(e, "create %s", dir);
	snprintf(dir, sizeof(dir), "l%u/diff", job->number);
	if (mkdirat(l->dir_fd, dir, 0755) || fchmodat(l->dir_fd, dir, 0755, 0))
		return err_sys(e, "create %s", dir);
	*diff = openat(l->dir_fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*split = openat(l->dir_fd, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	return *diff < 0 || *split < 0 ? err_sys(e, "create %s", dir) : 0;
}

static int open_layer(struct load *l, struct job *job, struct err *e)
{
	char name[16];

	if (job->stream >= 0)
		return take_fd(&job->stream);
	snprintf(name, sizeof(name), "m%u", job->member->number);
	int fd = openat(l->dir_fd, name, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open layer in archive") : fd;
}

static int start_job(struct load *l, struct job *job, struct err *e)
{
	/* What was stored was hashed on its way; what is streamed must be hashed by the worker. */
	const char *known = job->stream >= 0 ? NULL : job->member->digest;
	own_fd diff = -1;
	own_fd split = -1;
	own_fd file = open_layer(l, job, e);

	if (file < 0 || make_places(l, job, &diff, &split, e))
		return -1;
	const int fds[] = { file, diff, -1, split };
	if (load_spawn(l, "unpack", known, fds, &job->worker, e))
		return -1;
	job->state = JOB_RUNNING;
	l->n_running++;
	return 0;
}

/* A twin is copied here and now: hardly any archive has one. */
int load_copy_twin(struct load *l, struct job *job, struct err *e)
{
	char from_dir[24], from_split[16];
	own_fd diff = -1;
	own_fd split = -1;

	if (fault_point("image.layer_copy", e))
		return -1;
	snprintf(from_dir, sizeof(from_dir), "l%u/diff", job->twin->number);
	snprintf(from_split, sizeof(from_split), "s%u", job->twin->number);
	own_fd from = openat(l->dir_fd, from_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_fd lines = openat(l->dir_fd, from_split, O_RDONLY | O_CLOEXEC);
	if (from < 0 || lines < 0)
		return err_sys(e, "open layer");
	if (make_places(l, job, &diff, &split, e) || mount_copy_up(from, diff, e))
		return err_in(e, "copy layer");
	ssize_t n;
	while ((n = copy_file_range(lines, NULL, split, NULL, 1 << 30, 0)) > 0)
		;
	if (n < 0)
		return err_sys(e, "copy tar-split");
	job->done = job->twin->done;
	job->state = JOB_DONE;
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
	own_fd pipe = -1;
	int status;

	if (!receive(l->archive.socket, &msg)) {
		died(&l->archive, e);
		return -1;
	}
	switch (msg.type) {
	case LAYER_MSG_MEMBER:
		if (load_add_member(l, &msg.member, &pipe, e))
			return -1;
		return unixsock_send(l->archive.socket, &go, 1, &pipe, pipe >= 0, e);
	case LAYER_MSG_STORED:
		return load_member_stored(l, &msg.stored, e);
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
	for (size_t i = 0; i < l->n_jobs; i++) {
		struct job *job = l->jobs[i];
		/* A stream does not wait for its turn: the archive's reader stands still for it. */
		if (job->state != JOB_WAITING || job->twin ||
			(l->n_running >= l->jobs_most && job->stream < 0))
			continue;
		if (start_job(l, job, e))
			return err_in(e, "unpack layer");
	}
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

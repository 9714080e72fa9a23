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

static int open_layer(struct load *l, struct job *job, struct err *e)
{
	char name[16];

	if (job->stream >= 0)
		return take_fd(&job->stream);
	snprintf(name, sizeof(name), "m%u", job->member->number);
	int fd = openat(l->in.folder.fd, name, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open layer in archive") : fd;
}

static int start_job(struct load *l, struct job *job, struct err *e)
{
	/* What was stored was hashed on its way; what is streamed must be hashed by the worker. */
	const char *args[] = { "unpack", job->stream >= 0 ? NULL : job->member->digest, NULL };
	own_fd file = open_layer(l, job, e);

	if (file < 0)
		return -1;
	struct intake_unpacking u = { l->program, &l->in.folder, job->number, file, args };
	if (intake_unpack(&u, &job->place, &job->worker, e))
		return -1;
	job->state = JOB_RUNNING;
	l->n_running++;
	return 0;
}

/* A twin is copied here and now: hardly any archive has one. */
int load_copy_twin(struct load *l, struct job *job, struct err *e)
{
	if (intake_place_copy(&l->in.folder, job->number, &job->twin->place, &job->place, e))
		return err_in(e, "copy layer");
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
	worker_stop(&job->worker);
}

static int finish_job(struct load *l, struct job *job, struct layer_msg *msg, struct err *e)
{
	struct err why;

	if (worker_check_done(&msg->done, &why))
		return fail_job(l, job, &why), 0;
	job->done = msg->done;
	job->state = JOB_DONE;
	l->n_running--;
	worker_finish(&job->worker);
	if (!*job->layer)
		load_name_job(job, job->done.diff_id);
	return report_progress(l, job, job->member->size, e);
}

static int hear_job(struct load *l, struct job *job, struct err *e)
{
	struct layer_msg msg;
	struct err why;

	if (worker_receive(&job->worker, &msg, &why))
		return fail_job(l, job, &why), 0;
	switch (msg.type) {
	case LAYER_MSG_PROGRESS:
		return report_progress(l, job, msg.progress, e);
	case LAYER_MSG_DONE:
		return finish_job(l, job, &msg, e);
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

	if (worker_receive(&l->archive, &msg, e))
		return -1;
	switch (msg.type) {
	case LAYER_MSG_MEMBER:
		if (load_add_member(l, &msg.member, &pipe, e))
			return -1;
		return unixsock_send(l->archive.socket, &go, 1, &pipe, pipe >= 0, e);
	case LAYER_MSG_STORED:
		return load_member_stored(l, &msg.stored, e);
	case LAYER_MSG_END:
		l->is_archive_done = true;
		worker_finish(&l->archive);
		return 0;
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

/* SPDX-License-Identifier: Apache-2.0 */
/* Receives, checks, hands over; at the end says on the call's channel how it went. */
#include "calls.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/thread.h"
#include "base/unixsock.h"
#include "work.h"

#define HAS(fd) (1U << (fd))

static const struct {
	int (*run)(struct work *w, struct err *e);
	uint32_t needs; /* descriptors beside the channel */
	uint32_t may;
} rows[XFER_CALL_TYPES] = {
	[XFER_GET_MANIFEST] = { work_get_manifest, HAS(XFER_TEXT), 0 },
	[XFER_HEAD_MANIFEST] = { work_head_manifest, 0, 0 },
	[XFER_PUT_MANIFEST] = { work_put_manifest, HAS(XFER_TEXT), 0 },
	[XFER_LIST_TAGS] = { work_list_tags, HAS(XFER_TEXT), 0 },
	[XFER_GET_REFERRERS] = { work_get_referrers, HAS(XFER_TEXT), 0 },
	[XFER_FETCH_BLOB] = { work_fetch_blob, 0,
		HAS(XFER_TEXT) | HAS(XFER_FILE) | HAS(XFER_PIPE) },
	[XFER_GET_BLOB] = { work_get_blob, HAS(XFER_TEXT), 0 },
	[XFER_FIND_BLOB] = { work_find_blob, 0, 0 },
	[XFER_MOUNT_BLOB] = { work_mount_blob, 0, 0 },
	[XFER_UPLOAD_BLOB] = { work_upload_blob, HAS(XFER_FILE), 0 },
	[XFER_LOGIN] = { work_login, HAS(XFER_TEXT), 0 },
	[XFER_SEARCH] = { work_search, HAS(XFER_TEXT), 0 },
	[XFER_FETCH_URL] = { work_fetch_url, HAS(XFER_TEXT) | HAS(XFER_PIPE), 0 },
};

struct job {
	struct session *session;
	struct xfer_call rq;
	int fds[XFER_FDS];
	atomic_int *n_running;
};

static int send_msg(const struct work *w, const struct xfer_msg *msg)
{
	struct err ignored;

	return unixsock_send(
		w->fds[XFER_CHANNEL], msg, xfer_msg_size(msg->type), NULL, 0, &ignored);
}

static int report(void *arg)
{
	const struct work *w = arg;
	struct xfer_msg msg = { .type = XFER_MSG_PROGRESS, .progress = w->bytes };

	return send_msg(w, &msg);
}

static void tell_retry(void *arg, unsigned seconds)
{
	struct xfer_msg msg = { .type = XFER_MSG_RETRY, .seconds = seconds };

	send_msg(arg, &msg);
}

/* What a registry says may end on a terminal. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < 32 && *text != '\n') || *text == 127)
			*text = '?';
}

static void run_job(void *arg)
{
	struct job *job = arg;
	struct work w = { .rq = &job->rq, .done = { .size = -1 } };
	struct xfer_msg msg = { .type = XFER_MSG_DONE };
	own_arena a = arena_new();

	memcpy(w.fds, job->fds, sizeof(w.fds));
	session_call_init(job->session, &w.call, a, w.fds[XFER_CHANNEL]);
	w.call.retrying = tell_retry;
	w.call.arg = &w;
	if (job->rq.type == XFER_FETCH_BLOB || job->rq.type == XFER_UPLOAD_BLOB) {
		w.call.env.report = report;
		w.call.env.arg = &w;
	}
	if (rows[job->rq.type].run(&w, &msg.err)) {
		msg.type = XFER_MSG_ERROR;
		make_printable(msg.err.msg);
	} else {
		msg.done = w.done;
	}
	send_msg(&w, &msg);
	for (int i = 0; i < XFER_FDS; i++)
		if (w.fds[i] >= 0)
			close(w.fds[i]);
	atomic_fetch_sub(job->n_running, 1);
	free(job);
}

/* The descriptors come in the order of their bits. */
static int place_fds(struct job *job, const int *fds, size_t n, struct err *e)
{
	const struct xfer_call *rq = &job->rq;
	size_t at = 0;

	for (int i = 0; i < XFER_FDS; i++)
		job->fds[i] = rq->fds & HAS(i) && at < n ? fds[at++] : -1;
	if (at != n || job->fds[XFER_CHANNEL] < 0 || rq->type == 0 || rq->type >= XFER_CALL_TYPES)
		return err_set(e, ERR_INTERNAL, "malformed call");
	uint32_t needs = rows[rq->type].needs | HAS(XFER_CHANNEL);
	if ((rq->fds & needs) != needs || rq->fds & ~(needs | rows[rq->type].may))
		return err_set(e, ERR_INTERNAL, "call %u with descriptors %x", rq->type, rq->fds);
	return 0;
}

int calls_serve(struct session *s, int socket, struct err *e)
{
	static atomic_int n_running;

	for (;;) {
		struct job *job = calloc(1, sizeof(*job));
		int fds[XFER_FDS];
		size_t n_fds = XFER_FDS;

		if (!job)
			abort();
		job->session = s;
		job->n_running = &n_running;
		ssize_t n = unixsock_recv(socket, &job->rq, sizeof(job->rq), fds, &n_fds, e);
		if (n == 0)
			return free(job), 0;
		if (n != (ssize_t)sizeof(job->rq))
			return free(job), err_set(e, ERR_INTERNAL, "malformed call");
		job->rq.what[XFER_WHAT_SIZE - 1] = 0;
		job->rq.media_type[XFER_TYPE_SIZE - 1] = 0;
		job->rq.from[XFER_WHAT_SIZE - 1] = 0;
		if (place_fds(job, fds, n_fds, e))
			return free(job), -1;
		if (atomic_fetch_add(&n_running, 1) >= XFER_CALLS_MOST)
			return free(job), err_set(e, ERR_INTERNAL, "too many calls");
		if (thread_detach(run_job, job, e))
			return free(job), -1;
	}
}

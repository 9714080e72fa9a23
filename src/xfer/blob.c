/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetching a blob: into a file, a pipe, or both. With both the pipe is filled from the file by a thread of its own, so
 * that whoever reads it slowly does not hold up the network. What came is never asked for again: a broken transfer goes
 * on by Range, and where the server knows none, what is known already is skipped.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/slice.h"
#include "base/thread.h"
#include "failure.h"
#include "range.h"
#include "work.h"

#define FEED_MOST    (1024 * 1024)
#define FEED_POLL_MS 200
#define URLS_MOST    16

struct fetch {
	struct work *w;
	int file, pipe;
	int64_t size; /* -1: not known */
	int64_t received;
	int64_t skip;  /* of what comes: it is there already */
	int64_t again; /* of what comes: the pipe took it before it was full */
	const char *urls[URLS_MOST];
	size_t n_urls;
	struct err err; /* of a callback */
	bool has_err;

	/* the feeder's; the rest is the network's */
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t more;
	int64_t available;
	bool is_over, is_given_up, has_failed;
};

/* --- the feeder ---------------------------------------------------------------------------------- */

/* Blocks until the file holds more than sent; 0 at the end. */
static int64_t feed_wait(struct fetch *f, int64_t sent)
{
	own_lock guard = lock_take(&f->lock);

	while (f->available <= sent && !f->is_over && !f->is_given_up)
		pthread_cond_wait(&f->more, &f->lock);
	return f->is_given_up ? 0 : f->available - sent;
}

static bool feed_is_given_up(struct fetch *f)
{
	own_lock guard = lock_take(&f->lock);

	return f->is_given_up;
}

static void feed(void *arg)
{
	struct fetch *f = arg;
	off_t sent = 0;
	int64_t left;

	while ((left = feed_wait(f, sent)) > 0) {
		ssize_t n = sendfile(
			f->pipe, f->file, &sent, left < FEED_MOST ? (size_t)left : FEED_MOST);
		if (n > 0 || (n < 0 && errno == EINTR))
			continue;
		if (n < 0 && errno == EAGAIN) {
			struct pollfd p = { .fd = f->pipe, .events = POLLOUT };
			struct pollfd ch = { .fd = f->w->fds[XFER_CHANNEL] };
			poll(&p, 1, FEED_POLL_MS);
			if (feed_is_given_up(f) || poll(&ch, 1, 0) > 0)
				break;
			continue;
		}
		break; /* the reader is gone, or somebody cut the file off */
	}
	own_lock guard = lock_take(&f->lock);
	f->has_failed = left > 0;
	close(take_fd(&f->pipe));
}

static void feed_tell(struct fetch *f, bool is_over, bool is_given_up)
{
	own_lock guard = lock_take(&f->lock);

	f->available = f->received;
	f->is_over |= is_over;
	f->is_given_up |= is_given_up;
	pthread_cond_signal(&f->more);
}

/* --- what comes ---------------------------------------------------------------------------------- */

static int refuse(struct fetch *f, const char *what, long long got, long long want)
{
	f->has_err = true;
	return err_set(&f->err, ERR_INVALID,
		"filesystem layer verification failed for digest %s: %s %lld bytes instead of %lld",
		f->w->rq->what, what, got, want);
}

static int begin(void *arg, long status, const char *content_range, int64_t length)
{
	struct fetch *f = arg;
	struct content_range range;
	int64_t from = 0;

	if (status == 206) {
		if (!content_range_parse(content_range, &range) || range.first > f->received) {
			f->has_err = true;
			return err_set(&f->err, ERR_INVALID,
				"%s: registry answers with another range than asked for",
				f->w->rq->what);
		}
		from = range.first;
		if (range.total >= 0 && f->size >= 0 && range.total != f->size)
			return refuse(f, "registry has", range.total, f->size);
	}
	f->skip = f->received - from;
	if (length >= 0 && f->size >= 0 && length + from > f->size)
		return refuse(f, "registry has", length + from, f->size);
	return 0;
}

static int write_file(struct fetch *f, const char *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t done = pwrite(f->file, p + at, n - at, f->received + (off_t)at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			f->has_err = true;
			return err_sys(&f->err, "write blob %s", f->w->rq->what);
		}
		at += (size_t)done;
	}
	return 0;
}

/* 1 when it is full: the same bytes will come again. */
static int write_pipe(struct fetch *f, struct transfer *t, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(f->pipe, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno == EAGAIN) {
			t->wait_fd = f->pipe;
			t->wait_for = POLLOUT;
			return 1;
		}
		if (done <= 0) {
			f->has_err = true;
			return err_sys(&f->err, "write blob %s", f->w->rq->what);
		}
		p += done;
		n -= (size_t)done;
		f->received += done;
		f->again += done;
	}
	return 0;
}

static int take_piece(void *arg, struct transfer *t, const char *p, size_t n)
{
	struct fetch *f = arg;
	int64_t known = f->skip + f->again, fresh = (int64_t)n - known;

	if (fresh <= 0) {
		/* All of it is known; of what the pipe took before, less will come again. */
		int64_t of_again = (int64_t)n < f->again ? (int64_t)n : f->again;
		f->again -= of_again;
		f->skip -= (int64_t)n - of_again;
		return 0;
	}
	if (f->size >= 0 && f->received + fresh > f->size)
		return refuse(f, "registry sends", f->received + fresh, f->size);
	p += known;
	if (f->file < 0 && f->pipe >= 0) {
		int rc = write_pipe(f, t, p, (size_t)fresh);
		if (rc == 0)
			f->skip = f->again = 0;
		f->w->bytes = f->received;
		return rc;
	}
	if (f->file >= 0 && write_file(f, p, (size_t)fresh))
		return -1;
	f->received += fresh;
	f->skip = f->again = 0;
	f->w->bytes = f->received;
	if (f->file >= 0 && f->pipe >= 0)
		feed_tell(f, false, false);
	return 0;
}

/* --- where from ---------------------------------------------------------------------------------- */

static int judge(struct fetch *f, struct exchange_answer *answer, char code[64], struct err *e)
{
	if (answer->status != 200 && answer->status != 206) {
		xfer_refusal(answer, code, e);
		return work_explain(f->w, code, e);
	}
	if (f->size >= 0 && f->received < f->size)
		return refuse(f, "registry has", f->received, f->size), *e = f->err, -1;
	return 0;
}

static int64_t received(void *arg)
{
	return ((struct fetch *)arg)->received;
}

static void prepare(struct fetch *f, struct exchange_request *rq)
{
	*rq = (struct exchange_request){ .method = "GET",
		.stream = -1,
		.range_from = f->received,
		.take = take_piece,
		.begin = begin,
		.arg = f };
	f->has_err = false;
	f->skip = f->again = 0;
}

static int settle(struct fetch *f, int rc, struct exchange_answer *answer, struct err *e)
{
	char code[64] = "";

	if (rc && f->has_err)
		*e = f->err;
	if (rc == 0)
		rc = judge(f, answer, code, e);
	exchange_answer_done(answer);
	return rc;
}

static int try_fetch(
	void *arg, struct session_call *c, const struct xfer_endpoint *ep, struct err *e)
{
	struct fetch *f = arg;
	struct exchange_request rq;
	struct exchange_answer answer;

	prepare(f, &rq);
	int rc = session_ask(c, ep, session_path(c, "blobs/%s", f->w->rq->what), &rq, &answer, e);
	if (rc == 0 && answer.status == 416 && rq.range_from > 0) {
		/* It does not know that there is more: from the start, skipping. */
		exchange_answer_done(&answer);
		prepare(f, &rq);
		rq.range_from = 0;
		rc = session_ask(
			c, ep, session_path(c, "blobs/%s", f->w->rq->what), &rq, &answer, e);
	}
	return settle(f, rc, &answer, e);
}

/* A layer that is not for distribution names the places where it may be had. Nothing is told them. */
static int fetch_url(struct fetch *f, const char *url, struct err *e)
{
	struct exchange_request rq;
	struct exchange_answer answer;

	prepare(f, &rq);
	rq.url = url;
	return settle(
		f, exchange_run(&f->w->call.env, &rq, f->w->call.arena, &answer, e), &answer, e);
}

static int fetch_all(struct fetch *f, struct err *e)
{
	struct session_attempt at = { SESSION_PULL, true, try_fetch, received, f };

	if (f->size >= 0 && f->received == f->size)
		return 0;
	for (size_t i = 0; i < f->n_urls; i++) {
		if (fetch_url(f, f->urls[i], e) == 0)
			return 0;
		if (e->kind == ERR_CANCELLED)
			return -1;
	}
	return session_try(&f->w->call, &at, e);
}

static int read_urls(struct fetch *f, struct err *e)
{
	struct slice one, rest;
	const char *text;

	if (f->w->fds[XFER_TEXT] < 0)
		return 0;
	if (work_take_text(f->w, &text, e))
		return -1;
	rest = slice_str(text);
	while (rest.n > 0 && f->n_urls < URLS_MOST) {
		slice_cut(rest, '\n', &one, &rest);
		if (one.n > 0)
			f->urls[f->n_urls++] = arena_strndup(f->w->call.arena, one.p, one.n);
	}
	return 0;
}

/* Both: the feeder runs beside, owns the pipe, and is done when this returns. */
static int fetch_and_feed(struct fetch *f, int *pipe, struct err *e)
{
	pthread_t feeder;

	if (thread_start(&feeder, feed, f, e))
		return -1;
	take_fd(pipe);
	feed_tell(f, false, false);
	int rc = fetch_all(f, e);
	feed_tell(f, true, rc != 0);
	if (rc == 0 && f->w->call.env.report)
		f->w->call.env.report(f->w->call.env.arg);
	thread_join(feeder);
	if (rc == 0 && f->has_failed)
		return err_set(
			e, ERR_INTERNAL, "write blob %s: %s", f->w->rq->what, err_text(EPIPE));
	return rc;
}

int work_fetch_blob(struct work *w, struct err *e)
{
	own_fd pipe = take_fd(&w->fds[XFER_PIPE]);
	struct fetch f = { .w = w,
		.file = w->fds[XFER_FILE],
		.pipe = pipe,
		.size = w->rq->size,
		.received = w->rq->offset };

	w->bytes = f.received;
	if (pipe >= 0 && io_set_nonblock(pipe, 1))
		return err_sys(e, "set up pipe");
	if (f.received > 0 && f.file < 0)
		return err_set(e, ERR_INTERNAL, "a blob goes on in a file only");
	if (f.size >= 0 && f.received > f.size)
		return err_set(e, ERR_INVALID, "%s: there is more than the blob has", w->rq->what);
	if (read_urls(&f, e))
		return -1;
	pthread_mutex_init(&f.lock, NULL);
	pthread_cond_init(&f.more, NULL);
	return f.file >= 0 && pipe >= 0 ? fetch_and_feed(&f, &pipe, e) : fetch_all(&f, e);
}

/* --- what is no registry's ----------------------------------------------------------------------- */

static int judge_url(const char *url, const struct exchange_answer *answer, struct err *e)
{
	struct slice body = slice_trim((struct slice){ answer->body.data, answer->body.len });

	if (answer->status == 200)
		return 0;
	return err_set(e, answer->status == 404 ? ERR_NOT_FOUND : ERR_INTERNAL,
		"failed to GET %s with status %s: %.*s", url, xfer_status_text(answer->status),
		(int)(body.n < 512 ? body.n : 512), body.n ? body.p : "");
}

int work_fetch_url(struct work *w, struct err *e)
{
	own_fd pipe = take_fd(&w->fds[XFER_PIPE]);
	struct fetch f = { .w = w, .file = -1, .pipe = pipe, .size = -1 };
	struct exchange_request rq;
	struct exchange_answer answer;

	if (io_set_nonblock(pipe, 1))
		return err_sys(e, "set up pipe");
	if (read_urls(&f, e))
		return -1;
	if (f.n_urls != 1)
		return err_set(e, ERR_INVALID, "no URL to fetch");
	prepare(&f, &rq);
	rq.url = f.urls[0];
	int rc = exchange_run(&w->call.env, &rq, w->call.arena, &answer, e);
	if (rc && f.has_err)
		*e = f.err;
	if (rc == 0)
		rc = judge_url(rq.url, &answer, e);
	exchange_answer_done(&answer);
	w->done.size = f.received;
	return rc;
}

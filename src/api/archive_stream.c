/* SPDX-License-Identifier: Apache-2.0 */
#include "archive_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/thread.h"

#define PIPE_BYTES (1024 * 1024)

/* The thread that makes the archive; the request's own sends it. */
struct maker {
	const struct archive_stream *s;
	int out;
	int rc;
	struct err e;
};

static void make(void *arg)
{
	struct maker *m = arg;

	m->rc = m->s->write(m->s->arg, m->out, &m->e);
	close(m->out);
}

/* With the head out. */
static int run(struct call *c, struct maker *m)
{
	struct err sent;
	pthread_t thread;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return err_sys(&m->e, "pipe");
	/* Fewer switches between the two; not being allowed to is no harm. */
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
	m->out = ends[1];
	if (thread_start(&thread, make, m, &m->e)) {
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	int rc = http_write_pipe(c->rq, ends[0], &sent);
	/* Whoever still writes shall see that nobody reads any more. */
	close(ends[0]);
	thread_join(thread);
	if (m->rc == 0 && rc)
		m->e = sent;
	return m->rc || rc ? -1 : 0;
}

int archive_stream_send(
	struct call *c, const struct archive_stream *s, bool *is_whole, struct err *e)
{
	struct maker m = { .s = s };

	*is_whole = false;
	if (http_start(c->rq, 200, s->type, e))
		return -1;
	if (run(c, &m) == 0) {
		*is_whole = true;
		return 0;
	}
	if (m.e.kind != ERR_CANCELLED)
		log_error("%s: %s", s->what, m.e.msg);
	http_abort(c->rq);
	return 0;
}

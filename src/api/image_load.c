/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading archives: the body, taken out of its chunks, goes into a pipe; progress and results come back as
 * JSON objects while it is still arriving (feature row B6).
 */
#include "image/load.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/thread.h"
#include "images.h"
#include "routes.h"
#include "stream.h"

#define PIPE_BYTES (1024 * 1024)

/* The thread that loads; the request's own thread reads the body. */
struct load {
	struct call *call;
	struct image_load_opts opts;
	int in; /* the pipe's reading end */
	int rc;
	struct err e;
};

static int report(void *arg, const struct image_load_event *ev, struct err *e)
{
	struct load *l = arg;
	struct image_progress p = { .type = IMAGE_PROGRESS_UPDATE,
		.id = ev->layer,
		.text = "Loading layer",
		.current = ev->current,
		.total = ev->total };

	if (ev->type == IMAGE_LOAD_PROGRESS)
		return stream_progress(l->call, &p, e);
	if (ev->type == IMAGE_LOAD_STREAM)
		return stream_text(l->call, ev->text, e);
	images_publish(l->call, ev->type == IMAGE_LOAD_IMAGE ? "load" : "tag", ev->image_id,
		ev->type == IMAGE_LOAD_IMAGE ? ev->image_id : ev->text);
	return 0;
}

static void load_main(void *arg)
{
	struct load *l = arg;

	l->rc = image_load(l->call->api->config.images, l->in, &l->opts, &l->e);
	/* Whoever still writes shall see that nobody reads any more. */
	close(l->in);
	l->in = -1;
}

/* With the head out: loads in a thread of its own what this one reads. */
static void run(struct call *c, struct load *l)
{
	struct err body = { 0 };
	int ends[2], fed;
	pthread_t thread;

	if (pipe2(ends, O_CLOEXEC)) {
		err_sys(&l->e, "pipe");
		stream_fail(c, &l->e);
		return;
	}
	/* Fewer switches between the two; not being allowed to is no harm. */
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
	l->in = ends[0];
	if (thread_start(&thread, load_main, l, &l->e)) {
		close(ends[0]);
		close(ends[1]);
		stream_fail(c, &l->e);
		return;
	}
	/* When the loader gives up early, it knows why. */
	fed = http_body_pipe(c->rq, ends[1], &body);
	close(ends[1]);
	thread_join(thread);
	if (fed < 0 && body.kind == ERR_CANCELLED)
		http_abort(c->rq);
	else if (fed < 0)
		stream_fail(c, &body);
	else if (l->rc)
		stream_fail(c, &l->e);
}

int image_post_load(struct call *c, struct err *e)
{
	struct load l = { .call = c, .in = -1 };
	struct oci_platform *platform;

	if (images_platform(c, "platform", API_V(1, 48), &platform, e))
		return -1;
	l.opts = (struct image_load_opts){ .quiet = call_bool_or(c, "quiet", true),
		.platform = platform,
		.layer_program = c->api->config.layer_program,
		.report = report,
		.arg = &l };
	if (http_start(c->rq, 200, API_JSON, e))
		return -1;
	run(c, &l);
	return 0;
}

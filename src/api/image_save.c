/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saving images: the archive comes out of a pipe and goes into the client's socket without being touched. What is wrong
 * is known before the answer begins, but for damaged layers: then the connection is cut, so that nobody takes half an
 * archive for a whole one.
 */
#include "image/save.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/slice.h"
#include "base/thread.h"
#include "images.h"
#include "routes.h"

#define PIPE_BYTES (1024 * 1024)

/* The thread that makes the archive; the request's own sends it. */
struct save {
	struct image_save *images;
	int out;
	int rc;
	struct err e;
};

static void save_main(void *arg)
{
	struct save *s = arg;

	s->rc = image_save_write(s->images, s->out, &s->e);
	close(take_fd(&s->out));
}

/* With the head out. */
static void run(struct call *c, struct save *s)
{
	struct err sent;
	pthread_t thread;
	int ends[2];

	s->rc = -1;
	if (pipe2(ends, O_CLOEXEC)) {
		err_sys(&s->e, "pipe");
		return;
	}
	/* Fewer switches between the two; not being allowed to is no harm. */
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
	s->out = ends[1];
	if (thread_start(&thread, save_main, s, &s->e)) {
		close(ends[0]);
		close(ends[1]);
		return;
	}
	int rc = http_write_pipe(c->rq, ends[0], &sent);
	/* Whoever still writes shall see that nobody reads any more. */
	close(ends[0]);
	thread_join(thread);
	if (rc) {
		s->e = sent;
		s->rc = -1;
	}
}

/* `docker save a b` asks by names=a&names=b; one image also has a path of its own. */
static void add_names(struct call *c, struct str_list *out)
{
	if (!str_empty(c->id))
		str_list_add(c->arena, out, c->id);
	for (size_t i = 0; str_empty(c->id) && i < c->query.n; i++)
		if (strcmp(c->query.v[i].key, "names") == 0)
			str_list_add(c->arena, out, c->query.v[i].value);
}

int image_get_archive(struct call *c, struct err *e)
{
	struct image_save_opts opts = { .layer_program = c->api->config.layer_program };
	struct str_list names = { 0 }, ids = { 0 };
	struct oci_platform *platform;
	struct save s = { .out = -1, .rc = -1 };

	if (images_platform(c, "platform", API_V(1, 48), &platform, e))
		return -1;
	opts.platform = platform;
	add_names(c, &names);
	if (image_save_open(c->api->config.images, &names, &opts, &s.images, e))
		return -1;
	int rc = http_start(c->rq, 200, "application/x-tar", e);
	if (rc == 0)
		run(c, &s);
	if (s.rc == 0)
		image_save_ids(s.images, &ids, c->arena);
	else if (rc == 0)
		http_abort(c->rq);
	if (rc == 0 && s.rc && s.e.kind != ERR_CANCELLED)
		log_error("save: %s", s.e.msg);
	for (size_t i = 0; i < ids.n; i++)
		images_publish(c, "save", ids.v[i], ids.v[i]);
	image_save_close(s.images);
	return rc;
}

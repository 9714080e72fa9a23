/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading archives: the body, taken out of its chunks, goes into a pipe; progress and results come back as
 * JSON objects while it is still arriving (feature row B6). Pulling needs registries, which this
 * version does not speak to.
 */
#include "image/load.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "base/thread.h"
#include "base/unit.h"
#include "images.h"
#include "oci/reference.h"
#include "routes.h"

#define PIPE_BYTES (1024 * 1024)
#define BAR_WIDTH  50

/* The thread that loads; the request's own thread reads the body. */
struct load {
	struct call *call;
	struct image_load_opts opts;
	int in; /* the pipe's reading end */
	int rc;
	struct err e;
};

/* "[=====>    ]  1.5MB/3MB" as docker's progress objects carry it for old clients. */
static void add_bar(struct buf *out, int64_t current, int64_t total)
{
	char now[UNIT_TEXT], all[UNIT_TEXT];
	int done = total > 0 ? (int)((double)current / (double)total * 100) / 2 : 0;

	done = done > BAR_WIDTH ? BAR_WIDTH : done;
	unit_size(now, (double)current, 4);
	unit_size(all, (double)total, 4);
	if (total <= 0 || current > total) {
		buf_fmt(out, "%8s", now);
		return;
	}
	buf_char(out, '[');
	buf_pad(out, '=', (size_t)done);
	buf_char(out, '>');
	buf_pad(out, ' ', (size_t)(BAR_WIDTH - done));
	buf_fmt(out, "] %8s/%s", now, all);
}

static void write_progress(struct jsonw *w, const struct image_load_event *ev)
{
	own_buf bar = { 0 };

	buf_init(&bar, 4096);
	add_bar(&bar, ev->current, ev->total);
	jsonw_kstr(w, "status", "Loading layer");
	jsonw_key(w, "progressDetail");
	jsonw_obj(w);
	if (ev->current)
		jsonw_ki64(w, "current", ev->current);
	if (ev->total)
		jsonw_ki64(w, "total", ev->total);
	jsonw_obj_end(w);
	jsonw_kstr(w, "progress", bar.data);
	jsonw_kstr(w, "id", ev->layer);
}

/* Sends one object, with CR LF behind it as docker's stream formatter does. */
static int send_object(struct call *c, struct buf *body, struct err *e)
{
	buf_str(body, "\r\n");
	return http_write(c->rq, body->data, body->len, e);
}

static int report(void *arg, const struct image_load_event *ev, struct err *e)
{
	struct load *l = arg;
	struct jsonw w;
	own_buf body = { 0 };

	if (ev->type == IMAGE_LOAD_IMAGE || ev->type == IMAGE_LOAD_TAGGED) {
		images_publish(l->call, ev->type == IMAGE_LOAD_IMAGE ? "load" : "tag", ev->image_id,
			ev->type == IMAGE_LOAD_IMAGE ? ev->image_id : ev->text);
		return 0;
	}
	buf_init(&body, 65536);
	jsonw_init(&w, &body, NULL);
	w.escape_html = true;
	jsonw_obj(&w);
	if (ev->type == IMAGE_LOAD_PROGRESS)
		write_progress(&w, ev);
	else
		jsonw_kstr(&w, "stream", ev->text);
	jsonw_obj_end(&w);
	return send_object(l->call, &body, e);
}

static void load_main(void *arg)
{
	struct load *l = arg;

	l->rc = image_load(l->call->api->config.images, l->in, &l->opts, &l->e);
	/* Whoever still writes shall see that nobody reads any more. */
	close(l->in);
	l->in = -1;
}

static void tell_failure(struct call *c, const struct err *fault)
{
	struct jsonw w;
	struct err ignored;
	own_buf body = { 0 };

	buf_init(&body, 65536);
	jsonw_init(&w, &body, NULL);
	w.escape_html = true;
	jsonw_obj(&w);
	jsonw_key(&w, "errorDetail");
	jsonw_obj(&w);
	jsonw_kstr(&w, "message", fault->msg);
	jsonw_obj_end(&w);
	jsonw_kstr(&w, "error", fault->msg);
	jsonw_obj_end(&w);
	send_object(c, &body, &ignored);
}

/* With the head out: loads in a thread of its own what this one reads. */
static void run(struct call *c, struct load *l)
{
	struct err body = { 0 };
	int ends[2], fed;
	pthread_t thread;

	if (pipe2(ends, O_CLOEXEC)) {
		err_sys(&l->e, "pipe");
		tell_failure(c, &l->e);
		return;
	}
	/* Fewer switches between the two; not being allowed to is no harm. */
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
	l->in = ends[0];
	if (thread_start(&thread, load_main, l, &l->e)) {
		close(ends[0]);
		close(ends[1]);
		tell_failure(c, &l->e);
		return;
	}
	/* When the loader gives up early, it knows why. */
	fed = http_body_pipe(c->rq, ends[1], &body);
	close(ends[1]);
	thread_join(thread);
	if (fed < 0 && body.kind == ERR_CANCELLED)
		http_abort(c->rq);
	else if (fed < 0)
		tell_failure(c, &body);
	else if (l->rc)
		tell_failure(c, &l->e);
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

/* What to say about an image that is not here: no registry was asked, so nothing can be said about one. */
int image_post_create(struct call *c, struct err *e)
{
	const char *name = call_param(c, "fromImage"), *tag = call_param(c, "tag");
	struct oci_ref ref;

	if (*name == '\0')
		return err_set(e, ERR_NOT_IMPLEMENTED,
			"importing images is not available in this version of tare: use docker load");
	if (oci_ref_parse(c->arena, name, &ref, e))
		return -1;
	if (strchr(tag, ':'))
		ref.digest = tag;
	else if (*tag && oci_ref_set_tag(c->arena, &ref, tag, e))
		return -1;
	return err_set(e, ERR_NOT_IMPLEMENTED,
		"pulling from registries is not available in this version of tare: bring %s here with "
		"docker save and docker load",
		oci_ref_familiar(c->arena, &ref));
}

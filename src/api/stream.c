/* SPDX-License-Identifier: Apache-2.0 */
#include "stream.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/thread.h"
#include "base/unit.h"

#define OBJECT_MOST 65536
#define BAR_WIDTH   50

/* --- Objects --------------------------------------------------------------------------------------- */

int stream_send(struct call *c, struct buf *body, struct err *e)
{
	buf_str(body, "\r\n");
	if (!http_has_started(c->rq) && http_start(c->rq, 200, API_JSON, e))
		return -1;
	return http_write(c->rq, body->data, body->len, e);
}

static void begin(struct jsonw *w, struct buf *body)
{
	buf_init(body, OBJECT_MOST);
	jsonw_init(w, body, NULL);
	w->escape_html = true;
	jsonw_obj(w);
}

int stream_text(struct call *c, const char *text, struct err *e)
{
	struct jsonw w;
	own_buf body = { 0 };

	begin(&w, &body);
	jsonw_kstr(&w, "stream", text);
	jsonw_obj_end(&w);
	return stream_send(c, &body, e);
}

void stream_fail(struct call *c, const struct err *fault)
{
	struct jsonw w;
	struct err ignored;
	own_buf body = { 0 };

	begin(&w, &body);
	jsonw_key(&w, "errorDetail");
	jsonw_obj(&w);
	jsonw_kstr(&w, "message", fault->msg);
	jsonw_obj_end(&w);
	jsonw_kstr(&w, "error", fault->msg);
	jsonw_obj_end(&w);
	stream_send(c, &body, &ignored);
}

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

int stream_progress(struct call *c, const struct image_progress *p, struct err *e)
{
	struct jsonw w;
	own_buf body = { 0 };
	own_buf bar = { 0 };

	begin(&w, &body);
	jsonw_kstr(&w, "status", p->text);
	jsonw_key(&w, "progressDetail");
	jsonw_obj(&w);
	if (p->current)
		jsonw_ki64(&w, "current", p->current);
	if (p->total)
		jsonw_ki64(&w, "total", p->total);
	jsonw_obj_end(&w);
	if (p->current || p->total) {
		buf_init(&bar, 4096);
		add_bar(&bar, p->current, p->total);
		jsonw_kstr(&w, "progress", bar.data);
	}
	if (p->id)
		jsonw_kstr(&w, "id", p->id);
	jsonw_obj_end(&w);
	return stream_send(c, &body, e);
}

static int send_message(struct call *c, const struct image_progress *p, struct err *e)
{
	struct jsonw w;
	own_buf body = { 0 };

	begin(&w, &body);
	jsonw_kstr(&w, "status", p->text);
	if (p->id)
		jsonw_kstr(&w, "id", p->id);
	jsonw_obj_end(&w);
	return stream_send(c, &body, e);
}

static int send_pushed(struct call *c, const struct image_progress *p, struct err *e)
{
	struct jsonw w;
	own_buf body = { 0 };

	begin(&w, &body);
	jsonw_key(&w, "progressDetail");
	jsonw_obj(&w);
	jsonw_obj_end(&w);
	jsonw_key(&w, "aux");
	jsonw_obj(&w);
	jsonw_kstr(&w, "Tag", p->text);
	jsonw_kstr(&w, "Digest", p->id);
	jsonw_ki64(&w, "Size", p->total);
	jsonw_obj_end(&w);
	jsonw_obj_end(&w);
	return stream_send(c, &body, e);
}

/* --- Work ------------------------------------------------------------------------------------------ */

struct work {
	const struct stream_work *what;
	struct call *call;
	struct canceller *canceller;
	int done; /* an eventfd */
	int rc;
	struct err e;
};

static int report(void *arg, const struct image_progress *p, struct err *e)
{
	static int (*const senders[])(
		struct call *, const struct image_progress *, struct err *) = {
		[IMAGE_PROGRESS_MESSAGE] = send_message,
		[IMAGE_PROGRESS_UPDATE] = stream_progress,
		[IMAGE_PROGRESS_PUSHED] = send_pushed,
	};
	struct work *w = arg;

	return senders[p->type](w->call, p, e);
}

static void work_main(void *arg)
{
	static const uint64_t one = 1;
	struct work *w = arg;
	struct image_progress_out out = { .report = report, .arg = w };
	struct err ignored;

	w->rc = w->what->run(w->what->arg, &out, w->canceller, &w->e);
	io_write(w->done, &one, sizeof(one), &ignored);
}

int stream_run(struct call *c, const struct stream_work *what, bool *is_done, struct err *e)
{
	struct work w = { .what = what, .call = c };
	own_fd done = eventfd(0, EFD_CLOEXEC);
	struct err gone;
	pthread_t thread;

	if (done < 0)
		return err_sys(e, "eventfd");
	w.done = done;
	w.canceller = canceller_new();
	if (thread_start(&thread, work_main, &w, e)) {
		canceller_free(w.canceller);
		return -1;
	}
	/* A daemon that stops does not wait for a gigabyte: what came is gone on with by the next one. */
	http_set_endless(c->rq);
	if (http_wait(c->rq, done, -1, &gone) < 0)
		canceller_cancel(w.canceller);
	thread_join(thread);
	canceller_free(w.canceller);
	if (is_done)
		*is_done = w.rc == 0;
	if (w.rc && !http_has_started(c->rq)) {
		*e = w.e;
		return -1;
	}
	if (w.rc)
		stream_fail(c, &w.e);
	return 0;
}

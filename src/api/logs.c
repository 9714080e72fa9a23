/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logs: entries of the json-file log as the client wants them (feature row B11), now and, when following, as
 * they are written until the container ends.
 */
#include "logs.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/json.h"
#include "base/slice.h"
#include "engine/lifecycle.h"
#include "http/frame.h"
#include "http/uri.h"
#include "logfile.h"
#include "monitor/entry.h"
#include "routes.h"

#define FLUSH_AT (32 * 1024)
#define OUT_MAX	 (32 * 1024 * 1024)

/* One run of writing. */
struct log_run {
	const struct log_query *q;
	const struct log_sink *sink;
	struct logfile *file;
	struct buf out;
	bool is_over; /* until was passed */
};

static int flush(struct log_run *r, struct err *e)
{
	int rc;

	if (!buf_ok(&r->out))
		return err_set(e, ERR_INTERNAL, "a log entry is too large");
	if (r->out.len == 0)
		return 0;
	rc = r->sink->rq ? http_write(r->sink->rq, r->out.data, r->out.len, e)
			 : io_write(r->sink->fd, r->out.data, r->out.len, e);
	buf_clear(&r->out);
	return rc;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "k=v,k2=v2 " sorted by key, both escaped as query values. */
static void add_details(struct buf *out, struct json *attrs)
{
	own_arena a = arena_new();
	struct str_list pairs = { 0 };

	for (struct json_iter it = json_iter(attrs); json_next(&it);) {
		own_buf pair = { 0 };

		buf_init(&pair, 65536);
		http_escape_query(&pair, it.key);
		buf_char(&pair, '=');
		http_escape_query(&pair, json_str(it.value, ""));
		str_list_add(a, &pairs, pair.data);
	}
	qsort(pairs.v, pairs.n, sizeof(*pairs.v), by_text);
	for (size_t i = 0; i < pairs.n; i++)
		buf_fmt(out, "%s%s", i ? "," : "", pairs.v[i]);
	buf_char(out, ' ');
}

/* Whether a message of that time and stream was asked for; notes when `until` was passed. */
static bool is_wanted(struct log_run *r, int64_t time_ns, enum http_stdio stream)
{
	if (r->q->since_ns && time_ns < r->q->since_ns)
		return false;
	if (r->q->until_ns && time_ns > r->q->until_ns) {
		r->is_over = true;
		return false;
	}
	return stream == HTTP_STDOUT ? r->q->is_stdout : r->q->is_stderr;
}

/* Adds what stands before a message's text, with room for the frame's head unless the stream is raw. */
static void begin_message(struct log_run *r, int64_t time_ns, struct json *attrs)
{
	char time[CLOCK_TEXT];

	if (!r->q->is_raw)
		buf_pad(&r->out, '\0', HTTP_FRAME_HEAD);
	if (r->q->timestamps)
		buf_fmt(&r->out, "%s ", clock_rfc3339_nine(time, time_ns));
	if (r->q->details)
		add_details(&r->out, attrs);
}

/* The message that began at `at` is whole. */
static void end_message(struct log_run *r, size_t at, enum http_stdio stream)
{
	size_t n = r->out.len - at - HTTP_FRAME_HEAD;

	if (!r->q->is_raw && buf_ok(&r->out))
		http_frame_head((unsigned char *)r->out.data + at, stream, (uint32_t)n);
}

static void add_failure(struct log_run *r, const char *text)
{
	own_buf line = { 0 };

	buf_init(&line, 8192);
	buf_fmt(&line, "Error grabbing logs: %s\n", text);
	if (!r->q->is_raw) {
		unsigned char head[HTTP_FRAME_HEAD];

		http_frame_head(head, HTTP_SYSTEMERR, (uint32_t)line.len);
		buf_add(&r->out, head, sizeof(head));
	}
	buf_add(&r->out, line.data, line.len);
}

/* A line of the usual shape, without building a document; false for any other, which is untouched then. */
static bool take_usual_line(struct log_run *r, struct slice line)
{
	size_t at = r->out.len;
	enum http_stdio stream;
	struct entry entry;
	int64_t time_ns;

	if (!entry_split(line, &entry) || !clock_parse_rfc3339(entry.time, &time_ns) ||
		(r->q->details && entry.attrs.n))
		return false;
	stream = entry.is_stderr ? HTTP_STDERR : HTTP_STDOUT;
	if (!is_wanted(r, time_ns, stream))
		return true;
	begin_message(r, time_ns, NULL);
	if (!entry_text(entry.text, &r->out)) {
		r->out.len = at;
		return false;
	}
	end_message(r, at, stream);
	return true;
}

/* Takes one line of the file in. A damaged one is told in the stream and passed over. */
static void take_line(struct log_run *r, struct slice line)
{
	enum http_stdio stream = HTTP_STDOUT;
	size_t at = r->out.len;
	int64_t time_ns = 0;
	own_json entry = NULL;
	struct json *text;
	struct err e;

	if (line.n == 0 || take_usual_line(r, line))
		return;
	entry = json_parse(line.p, line.n, &e);
	if (!entry) {
		add_failure(r, e.msg);
		return;
	}
	clock_parse_rfc3339(slice_str(json_str(json_get(entry, "time"), "")), &time_ns);
	if (str_eq(json_str(json_get(entry, "stream"), ""), "stderr"))
		stream = HTTP_STDERR;
	if (!is_wanted(r, time_ns, stream))
		return;
	text = json_get(entry, "log");
	begin_message(r, time_ns, json_get(entry, "attrs"));
	buf_add(&r->out, json_str(text, ""), json_str_len(text));
	end_message(r, at, stream);
}

/* Writes all whole lines there are. */
static int drain(struct log_run *r, struct err *e)
{
	struct slice line;
	int rc = 0;

	while (!r->is_over && (rc = logfile_next(r->file, &line, e)) > 0) {
		take_line(r, line);
		if (r->out.len >= FLUSH_AT && flush(r, e))
			return -1;
	}
	return rc < 0 ? -1 : flush(r, e);
}

static int begin(struct log_run *r, const struct engine_brief *ctr, struct err *e)
{
	buf_init(&r->out, OUT_MAX);
	if (str_empty(ctr->log_path))
		return err_set(e, ERR_NOT_IMPLEMENTED,
			"configured logging driver does not support reading");
	r->file = logfile_open(ctr->log_path, e);
	if (!r->file)
		return -1;
	return r->q->tail < 0 ? 0 : logfile_tail(r->file, (uint64_t)r->q->tail, e);
}

static void end(struct log_run *r)
{
	logfile_close(r->file);
	buf_done(&r->out);
}

int logs_write(const struct engine_brief *ctr, const struct log_query *q,
	const struct log_sink *sink, struct err *e)
{
	struct log_run r = { .q = q, .sink = sink };
	int rc = begin(&r, ctr, e);

	if (rc == 0)
		rc = drain(&r, e);
	end(&r);
	return rc;
}

/* How long poll may wait: until the time asked for has come, or forever. */
static int wait_ms(const struct log_query *q)
{
	int64_t left;

	if (q->until_ns == 0)
		return -1;
	left = (q->until_ns - clock_now_ns()) / 1000000 + 1;
	return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

/* Writes what comes until the container has ended, the client is gone, or `until` is reached. */
static int follow(struct log_run *r, int watch, struct engine_wait *w, struct err *e)
{
	for (;;) {
		struct pollfd p[] = { { http_request_fd(r->sink->rq), POLLRDHUP, 0 },
			{ watch, POLLIN, 0 }, { engine_wait_fd(w), POLLIN, 0 } };
		int n = poll(p, 3, wait_ms(r->q));

		if (n < 0 && errno != EINTR)
			return err_sys(e, "poll");
		if (p[0].revents)
			return err_set(e, ERR_CANCELLED, "client is gone");
		logfile_changed(r->file);
		if (drain(r, e))
			return -1;
		if (r->is_over || p[2].revents || wait_ms(r->q) == 0)
			return 0;
	}
}

static void wait_cleanup(struct engine_wait **w)
{
	engine_wait_free(*w);
}

/* Everything from the first line on; the answer's head goes out once nothing can refuse any more. */
static int serve(struct call *c, struct log_run *r, bool follows, struct err *e)
{
	__attribute__((cleanup(wait_cleanup))) struct engine_wait *w = NULL;
	struct engine *eng = c->api->config.engine;
	struct engine_brief ctr;
	struct err late;
	int watch = -1;

	/* First the ear for the end, then the look whether it runs: between the two nothing is missed. */
	if (follows)
		w = engine_wait_begin(eng, c->id, WAIT_NEXT_EXIT, e);
	if ((follows && !w) || engine_get_brief(eng, c->arena, c->id, &ctr, e) || begin(r, &ctr, e))
		return -1;
	if (follows && ctr.running) {
		watch = logfile_watch(r->file, e);
		if (watch < 0)
			return -1;
	}
	if (http_start(c->rq, 200, call_stream_type(c, ctr.tty), e) || drain(r, &late))
		return 0;
	http_set_endless(c->rq);
	if (watch >= 0)
		follow(r, watch, w, &late);
	return 0;
}

int container_logs(struct call *c, struct err *e)
{
	struct log_query q = { .timestamps = call_bool(c, "timestamps"),
		.details = call_bool(c, "details"),
		.is_stdout = call_bool(c, "stdout"),
		.is_stderr = call_bool(c, "stderr") };
	struct log_sink sink = { .rq = c->rq };
	struct log_run r = { .q = &q, .sink = &sink };
	struct engine_brief ctr;
	int rc;

	if (!q.is_stdout && !q.is_stderr)
		return err_set(
			e, ERR_INVALID, "Bad parameters: you must choose at least one stream");
	if (engine_get_brief(c->api->config.engine, c->arena, c->id, &ctr, e) ||
		call_time(c, "since", &q.since_ns, e) || call_time(c, "until", &q.until_ns, e))
		return -1;
	/* "all" and whatever else is no number: everything. */
	if (!parse_i64(slice_str(call_param(c, "tail")), &q.tail) || q.tail < 0)
		q.tail = -1;
	q.is_raw = ctr.tty;
	buf_init(&r.out, 0);
	rc = serve(c, &r, call_bool(c, "follow"), e);
	end(&r);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Each object with an id owns a line; the cursor goes up to it and back (docker's jsonmessage). */
#include "progress.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/unit.h"

#define WIDE	     110 /* columns from which there is a bar */
#define BAR	     50
#define DFLT_COLUMNS 200
#define SECOND	     INT64_C(1000000000)

struct show {
	struct cli *c;
	int fd;
	bool is_terminal;
	int columns;
	struct str_list ids; /* in the order of their lines */
	struct buf out;
};

static void add_counts(struct buf *b, const struct progress *p)
{
	char now[UNIT_TEXT], all[UNIT_TEXT];

	if (p->hides_counts)
		return;
	if (*p->units && p->current > p->total) {
		buf_fmt(b, "%lld %s", (long long)p->current, p->units);
		return;
	}
	if (*p->units) {
		buf_fmt(b, "%lld/%lld %s", (long long)p->current, (long long)p->total, p->units);
		return;
	}
	unit_size(now, (double)p->current, 4);
	unit_size(all, (double)p->total, 4);
	/* a count beyond the total shows that the total is wrong */
	if (p->current > p->total)
		buf_fmt(b, "%8s", now);
	else
		buf_fmt(b, "%8s/%s", now, all);
}

/* How long the rest takes when it goes on like this, rounded to seconds. */
static void add_time_left(struct buf *b, const struct progress *p, int64_t now_ns)
{
	int64_t spent = now_ns - p->start * SECOND;
	int64_t left = (p->total - p->current) * (spent / p->current);
	char text[UNIT_TEXT];

	left = (left + SECOND / 2) / SECOND * SECOND;
	buf_fmt(b, " %s", unit_duration(text, left));
}

const char *progress_bar(struct arena *a, const struct progress *p, int columns, int64_t now_ns)
{
	char now[UNIT_TEXT];
	own_buf b = { 0 };
	int done;

	if (p->current <= 0 && p->total <= 0)
		return "";
	if (p->total <= 0 && *p->units)
		return arena_printf(a, "%lld %s", (long long)p->current, p->units);
	if (p->total <= 0)
		return arena_printf(a, "%8s", unit_size(now, (double)p->current, 4));
	buf_init(&b, 1024);
	done = (int)((double)p->current / (double)p->total * 100) / 2;
	if (done > BAR)
		done = BAR;
	if (columns > WIDE) {
		buf_char(&b, '[');
		buf_pad(&b, '=', (size_t)(done > 0 ? done : 0));
		buf_char(&b, '>');
		buf_pad(&b, ' ', (size_t)(BAR - done));
		buf_str(&b, "] ");
	}
	add_counts(&b, p);
	if (columns > BAR && p->current > 0 && p->start > 0 && done < BAR)
		add_time_left(&b, p, now_ns);
	return arena_strndup(a, b.data, b.len);
}

/* "2024-01-02T03:04:05.000000000Z ", of messages that carry a time. */
static void add_time(struct show *s, const struct json *m)
{
	int64_t ns = json_i64(json_get(m, "timeNano"), 0),
		seconds = json_i64(json_get(m, "time"), 0);
	char text[CLOCK_TEXT];

	if (ns || seconds)
		buf_fmt(&s->out, "%s ", clock_rfc3339_nine(text, ns ? ns : seconds * SECOND));
}

/* The message's own line, without moving. bar: NULL without progress. */
static void show_message(struct show *s, const struct json *m, const char *bar)
{
	const char *id = json_str(json_get(m, "id"), "");
	const char *stream = json_str(json_get(m, "stream"), "");
	const char *status = json_str(json_get(m, "status"), "");
	const char *from = json_str(json_get(m, "from"), "");
	const char *text = json_str(json_get(m, "progress"), "");
	const char *end = "";

	if (s->is_terminal && *stream == '\0' && bar) {
		end = "\r";
		buf_str(&s->out, "\x1b[2K\r");
	} else if (bar && *bar) {
		return; /* no bars outside terminals */
	}
	add_time(s, m);
	if (*id)
		buf_fmt(&s->out, "%s: ", id);
	if (*from)
		buf_fmt(&s->out, "(from %s) ", from);
	if (bar && s->is_terminal)
		buf_fmt(&s->out, "%s %s%s", status, bar, end);
	else if (*text)
		buf_fmt(&s->out, "%s %s%s", status, text, end);
	else if (*stream)
		buf_fmt(&s->out, "%s%s", stream, end);
	else
		buf_fmt(&s->out, "%s%s\n", status, end);
}

/* How many lines above the cursor the message's line is; a new id opens one. */
static size_t lines_up(struct show *s, const char *id)
{
	size_t line = 0;

	while (line < s->ids.n && !str_eq(s->ids.v[line], id))
		line++;
	if (line == s->ids.n) {
		str_list_add(s->c->arena, &s->ids, id);
		if (s->is_terminal)
			buf_char(&s->out, '\n');
	}
	return s->ids.n - line;
}

static const char *bar_of(struct show *s, struct arena *a, const struct json *detail)
{
	struct progress p = {
		.current = json_i64(json_get(detail, "current"), 0),
		.total = json_i64(json_get(detail, "total"), 0),
		.start = json_i64(json_get(detail, "start"), 0),
		.hides_counts = json_bool(json_get(detail, "hidecounts"), false),
		.units = json_str(json_get(detail, "units"), ""),
	};

	return progress_bar(a, &p, s->columns, clock_now_ns());
}

static void show_one(struct show *s, const struct json *m)
{
	const struct json *detail = json_get(m, "progressDetail");
	const char *id = json_str(json_get(m, "id"), "");
	own_arena a = arena_new();
	const char *bar = NULL;
	size_t up = 0;

	if (json_type(detail) == JSON_OBJ)
		bar = bar_of(s, a, detail);
	if (*id && (bar || *json_str(json_get(m, "progress"), ""))) {
		up = lines_up(s, id);
		if (s->is_terminal && up > 0)
			buf_fmt(&s->out, "\x1b[%zuA", up);
	} else {
		s->ids.n = 0;
	}
	show_message(s, m, bar);
	if (s->is_terminal && up > 0)
		buf_fmt(&s->out, "\x1b[%zuB", up);
}

static int stream_error(const struct json *m, struct err *e)
{
	const struct json *detail = json_get(m, "errorDetail");
	const char *text = json_str(json_get(detail, "message"), NULL);

	if (text == NULL)
		text = json_str(json_get(m, "error"), NULL);
	return text ? err_set(e, ERR_INTERNAL, "%s", text) : 0;
}

int progress_show_aux(struct cli *c, struct client_stream *stream, int fd, progress_aux_fn aux,
	void *arg, struct err *e)
{
	struct show s = { .c = c, .fd = fd, .columns = DFLT_COLUMNS };
	struct winsize ws;
	struct json *m;
	int rc;

	s.is_terminal = fd >= 0 && isatty(fd);
	if (s.is_terminal && ioctl(fd, TIOCGWINSZ, &ws) == 0)
		s.columns = ws.ws_col;
	cli_flush(c);
	buf_init(&s.out, CLI_BODY_MAX);
	while ((rc = client_stream_json(stream, &m, e)) > 0) {
		rc = stream_error(m, e);
		if (rc == 0 && json_get(m, "aux") == NULL)
			show_one(&s, m);
		else if (rc == 0 && aux)
			aux(arg, json_get(m, "aux"));
		json_free(m);
		if (fd >= 0 && s.out.len > 0)
			(void)io_write(fd, s.out.data, s.out.len, &(struct err){ 0 });
		buf_clear(&s.out);
		if (rc)
			break;
	}
	buf_done(&s.out);
	return rc;
}

int progress_show(struct cli *c, struct client_stream *stream, int fd, struct err *e)
{
	return progress_show_aux(c, stream, fd, NULL, NULL, e);
}

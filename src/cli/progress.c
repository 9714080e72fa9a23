/* SPDX-License-Identifier: Apache-2.0 */
/* Each object with an id owns a line; the cursor goes up to it and back (docker's jsonmessage). */
#include "progress.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/io.h"
#include "base/unit.h"

#define WIDE	     110 /* columns from which there is a bar */
#define BAR	     50
#define DFLT_COLUMNS 200

struct show {
	struct cli *c;
	int fd;
	bool is_terminal;
	int columns;
	struct str_list ids; /* in the order of their lines */
	struct buf out;
};

const char *progress_bar(struct arena *a, int64_t current, int64_t total, int columns)
{
	char now[UNIT_TEXT], all[UNIT_TEXT];
	own_buf b = { 0 };
	int done;

	if (current <= 0 && total <= 0)
		return "";
	unit_size(now, (double)current, 4);
	if (total <= 0)
		return arena_printf(a, "%8s", now);
	unit_size(all, (double)total, 4);
	buf_init(&b, 512);
	done = (int)((double)current / (double)total * 100) / 2;
	if (done > BAR)
		done = BAR;
	if (columns > WIDE) {
		buf_char(&b, '[');
		buf_pad(&b, '=', (size_t)done);
		buf_char(&b, '>');
		buf_pad(&b, ' ', (size_t)(BAR - done));
		buf_str(&b, "] ");
	}
	if (current > total)
		buf_fmt(&b, "%8s", now);
	else
		buf_fmt(&b, "%8s/%s", now, all);
	return arena_strndup(a, b.data, b.len);
}

/* The message's own line, without moving. */
static void show_message(struct show *s, const struct json *m, const char *bar)
{
	const char *id = json_str(json_get(m, "id"), "");
	const char *stream = json_str(json_get(m, "stream"), "");
	const char *status = json_str(json_get(m, "status"), "");
	const char *end = "";

	if (s->is_terminal && *stream == '\0' && bar) {
		end = "\r";
		buf_str(&s->out, "\x1b[2K\r");
	} else if (!s->is_terminal && bar && *bar) {
		return; /* no bars outside terminals */
	}
	if (*id)
		buf_fmt(&s->out, "%s: ", id);
	if (bar && s->is_terminal)
		buf_fmt(&s->out, "%s %s%s", status, bar, end);
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

static void show_one(struct show *s, const struct json *m)
{
	const struct json *detail = json_get(m, "progressDetail");
	const char *id = json_str(json_get(m, "id"), "");
	const char *bar = NULL;
	size_t up = 0;

	if (json_type(detail) == JSON_OBJ)
		bar = progress_bar(s->c->arena, json_i64(json_get(detail, "current"), 0),
			json_i64(json_get(detail, "total"), 0), s->columns);
	if (*id && bar) {
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

int progress_show(struct cli *c, struct client_stream *stream, int fd, struct err *e)
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

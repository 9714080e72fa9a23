/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/jsonlog.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int jsonlog_open_file(struct jsonlog *l, int flags)
{
	int fd = open(l->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | flags, 0640);
	struct stat st;

	if (fd < 0)
		return errno;
	if (fstat(fd, &st) < 0)
		st.st_size = 0;
	if (l->fd >= 0)
		close(l->fd);
	l->fd = fd;
	l->size = st.st_size;
	return 0;
}

int jsonlog_open(struct jsonlog *l)
{
	l->fd = -1;
	if (!l->path)
		return 0;
	if (l->attrs && strlen(l->attrs) > JSONLOG_ATTRS)
		return E2BIG;
	if (l->max_files == 0)
		l->max_files = 1;
	return jsonlog_open_file(l, 0);
}

/*
 * Writes what waits. After a failure the file is cut back to its last whole write, so that it stays a
 * sequence of entries; the batch is lost, which dockerd does too.
 */
static void jsonlog_flush(struct jsonlog *l)
{
	size_t at = 0;

	while (at < l->n) {
		ssize_t k = write(l->fd, l->buf + at, l->n - at);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			break;
		at += (size_t)k;
	}
	if (at == l->n)
		l->size += (int64_t)l->n;
	else if (at > 0 && ftruncate(l->fd, l->size) < 0)
		l->size += (int64_t)at;
	l->n = 0;
}

/* Name of the i-th older file; false when it would be cut. */
static int jsonlog_name(const struct jsonlog *l, unsigned i, char out[PATH_MAX])
{
	int n = i ? snprintf(out, PATH_MAX, "%s.%u", l->path, i)
		  : snprintf(out, PATH_MAX, "%s", l->path);

	return n > 0 && n < PATH_MAX;
}

/*
 * PATH.1 → PATH.2 …, PATH → PATH.1, a fresh PATH. Readers keep the file they have open, so the
 * current one is moved or unlinked, never truncated.
 */
static void jsonlog_rotate(struct jsonlog *l)
{
	char from[PATH_MAX], to[PATH_MAX];

	for (unsigned i = l->max_files - 1; i > 0; i--)
		if (jsonlog_name(l, i - 1, from) && jsonlog_name(l, i, to))
			rename(from, to);
	if (l->max_files == 1)
		unlink(l->path);
	/* When nothing can be opened, the old file goes on growing: better than losing the log. */
	jsonlog_open_file(l, 0);
}

static void jsonlog_entry(struct jsonlog *l, const struct line *line)
{
	size_t room = LINE_ROOM(line->n, l->attrs ? strlen(l->attrs) : 0);

	/* dockerd looks at the size before each entry, so a file ends with the one that passed it. */
	if (l->max_bytes > 0 && l->size + (int64_t)l->n >= l->max_bytes) {
		jsonlog_flush(l);
		if (l->size >= l->max_bytes)
			jsonlog_rotate(l);
	}
	if (JSONLOG_BUF - l->n < room)
		jsonlog_flush(l);
	l->n += line_encode(l->buf + l->n, line);
}

/*
 * Adds bytes to the stream's open line. Full pieces of LINE_TEXT_MAX are logged at once, even when the
 * newline comes next: that then makes an entry of its own, as dockerd's reader does it.
 */
static void jsonlog_continue(struct jsonlog *l, struct line *line, const unsigned char *p, size_t n)
{
	struct jsonlog_open_line *open = &l->open[line->stream];

	while (n > 0) {
		size_t k = LINE_TEXT_MAX - open->n;
		if (k > n)
			k = n;
		memcpy(open->text + open->n, p, k);
		open->n += k;
		p += k;
		n -= k;
		if (open->n == LINE_TEXT_MAX) {
			line->text = open->text;
			line->n = open->n;
			line->whole = false;
			jsonlog_entry(l, line);
			open->n = 0;
		}
	}
}

static void jsonlog_finish_line(struct jsonlog *l, struct line *line, bool whole)
{
	struct jsonlog_open_line *open = &l->open[line->stream];

	line->text = open->text;
	line->n = open->n;
	line->whole = whole;
	jsonlog_entry(l, line);
	open->n = 0;
}

void jsonlog_write(
	struct jsonlog *l, enum line_stream stream, const void *data, size_t n, int64_t now_ns)
{
	const unsigned char *p = data, *end = p + n;
	struct line line = { .stream = stream, .attrs = l->attrs, .time = l->time };

	if (l->fd < 0)
		return;
	line_time(l->time, now_ns);
	while (p < end) {
		const unsigned char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((nl ? nl : end) - p);

		if (nl && l->open[stream].n == 0 && len < LINE_TEXT_MAX) {
			line.text = p; /* the usual case: a whole line, not copied */
			line.n = len;
			line.whole = true;
			jsonlog_entry(l, &line);
		} else {
			jsonlog_continue(l, &line, p, len);
			if (nl)
				jsonlog_finish_line(l, &line, true);
		}
		p += len + (nl != NULL);
	}
	jsonlog_flush(l);
}

void jsonlog_end(struct jsonlog *l, enum line_stream stream, int64_t now_ns)
{
	struct line line = { .stream = stream, .attrs = l->attrs, .time = l->time };

	if (l->fd < 0 || l->open[stream].n == 0)
		return;
	line_time(l->time, now_ns);
	jsonlog_finish_line(l, &line, false);
	jsonlog_flush(l);
}

int jsonlog_reopen(struct jsonlog *l)
{
	return l->path ? jsonlog_open_file(l, 0) : 0;
}

void jsonlog_close(struct jsonlog *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

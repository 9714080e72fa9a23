/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of json-file logs; what a line means is logs.c's business. */
#include "logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"

#define BLOCK	  (64 * 1024)
#define LINE_MAX_ (4 * 1024 * 1024) /* longer ones are damage, not log */
#define PAST_MAX  1000		    /* rotated files looked for */
#define MOVES_MAX 100		    /* looks at a row that moves under our eyes */

struct logfile {
	struct arena *arena;
	const char *path;
	int *fds; /* oldest first; the last is the current file when it was opened */
	size_t n_fds;
	size_t at;	    /* the one being read */
	off_t offset;	    /* of the next byte to read in it */
	struct buf pending; /* read, not yet handed out */
	size_t used;	    /* bytes of pending handed out */
	int watch;
};

static void add_fd(struct logfile *l, int fd)
{
	l->fds = arena_grow(l->arena, l->fds, &l->n_fds, sizeof(*l->fds));
	l->fds[l->n_fds - 1] = fd;
}

static bool same_file(int fd, const struct stat *st)
{
	struct stat mine;

	return fstat(fd, &mine) == 0 && mine.st_dev == st->st_dev && mine.st_ino == st->st_ino;
}

static int open_file(const char *path, int *out, struct err *e)
{
	*out = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (*out < 0 && errno != ENOENT)
		return err_sys(e, "open %s", path);
	return 0;
}

/* PATH.i, PATH itself for 0: into buf of PATH_MAX. */
static const char *name_in_row(const struct logfile *l, int i, char *buf)
{
	if (i == 0)
		return l->path;
	snprintf(buf, PATH_MAX, "%s.%d", l->path, i);
	return buf;
}

/* One missing is the gap of a rotation under way, two are the end. */
static bool is_row_end(const struct logfile *l, int i)
{
	char buf[PATH_MAX];

	return i >= PAST_MAX || (i > 0 && access(name_in_row(l, i, buf), F_OK) != 0 &&
					access(name_in_row(l, i + 1, buf), F_OK) != 0);
}

static void close_all(struct logfile *l)
{
	for (size_t i = 0; i < l->n_fds; i++)
		if (l->fds[i] >= 0)
			close(l->fds[i]);
	l->n_fds = 0;
}

/* Youngest first, so that a rotation meanwhile gives a file twice rather than never. */
static int open_row(struct logfile *l, struct err *e)
{
	int fd;

	for (int i = 0; i < PAST_MAX; i++) {
		const char *path = i ? arena_printf(l->arena, "%s.%d", l->path, i) : l->path;
		struct stat st;

		if (open_file(path, &fd, e))
			return -1;
		if (fd < 0 && is_row_end(l, i))
			break;
		if (fd < 0)
			continue;
		if (l->n_fds > 0 && fstat(fd, &st) == 0 && same_file(l->fds[l->n_fds - 1], &st))
			close(fd);
		else
			add_fd(l, fd);
	}
	for (size_t i = 0; i < l->n_fds / 2; i++) {
		fd = l->fds[i];
		l->fds[i] = l->fds[l->n_fds - 1 - i];
		l->fds[l->n_fds - 1 - i] = fd;
	}
	return 0;
}

/* The whole row as it was at one moment: the current file is still the same one at the end. */
static int open_all(struct logfile *l, struct err *e)
{
	struct stat st;

	for (int tries = 0; tries < MOVES_MAX; tries++) {
		close_all(l);
		if (open_row(l, e))
			return -1;
		if (l->n_fds == 0 ||
			(stat(l->path, &st) == 0 && same_file(l->fds[l->n_fds - 1], &st)))
			return 0;
	}
	return 0;
}

struct logfile *logfile_open(const char *path, struct err *e)
{
	struct logfile *l = calloc(1, sizeof(*l));

	if (!l)
		abort();
	l->arena = arena_new();
	l->path = arena_strdup(l->arena, path);
	l->watch = -1;
	buf_init(&l->pending, LINE_MAX_);
	if (open_all(l, e)) {
		logfile_close(l);
		return NULL;
	}
	return l;
}

void logfile_close(struct logfile *l)
{
	if (!l)
		return;
	close_all(l);
	if (l->watch >= 0)
		close(l->watch);
	buf_done(&l->pending);
	arena_free(l->arena);
	free(l);
}

/*
 * Looks back in one file for the line feed before the last *left lines: true with *start behind it; false when the
 * file has no more than *left, which are then counted off. An unfinished last line counts as none.
 */
static bool look_back(int fd, uint64_t *left, off_t *start)
{
	char block[BLOCK / 4];
	off_t end = lseek(fd, 0, SEEK_END);
	bool is_last = true;

	while (end > 0) {
		size_t want = end < (off_t)sizeof(block) ? (size_t)end : sizeof(block);
		ssize_t n = pread(fd, block, want, end - (off_t)want);

		if (n != (ssize_t)want)
			break;
		for (size_t i = want; i-- > 0;) {
			if (block[i] != '\n')
				continue;
			/* The last line feed ends a line; each before it ends one and begins one. */
			if (!is_last)
				(*left)--;
			is_last = false;
			if (*left == 0) {
				*start = end - (off_t)want + (off_t)i + 1;
				return true;
			}
		}
		end -= (off_t)want;
	}
	if (!is_last)
		(*left)--;
	*start = 0;
	return *left == 0;
}

int logfile_tail(struct logfile *l, uint64_t n, struct err *e)
{
	uint64_t left = n;

	for (size_t i = l->n_fds; i-- > 0;) {
		l->at = i;
		if (left == 0) {
			l->offset = lseek(l->fds[i], 0, SEEK_END);
			return 0;
		}
		if (look_back(l->fds[i], &left, &l->offset))
			return 0;
	}
	l->at = 0;
	l->offset = 0;
	return 0;
}

/* The file being read, or the one before it: what comes after either is next. */
static bool is_known(const struct logfile *l, int i)
{
	char buf[PATH_MAX];
	struct stat st;

	return stat(name_in_row(l, i, buf), &st) == 0 &&
	       (same_file(l->fds[l->at], &st) || (l->at > 0 && same_file(l->fds[l->at - 1], &st)));
}

enum row { ROW_FOUND, ROW_NONE, ROW_MOVED };

/*
 * Opens the file that came after the one being read, while the row may move: a rotation renames from the
 * oldest on, so that when ours (or the one before it) is still number i after its successor was opened, that
 * was number i - 1. One that fell off the row's end goes on with the oldest there is.
 */
static enum row open_successor(struct logfile *l, int *fd)
{
	char buf[PATH_MAX];
	struct stat st;
	struct err ignored;
	int i = 0;

	while (!is_known(l, i) && !is_row_end(l, i))
		i++;
	if (i == 0)
		return ROW_NONE;
	if (open_file(name_in_row(l, i - 1, buf), fd, &ignored))
		return ROW_NONE;
	if (*fd < 0) /* between two renames, or before the new file is there */
		return i > 1 ? ROW_MOVED : ROW_NONE;
	if (fstat(*fd, &st) == 0 && !same_file(l->fds[l->at], &st) &&
		(is_known(l, i) || is_row_end(l, i)))
		return ROW_FOUND;
	close(*fd);
	return ROW_MOVED;
}

/*
 * The file after the one being read, which has ended: the next opened at the start, or what a rotation put in its
 * place; -1 when it is still the current one.
 */
static int find_successor(struct logfile *l)
{
	int fd = -1;
	enum row found = ROW_MOVED;

	for (int tries = 0; tries < MOVES_MAX && found == ROW_MOVED; tries++)
		found = open_successor(l, &fd);
	return found == ROW_FOUND ? fd : -1;
}

/* One pread at the offset: 1, 0 at the end, -1. */
static int read_more(struct logfile *l, struct err *e)
{
	char *room = buf_reserve(&l->pending, BLOCK);
	ssize_t n;

	if (!room)
		return err_set(
			e, ERR_INTERNAL, "%s: a line is longer than %d bytes", l->path, LINE_MAX_);
	n = pread(l->fds[l->at], room, BLOCK, l->offset);
	if (n < 0)
		return err_sys(e, "read %s", l->path);
	buf_grew(&l->pending, (size_t)n);
	l->offset += n;
	return n > 0;
}

/* Goes on to the next file: 1, 0 when there is none, -1. */
static int go_on(struct logfile *l, struct err *e)
{
	int rc, fd;

	if (l->at + 1 == l->n_fds) {
		fd = find_successor(l);
		if (fd < 0)
			return 0;
		add_fd(l, fd);
		/* What was written between the end we saw and the rotation. */
		rc = read_more(l, e);
		if (rc)
			return rc;
	}
	if (l->at > 0) {
		close(l->fds[l->at - 1]);
		l->fds[l->at - 1] = -1;
	}
	l->at++;
	l->offset = 0;
	/* What is left of the old file is a line nobody will finish. */
	buf_clear(&l->pending);
	return 1;
}

/* Reads a block more into pending: 1, 0 at the end of what there is, -1. */
static int read_block(struct logfile *l, struct err *e)
{
	struct stat st;
	int rc;

	buf_drop(&l->pending, l->used);
	l->used = 0;
	if (l->n_fds == 0)
		return open_all(l, e) ? -1 : l->n_fds > 0;
	rc = read_more(l, e);
	if (rc)
		return rc;
	/* Somebody emptied it (docker's users do): begin anew. */
	if (fstat(l->fds[l->at], &st) == 0 && st.st_size < l->offset) {
		l->offset = 0;
		buf_clear(&l->pending);
		return st.st_size > 0;
	}
	return go_on(l, e);
}

int logfile_next(struct logfile *l, struct slice *line, struct err *e)
{
	for (;;) {
		const char *p = l->pending.data + l->used;
		size_t n = l->pending.len - l->used;
		const char *end = n ? memchr(p, '\n', n) : NULL;
		int rc;

		if (end) {
			*line = (struct slice){ p, (size_t)(end - p) };
			l->used += line->n + 1;
			return 1;
		}
		rc = read_block(l, e);
		if (rc <= 0)
			return rc;
	}
}

int logfile_watch(struct logfile *l, struct err *e)
{
	char *copy = arena_strdup(l->arena, l->path);

	l->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (l->watch < 0)
		return err_sys(e, "inotify");
	if (inotify_add_watch(
		    l->watch, dirname(copy), IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE) < 0)
		return err_sys(e, "watch %s", copy);
	return l->watch;
}

void logfile_changed(struct logfile *l)
{
	char drop[4096];

	while (read(l->watch, drop, sizeof(drop)) > 0)
		;
}

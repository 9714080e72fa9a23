/* SPDX-License-Identifier: Apache-2.0 */
/* One thread while there is work; loads that end while it syncs are served together by the next round. */
#include "settle.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/thread.h"
#include "discard.h"
#include "sweep.h"

struct folder {
	struct folder *next;
	char name[];
};

struct settle {
	int tmp_fd;
	struct discard *discard;
	pthread_mutex_t lock; /* a leaf */
	pthread_cond_t done;
	struct folder *begun; /* not yet taken up */
	bool is_running, has_thread;
	bool has_failed; /* for good: what was to be written may be lost by now */
	struct err why;
	pthread_t thread;
};

struct settle *settle_new(int tmp_fd, struct discard *d)
{
	struct settle *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->tmp_fd = tmp_fd;
	s->discard = d;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->done, NULL);
	return s;
}

static int sync_all(struct settle *s, struct err *e)
{
	if (fault_point("image.settle", e))
		return -1;
	return syncfs(s->tmp_fd) ? err_sys(e, "sync image store") : 0;
}

/* The journal's end must be on disk before anyone builds on what it says, else it would be believed. */
static int end_journal(struct settle *s, const char *name, struct err *e)
{
	own_fd dir = openat(s->tmp_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_sys(e, "open %s", name);
	if (unlinkat(dir, SWEEP_JOURNAL, 0) && errno != ENOENT)
		return err_sys(e, "remove journal of %s", name);
	if (fsync(dir))
		return err_sys(e, "sync %s", name);
	return discard_tree(s->discard, s->tmp_fd, name, e);
}

static int settle_folders(struct settle *s, const struct folder *f, struct err *e)
{
	if (sync_all(s, e))
		return -1;
	for (; f; f = f->next)
		if (end_journal(s, f->name, e))
			return -1;
	return 0;
}

static void free_folders(struct folder *f)
{
	while (f) {
		struct folder *next = f->next;
		free(f);
		f = next;
	}
}

static void work(void *arg)
{
	struct settle *s = arg;
	struct err e;

	pthread_mutex_lock(&s->lock);
	while (s->begun) {
		struct folder *f = take(s->begun);
		pthread_mutex_unlock(&s->lock);
		int rc = settle_folders(s, f, &e);
		if (rc)
			log_error("image store: %s, what was loaded may not outlive a power loss",
				e.msg);
		free_folders(f);
		pthread_mutex_lock(&s->lock);
		if (rc && !s->has_failed) {
			s->has_failed = true;
			s->why = e;
		}
	}
	s->is_running = false;
	pthread_cond_broadcast(&s->done);
	pthread_mutex_unlock(&s->lock);
}

/* Without a thread it is done here. */
static void start(struct settle *s)
{
	struct err e;

	pthread_mutex_lock(&s->lock);
	bool is_due = s->begun && !s->is_running;
	if (is_due) {
		s->is_running = true;
		if (s->has_thread)
			thread_join(s->thread);
		s->has_thread = thread_start(&s->thread, work, s, &e) == 0;
	}
	bool is_mine = is_due && !s->has_thread;
	pthread_mutex_unlock(&s->lock);
	if (is_mine)
		work(s);
}

void settle_begin(struct settle *s, const char *name)
{
	size_t n = strlen(name) + 1;
	struct folder *f = malloc(sizeof(*f) + n);

	if (!f)
		abort();
	memcpy(f->name, name, n);
	pthread_mutex_lock(&s->lock);
	f->next = s->begun;
	s->begun = f;
	pthread_mutex_unlock(&s->lock);
	start(s);
}

int settle_wait(struct settle *s, struct err *e)
{
	own_lock guard = lock_take(&s->lock);

	while (s->is_running)
		pthread_cond_wait(&s->done, &s->lock);
	if (s->has_failed)
		*e = s->why;
	return s->has_failed ? -1 : 0;
}

void settle_free(struct settle *s)
{
	struct err ignored;

	if (!s)
		return;
	settle_wait(s, &ignored);
	if (s->has_thread)
		thread_join(s->thread);
	pthread_cond_destroy(&s->done);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The thread rereads tmp/ until nothing with the prefix is left, so a queue in memory is not needed. */
#include "discard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/id.h"
#include "base/log.h"
#include "base/slice.h"
#include "base/thread.h"

#define HELPERS 3 /* beside the thread itself */

struct discard {
	int tmp_fd;
	pthread_mutex_t lock;
	bool is_running, has_thread; /* has_thread: thread must be joined */
	bool has_work;
	pthread_t thread;
	void (*fn)(void *arg);
	void *arg;
};

struct discard *discard_new(int tmp_fd, struct err *e)
{
	struct discard *d = calloc(1, sizeof(*d));

	if (!d)
		abort();
	pthread_mutex_init(&d->lock, NULL);
	d->tmp_fd = fcntl(tmp_fd, F_DUPFD_CLOEXEC, 3);
	if (d->tmp_fd >= 0)
		return d;
	err_sys(e, "duplicate descriptor");
	free(d);
	return NULL;
}

/* The trees of one round, taken by whoever is free. */
struct round {
	struct discard *d;
	struct str_list names;
	atomic_size_t next;
};

/* Those that cannot be removed wait for the next start. */
static void remove_some(void *arg)
{
	struct round *r = arg;
	struct err e;

	for (size_t i; (i = atomic_fetch_add(&r->next, 1)) < r->names.n;)
		if (fs_remove_tree(r->d->tmp_fd, r->names.v[i], &e))
			log_warn("image: remove %s: %s, ignoring", r->names.v[i], e.msg);
}

/* Several at once: each waits for the disk most of the time. */
static void remove_all(struct discard *d)
{
	own_arena a = arena_new();
	struct round r = { .d = d };
	pthread_t helpers[HELPERS];
	size_t n_helpers = 0;
	int fd = openat(d->tmp_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir dir = fd < 0 ? NULL : fdopendir(fd);
	struct err e;

	if (!dir)
		return;
	for (struct dirent *ent; (ent = readdir(dir));)
		if (str_starts(ent->d_name, DISCARD_PREFIX))
			str_list_add(a, &r.names, ent->d_name);
	while (n_helpers < HELPERS && n_helpers + 1 < r.names.n &&
		thread_start(&helpers[n_helpers], remove_some, &r, &e) == 0)
		n_helpers++;
	remove_some(&r);
	while (n_helpers)
		thread_join(helpers[--n_helpers]);
}

static void work(void *arg)
{
	struct discard *d = arg;

	for (;;) {
		pthread_mutex_lock(&d->lock);
		bool more = d->has_work;
		void (*fn)(void *) = d->fn;
		d->has_work = false;
		d->fn = NULL;
		if (!more)
			d->is_running = false;
		pthread_mutex_unlock(&d->lock);
		if (!more)
			return;
		if (fn)
			fn(d->arg);
		remove_all(d);
	}
}

static void wake(struct discard *d, void (*fn)(void *arg), void *arg)
{
	struct err e;

	pthread_mutex_lock(&d->lock);
	d->has_work = true;
	if (fn) {
		d->fn = fn;
		d->arg = arg;
	}
	if (!d->is_running) {
		if (d->has_thread)
			thread_join(d->thread);
		d->has_thread = thread_start(&d->thread, work, d, &e) == 0;
		d->is_running = d->has_thread;
		if (!d->has_thread)
			log_warn("image: cleaning thread: %s, ignoring", e.msg);
	}
	pthread_mutex_unlock(&d->lock);
}

void discard_run(struct discard *d, void (*fn)(void *arg), void *arg)
{
	wake(d, fn, arg);
}

int discard_tree(struct discard *d, int dir, const char *name, struct err *e)
{
	char to[NAME_MAX + 1], random[17];

	id_hex(random, 16);
	snprintf(to, sizeof(to), DISCARD_PREFIX "%s", random);
	if (renameat(dir, name, d->tmp_fd, to)) {
		if (errno == ENOENT)
			return 0;
		/* Another filesystem, or a mount point: then now and here. */
		if (errno != EXDEV && errno != EBUSY)
			return err_sys(e, "discard %s", name);
		return fs_remove_tree(dir, name, e);
	}
	wake(d, NULL, NULL);
	return 0;
}

void discard_free(struct discard *d)
{
	if (!d)
		return;
	pthread_mutex_lock(&d->lock);
	bool has_thread = d->has_thread;
	pthread_mutex_unlock(&d->lock);
	if (has_thread)
		thread_join(d->thread);
	close(d->tmp_fd);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * epoll with one watch object per fd. Removed watches stay allocated until the current batch of
 * events is done, so an event already fetched for them is recognised and dropped.
 */
#include "loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "list.h"

#define BATCH 64

struct watch {
	struct list link;
	int fd; /* -1: removed */
	void (*fn)(void *arg, uint32_t events);
	void *arg;
};

struct loop_timer {
	struct list link; /* sorted by due_ns */
	int64_t due_ns;
	void (*fn)(void *arg);
	void *arg;
};

struct post {
	struct list link;
	void (*fn)(void *arg);
	void *arg;
};

struct loop {
	int epoll, wake;
	bool stopped;
	struct list watches, dead, timers;
	pthread_mutex_t lock; /* guards posts; taken alone */
	struct list posts;
};

static void *alloc(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		abort();
	return p;
}

static void run_posts(void *arg, uint32_t events)
{
	struct loop *l = arg;
	uint64_t count;
	struct list todo;

	(void)events;
	if (read(l->wake, &count, sizeof(count)) < 0 && errno == EAGAIN)
		return;
	list_init(&todo);
	pthread_mutex_lock(&l->lock);
	list_for_each (&l->posts, p, struct post, link) {
		list_remove(&p->link);
		list_append(&todo, &p->link);
	}
	pthread_mutex_unlock(&l->lock);
	list_for_each (&todo, p, struct post, link) {
		p->fn(p->arg);
		free(p);
	}
}

struct loop *loop_new(struct err *e)
{
	struct loop *l = alloc(sizeof(*l));

	list_init(&l->watches);
	list_init(&l->dead);
	list_init(&l->timers);
	list_init(&l->posts);
	pthread_mutex_init(&l->lock, NULL);
	l->wake = -1;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll >= 0)
		l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->wake < 0)
		err_sys(e, "make event loop");
	else if (loop_add(l, l->wake, EPOLLIN, run_posts, l, e) == 0)
		return l;
	loop_free(l);
	return NULL;
}

static void free_watches(struct list *watches)
{
	list_for_each (watches, w, struct watch, link) {
		list_remove(&w->link);
		free(w);
	}
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	free_watches(&l->watches);
	free_watches(&l->dead);
	list_for_each (&l->timers, t, struct loop_timer, link)
		free(t);
	list_for_each (&l->posts, p, struct post, link)
		free(p);
	if (l->wake >= 0)
		close(l->wake);
	if (l->epoll >= 0)
		close(l->epoll);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static struct watch *find_watch(struct loop *l, int fd)
{
	list_for_each (&l->watches, w, struct watch, link)
		if (w->fd == fd)
			return w;
	return NULL;
}

int loop_add(struct loop *l, int fd, uint32_t events, void (*fn)(void *arg, uint32_t events),
	void *arg, struct err *e)
{
	struct watch *w = alloc(sizeof(*w));
	struct epoll_event ev = { .events = events, .data.ptr = w };

	*w = (struct watch){ .fd = fd, .fn = fn, .arg = arg };
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev)) {
		free(w);
		return err_sys(e, "watch descriptor %d", fd);
	}
	list_append(&l->watches, &w->link);
	return 0;
}

int loop_modify(struct loop *l, int fd, uint32_t events, struct err *e)
{
	struct epoll_event ev = { .events = events, .data.ptr = find_watch(l, fd) };

	if (!ev.data.ptr || epoll_ctl(l->epoll, EPOLL_CTL_MOD, fd, &ev))
		return err_sys(e, "watch descriptor %d", fd);
	return 0;
}

void loop_remove(struct loop *l, int fd)
{
	struct watch *w = find_watch(l, fd);

	if (!w)
		return;
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL);
	w->fd = -1;
	list_remove(&w->link);
	list_append(&l->dead, &w->link);
}

struct loop_timer *loop_after(struct loop *l, uint64_t delay_ms, void (*fn)(void *arg), void *arg)
{
	struct loop_timer *t = alloc(sizeof(*t));
	struct list *at = l->timers.next;

	*t = (struct loop_timer){ .fn = fn, .arg = arg };
	t->due_ns = clock_monotonic_ns() + (int64_t)delay_ms * 1000000;
	while (at != &l->timers && list_entry(at, struct loop_timer, link)->due_ns <= t->due_ns)
		at = at->next;
	list_append(at, &t->link); /* in front of at */
	return t;
}

void loop_cancel(struct loop *l, struct loop_timer *t)
{
	(void)l;
	if (!t)
		return;
	list_remove(&t->link);
	free(t);
}

int loop_post(struct loop *l, void (*fn)(void *arg), void *arg, struct err *e)
{
	struct post *p = alloc(sizeof(*p));
	uint64_t one = 1;

	*p = (struct post){ .fn = fn, .arg = arg };
	pthread_mutex_lock(&l->lock);
	list_append(&l->posts, &p->link);
	pthread_mutex_unlock(&l->lock);
	if (write(l->wake, &one, sizeof(one)) < 0 && errno != EAGAIN)
		return err_sys(e, "wake event loop");
	return 0;
}

/* Runs what is due; returns the milliseconds until the next timer, or -1. */
static int run_timers(struct loop *l)
{
	while (!list_empty(&l->timers) && !l->stopped) {
		struct loop_timer *t = list_entry(l->timers.next, struct loop_timer, link);
		int64_t left_ns = t->due_ns - clock_monotonic_ns();
		if (left_ns > 0)
			return (int)((left_ns + 999999) / 1000000);
		list_remove(&t->link);
		t->fn(t->arg);
		free(t);
	}
	return -1;
}

int loop_run(struct loop *l, struct err *e)
{
	struct epoll_event events[BATCH];

	for (l->stopped = false; !l->stopped;) {
		int timeout = run_timers(l);
		if (l->stopped)
			break;
		int n = epoll_wait(l->epoll, events, BATCH, timeout);
		if (n < 0 && errno != EINTR)
			return err_sys(e, "wait for events");
		for (int i = 0; i < n; i++) {
			struct watch *w = events[i].data.ptr;
			if (w->fd >= 0)
				w->fn(w->arg, events[i].events);
		}
		free_watches(&l->dead);
	}
	return 0;
}

void loop_stop(struct loop *l)
{
	l->stopped = true;
}

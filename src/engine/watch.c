/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One epoll loop over all monitors' sockets. It never waits for anything else: what an end brings with it
 * (unmounting, unplugging) is done by a detached worker thread each.
 */
#include "watch.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/thread.h"
#include "engine_int.h"
#include "exec_int.h"
#include "exit.h"

struct watcher {
	struct engine *eng;
	struct loop *loop;
	pthread_t thread;
	pthread_mutex_t lock;	     /* guards what follows; a leaf */
	struct list watches, timers; /* also those that the loop has not heard of yet */
	pthread_cond_t idle;
	int closing; /* eventfd */
	unsigned n_workers, n_removals;
};

struct watch {
	struct list link;
	struct watcher *w;
	struct container *c; /* owned reference; NULL of an exec */
	struct ctr_exec *x;  /* owned reference; NULL of a container */
	uint32_t run;
	struct monitor *m;
};

static void enlist(struct watcher *w, struct list *head, struct list *link)
{
	own_lock guard = lock_take(&w->lock);

	list_append(head, link);
}

static void unlist(struct watcher *w, struct list *link)
{
	own_lock guard = lock_take(&w->lock);

	list_remove(link);
}

/* ---- workers ---- */

struct work {
	struct watcher *w;
	void (*fn)(struct engine *eng, void *arg);
	void *arg;
};

static void *alloc(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		abort();
	return p;
}

static void work_run(void *arg)
{
	struct work work = *(struct work *)arg;

	free(arg);
	work.fn(work.w->eng, work.arg);
	pthread_mutex_lock(&work.w->lock);
	if (--work.w->n_workers == 0)
		pthread_cond_broadcast(&work.w->idle);
	pthread_mutex_unlock(&work.w->lock);
}

void watch_begin_removal(struct watcher *w)
{
	own_lock guard = lock_take(&w->lock);

	w->n_removals++;
}

void watch_end_removal(struct watcher *w)
{
	own_lock guard = lock_take(&w->lock);

	if (--w->n_removals == 0)
		pthread_cond_broadcast(&w->idle);
}

void watch_settle(struct watcher *w)
{
	own_lock guard = lock_take(&w->lock);

	while (w->n_removals)
		pthread_cond_wait(&w->idle, &w->lock);
}

void watch_work(struct watcher *w, void (*fn)(struct engine *eng, void *arg), void *arg)
{
	struct work *work = alloc(sizeof(*work));
	struct err e;

	*work = (struct work){ w, fn, arg };
	pthread_mutex_lock(&w->lock);
	w->n_workers++;
	pthread_mutex_unlock(&w->lock);
	if (thread_detach(work_run, work, &e)) {
		log_warn("watch: %s: working without a thread, ignoring", e.msg);
		work_run(work);
	}
}

struct exited {
	struct container *c;
	uint32_t run;
	bool is_known;
	struct monitor_state st;
};

static void exited_work(struct engine *eng, void *arg)
{
	struct exited *x = arg;

	ctr_exited(eng, x->c, x->run, x->is_known ? &x->st : NULL);
	ctr_unref(x->c);
	free(x);
}

void watch_exited(
	struct watcher *w, struct container *c, uint32_t run, const struct monitor_state *st)
{
	struct exited *x = alloc(sizeof(*x));

	*x = (struct exited){ .c = ctr_ref(c), .run = run, .is_known = st != NULL };
	if (st)
		x->st = *st;
	watch_work(w, exited_work, x);
}

/* ---- the loop ---- */

static void watch_end(struct watch *t)
{
	loop_remove(t->w->loop, monitor_fd(t->m));
	monitor_close(t->m);
	unlist(t->w, &t->link);
	ctr_unref(t->c);
	exec_unref(t->x);
	free(t);
}

static void report_end(struct watch *t, const struct monitor_state *st)
{
	if (t->x)
		exec_exited(t->w->eng, t->x, st);
	else
		watch_exited(t->w, t->c, t->run, st);
}

/* The monitor is gone without a last word: its exit file is the truth, if there is one. */
static void report_gone(struct watch *t)
{
	const char *dir = t->x ? t->x->dir : t->c->run_dir;
	struct monitor_state st;
	struct err e;

	if (monitor_read_exit(dir, &st, &e) == 0) {
		report_end(t, &st);
		return;
	}
	log_warn("watch: the monitor of %s died: %s, ignoring", dir, e.msg);
	report_end(t, NULL);
}

static void on_event(void *arg, uint32_t events)
{
	struct watch *t = arg;
	struct monitor_event ev;
	struct err e;
	int rc;

	(void)events;
	while ((rc = monitor_next_event(t->m, &ev, &e)) > 0) {
		if (ev.type == MONITOR_EV_DETACHED) {
			if (t->x)
				ctr_event_with(
					t->w->eng, t->x->c, "exec_detach", "execID", t->x->id);
			else
				ctr_event(t->w->eng, t->c, "detach", NULL);
		}
		if (ev.type == MONITOR_EV_DROPPED)
			log_info("ctr %s: an attached client was too slow and was dropped",
				t->x ? t->x->c->id : t->c->id);
		if (ev.state.phase == MONITOR_EXITED || ev.state.phase == MONITOR_FAILED) {
			report_end(t, &ev.state);
			watch_end(t);
			return;
		}
	}
	if (rc < 0) {
		report_gone(t);
		watch_end(t);
	}
}

static void begin(void *arg)
{
	struct watch *t = arg;
	struct err e;

	if (loop_add(t->w->loop, monitor_fd(t->m), EPOLLIN, on_event, t, &e)) {
		log_error("watch: %s", e.msg);
		return;
	}
	on_event(t, 0); /* what came while start talked to it */
}

static void post(struct watcher *w, void (*fn)(void *arg), void *arg)
{
	struct err e;

	if (loop_post(w->loop, fn, arg, &e))
		log_error("watch: %s", e.msg);
}

void watch_container(struct watcher *w, struct container *c, uint32_t run, struct monitor *m)
{
	struct watch *t = alloc(sizeof(*t));

	*t = (struct watch){ .w = w, .c = ctr_ref(c), .run = run, .m = m };
	enlist(w, &w->watches, &t->link);
	post(w, begin, t);
}

void watch_exec(struct watcher *w, struct ctr_exec *x, struct monitor *m)
{
	struct watch *t = alloc(sizeof(*t));

	*t = (struct watch){ .w = w, .x = exec_ref(x), .m = m };
	enlist(w, &w->watches, &t->link);
	post(w, begin, t);
}

/* ---- timers ---- */

struct timer {
	struct list link;
	struct watcher *w;
	struct container *c;
	uint32_t run;
	uint32_t delay_ms;
	void (*fn)(struct engine *eng, struct container *c, uint32_t run);
};

static void timer_free(struct timer *t)
{
	ctr_unref(t->c);
	free(t);
}

static void timer_work(struct engine *eng, void *arg)
{
	struct timer *t = arg;

	t->fn(eng, t->c, t->run);
	timer_free(t);
}

static void timer_due(void *arg)
{
	struct timer *t = arg;

	unlist(t->w, &t->link);
	watch_work(t->w, timer_work, t);
}

static void timer_arm(void *arg)
{
	struct timer *t = arg;

	loop_after(t->w->loop, t->delay_ms, timer_due, t);
}

void watch_after(struct watcher *w, struct container *c, uint32_t run, uint32_t delay_ms,
	void (*fn)(struct engine *eng, struct container *c, uint32_t run))
{
	struct timer *t = alloc(sizeof(*t));

	*t = (struct timer){ .w = w, .c = ctr_ref(c), .run = run, .delay_ms = delay_ms, .fn = fn };
	enlist(w, &w->timers, &t->link);
	post(w, timer_arm, t);
}

int watch_closing_fd(const struct watcher *w)
{
	return w->closing;
}

/* ---- life of the watcher ---- */

static void watcher_main(void *arg)
{
	struct watcher *w = arg;
	struct err e;

	if (loop_run(w->loop, &e))
		log_error("watch: %s", e.msg);
}

struct watcher *watcher_new(struct engine *eng, struct err *e)
{
	struct watcher *w = alloc(sizeof(*w));

	w->eng = eng;
	list_init(&w->watches);
	list_init(&w->timers);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->idle, NULL);
	w->closing = eventfd(0, EFD_CLOEXEC);
	if (w->closing < 0)
		err_sys(e, "eventfd");
	else
		w->loop = loop_new(e);
	if (w->loop && thread_start(&w->thread, watcher_main, w, e) == 0)
		return w;
	loop_free(w->loop);
	if (w->closing >= 0)
		close(w->closing);
	free(w);
	return NULL;
}

static void stop(void *arg)
{
	struct watcher *w = arg;

	loop_stop(w->loop);
}

void watcher_free(struct watcher *w)
{
	if (!w)
		return;
	eventfd_write(w->closing, 1);
	post(w, stop, w);
	thread_join(w->thread);
	pthread_mutex_lock(&w->lock);
	while (w->n_workers)
		pthread_cond_wait(&w->idle, &w->lock);
	pthread_mutex_unlock(&w->lock);
	list_for_each (&w->watches, t, struct watch, link)
		watch_end(t);
	/* The next daemon finds these containers in restart and starts them itself. */
	list_for_each (&w->timers, t, struct timer, link)
		timer_free(t);
	loop_free(w->loop);
	close(w->closing);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->idle);
	free(w);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that waits for monitors to speak and for restart timers, and the workers it hands what takes time.
 */
#ifndef TARE_ENGINE_WATCH_H
#define TARE_ENGINE_WATCH_H

#include "container.h"
#include "monitor/client.h"

struct watcher;
struct ctr_exec;

struct watcher *watcher_new(struct engine *eng, struct err *e);
/* Waits for the workers, ends the thread, hangs up on all monitors. */
void watcher_free(struct watcher *w);

/*
 * Watches a container's monitor from now on; m is the watcher's. When it ends, ctr_exited is called in a worker. run
 * is life.run of the start it belongs to.
 */
void watch_container(struct watcher *w, struct container *c, uint32_t run, struct monitor *m);
/* The same for an exec and exec_exited. */
void watch_exec(struct watcher *w, struct ctr_exec *x, struct monitor *m);
/* Reports an end that is already known, as if the watcher had seen it. */
void watch_exited(
	struct watcher *w, struct container *c, uint32_t run, const struct monitor_state *st);
/* Calls fn in a worker after delay_ms, unless the daemon ends before. */
void watch_after(struct watcher *w, struct container *c, uint32_t run, uint32_t delay_ms,
	void (*fn)(struct engine *eng, struct container *c, uint32_t run));
/* Becomes readable when the daemon ends: for workers that wait long. Never read it. */
int watch_closing_fd(const struct watcher *w);
/*
 * Around removing what is left of a container that is forgotten already. watch_settle waits until all of them that have begun
 * are done: for who counts what uses an image.
 */
void watch_begin_removal(struct watcher *w);
void watch_end_removal(struct watcher *w);
void watch_settle(struct watcher *w);
/* Calls fn(arg) in a worker. */
void watch_work(struct watcher *w, void (*fn)(struct engine *eng, void *arg), void *arg);

#endif

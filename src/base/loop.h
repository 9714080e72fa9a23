/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An epoll loop for programs (or the one thread) whose work is waiting: fds and timers with a
 * callback each. Single-threaded, except loop_post.
 */
#ifndef TARE_BASE_LOOP_H
#define TARE_BASE_LOOP_H

#include <stdint.h>

#include "err.h"

struct loop;
struct loop_timer;

struct loop *loop_new(struct err *e);
void loop_free(struct loop *l);

/* Calls fn(arg, EPOLL* events) whenever fd is ready (level-triggered). The fd stays the caller's. */
int loop_add(struct loop *l, int fd, uint32_t events, void (*fn)(void *arg, uint32_t events),
	void *arg, struct err *e);
int loop_modify(struct loop *l, int fd, uint32_t events, struct err *e);
/* Safe inside any callback; no later event of fd is delivered, not even one already fetched. */
void loop_remove(struct loop *l, int fd);

/* Calls fn(arg) once, delay_ms from now; loop_cancel before that prevents it (and frees the timer). */
struct loop_timer *loop_after(struct loop *l, uint64_t delay_ms, void (*fn)(void *arg), void *arg);
void loop_cancel(struct loop *l, struct loop_timer *t);

/* From any thread: runs fn(arg) on the loop's thread soon. */
int loop_post(struct loop *l, void (*fn)(void *arg), void *arg, struct err *e);

/* Runs until loop_stop (from a callback or a posted function). */
int loop_run(struct loop *l, struct err *e);
void loop_stop(struct loop *l);

#endif

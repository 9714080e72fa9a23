/* SPDX-License-Identifier: Apache-2.0 */
/* Threads with small stacks. All signals are blocked in them: one signalfd reads signals. */
#ifndef TARE_BASE_THREAD_H
#define TARE_BASE_THREAD_H

#include <pthread.h>

#include "err.h"

/* Starts fn(arg) detached with a 256 KiB stack. The thread cleans up arg itself. */
int thread_detach(void (*fn)(void *arg), void *arg, struct err *e);
/* Starts fn(arg) to be joined by thread_join. */
int thread_start(pthread_t *out, void (*fn)(void *arg), void *arg, struct err *e);
void thread_join(pthread_t t);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Starting threads with every signal blocked from their first instruction. */
#include "thread.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#define STACK_SIZE (256 * 1024)

struct start {
	void (*fn)(void *arg);
	void *arg;
};

static void *thread_main(void *p)
{
	struct start s = *(struct start *)p;

	free(p);
	s.fn(s.arg);
	return NULL;
}

static int start_as(pthread_t *out, int detached, const struct start *s, struct err *e)
{
	struct start *copy = malloc(sizeof(*copy));
	pthread_attr_t attr;
	sigset_t all, old;

	if (!copy)
		abort();
	*copy = *s;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	if (detached)
		pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int rc = pthread_create(out, &attr, thread_main, copy);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (rc == 0)
		return 0;
	free(copy);
	errno = rc;
	return err_sys(e, "start thread");
}

int thread_detach(void (*fn)(void *arg), void *arg, struct err *e)
{
	pthread_t t;

	return start_as(&t, 1, &(struct start){ fn, arg }, e);
}

int thread_start(pthread_t *out, void (*fn)(void *arg), void *arg, struct err *e)
{
	return start_as(out, 0, &(struct start){ fn, arg }, e);
}

void thread_join(pthread_t t)
{
	pthread_join(t, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "canceller.h"

#include <stdlib.h>

#include "base/cleanup.h"

struct canceller {
	pthread_mutex_t lock; /* taken before whatever stop takes */
	bool is_cancelled;
	void (*stop)(void *arg);
	void *arg;
};

struct canceller *canceller_new(void)
{
	struct canceller *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

void canceller_free(struct canceller *c)
{
	if (!c)
		return;
	pthread_mutex_destroy(&c->lock);
	free(c);
}

void canceller_cancel(struct canceller *c)
{
	own_lock guard = lock_take(&c->lock);

	c->is_cancelled = true;
	if (c->stop)
		c->stop(c->arg);
}

bool canceller_is_cancelled(struct canceller *c)
{
	if (!c)
		return false;
	own_lock guard = lock_take(&c->lock);
	return c->is_cancelled;
}

int canceller_check(struct canceller *c, struct err *e)
{
	return canceller_is_cancelled(c) ? err_set(e, ERR_CANCELLED, "context canceled") : 0;
}

void canceller_set(struct canceller *c, void (*stop)(void *arg), void *arg)
{
	if (!c)
		return;
	own_lock guard = lock_take(&c->lock);
	c->stop = stop;
	c->arg = arg;
	if (c->is_cancelled && stop)
		stop(arg);
}

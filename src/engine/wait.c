/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for a container's end or removal: one eventfd per waiter, in the container's list. */
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/slice.h"
#include "engine_int.h"
#include "wait_int.h"

struct engine_wait {
	struct list link;
	struct container *c; /* its lock guards the rest */
	enum wait_condition condition;
	int fd;
	bool holds;
	int64_t exit_code;
	char *error;
};

int engine_parse_wait(const char *text, enum wait_condition *out, struct err *e)
{
	static const char *const names[] = { [WAIT_NOT_RUNNING] = "not-running",
		[WAIT_NEXT_EXIT] = "next-exit",
		[WAIT_REMOVED] = "removed" };

	*out = WAIT_NOT_RUNNING;
	if (str_empty(text))
		return 0;
	for (enum wait_condition c = WAIT_NOT_RUNNING; c <= WAIT_REMOVED; c++) {
		if (str_eq(text, names[c])) {
			*out = c;
			return 0;
		}
	}
	return err_set(e, ERR_INVALID, "invalid condition: \"%s\"", text);
}

/* The condition holds: remembers the answer and makes fd readable. With the lock held. */
static void settle(struct engine_wait *w, const char *error)
{
	uint64_t one = 1;

	w->holds = true;
	w->exit_code = w->c->life.exit_code;
	w->error = error ? strdup(error) : NULL;
	list_remove(&w->link);
	if (write(w->fd, &one, sizeof(one)) != sizeof(one))
		abort(); /* a fresh eventfd takes a 1 */
}

void waits_exited(struct container *c)
{
	list_for_each (&c->waits, w, struct engine_wait, link)
		if (w->condition != WAIT_REMOVED)
			settle(w, c->error);
}

/* A removal that worked has no error, whatever became of the container before (as dockerd has it). */
void waits_removed(struct container *c)
{
	list_for_each (&c->waits, w, struct engine_wait, link)
		settle(w, NULL);
}

struct engine_wait *wait_begin(struct container *c, enum wait_condition condition, struct err *e)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0) {
		err_sys(e, "eventfd");
		return NULL;
	}
	struct engine_wait *w = calloc(1, sizeof(*w));
	if (!w)
		abort();
	w->c = ctr_ref(c);
	w->condition = condition;
	w->fd = fd;
	list_init(&w->link);

	own_lock guard = lock_take(&c->lock);
	list_append(&c->waits, &w->link);
	if (condition == WAIT_NOT_RUNNING && !ctr_state_runs(c->life.state))
		settle(w, c->error);
	return w;
}

int wait_for(struct engine_wait *w, int timeout_ms, struct err *e)
{
	return io_wait_readable(w->fd, timeout_ms, e);
}

struct engine_wait *engine_wait_begin(
	struct engine *eng, const char *name, enum wait_condition c, struct err *e)
{
	own_ctr ctr = registry_find(eng->registry, name, e);

	return ctr ? wait_begin(ctr, c, e) : NULL;
}

int engine_wait_fd(const struct engine_wait *w)
{
	return w->fd;
}

void engine_wait_result(struct engine_wait *w, struct arena *a, struct wait_response *out)
{
	own_lock guard = lock_take(&w->c->lock);

	*out = (struct wait_response){ .status_code = w->exit_code };
	if (w->error) {
		out->error = ARENA_NEW(a, struct wait_error);
		out->error->message = arena_strdup(a, w->error);
	}
}

void engine_wait_free(struct engine_wait *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->c->lock);
	list_remove(&w->link);
	pthread_mutex_unlock(&w->c->lock);
	ctr_unref(w->c);
	close(w->fd);
	free(w->error);
	free(w);
}

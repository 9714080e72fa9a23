/* SPDX-License-Identifier: Apache-2.0 */
/* All execs of all containers: few at a time, so a list. Ended ones are kept five minutes for inspect. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/slice.h"
#include "exec_int.h"
#include "model/copy.h"

#define KEPT_NS (300 * INT64_C(1000000000))

struct exec_table {
	pthread_mutex_t lock; /* guards all below and the execs' states; a leaf */
	struct list all;
};

struct exec_table *exec_table_new(void)
{
	struct exec_table *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	pthread_mutex_init(&t->lock, NULL);
	list_init(&t->all);
	return t;
}

struct ctr_exec *exec_ref(struct ctr_exec *x)
{
	atomic_fetch_add(&x->refs, 1);
	return x;
}

void exec_unref(struct ctr_exec *x)
{
	if (!x || atomic_fetch_sub(&x->refs, 1) != 1)
		return;
	ctr_unref(x->c);
	arena_free(x->arena);
}

void exec_table_free(struct exec_table *t)
{
	if (!t)
		return;
	list_for_each (&t->all, x, struct ctr_exec, link)
		exec_unref(x);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* Takes out those that want says; the references are dropped outside the lock. */
static void sweep(struct exec_table *t, bool (*want)(const struct ctr_exec *x, const void *arg),
	const void *arg)
{
	struct list gone;

	list_init(&gone);
	pthread_mutex_lock(&t->lock);
	list_for_each (&t->all, x, struct ctr_exec, link) {
		if (!want(x, arg))
			continue;
		list_remove(&x->link);
		list_append(&gone, &x->link);
	}
	pthread_mutex_unlock(&t->lock);
	list_for_each (&gone, x, struct ctr_exec, link) {
		list_remove(&x->link);
		exec_unref(x);
	}
}

static bool is_old(const struct ctr_exec *x, const void *arg)
{
	return x->state == EXEC_EXITED && *(const int64_t *)arg - x->finished_ns > KEPT_NS;
}

static bool is_of(const struct ctr_exec *x, const void *arg)
{
	return x->c == arg;
}

void exec_table_forget(struct exec_table *t, const struct container *c)
{
	sweep(t, is_of, c);
}

struct ctr_exec *exec_table_adopt(
	struct exec_table *t, struct container *c, const char *id, const struct exec_config *config)
{
	struct arena *a = arena_new();
	struct ctr_exec *x = ARENA_NEW(a, struct ctr_exec);

	x->arena = a;
	snprintf(x->id, sizeof(x->id), "%s", id);
	x->c = ctr_ref(c);
	model_copy(a, exec_config_fields, config, &x->config, sizeof(*config));
	x->dir = arena_printf(a, "%s/exec/%s", c->run_dir, x->id);
	atomic_init(&x->refs, 2);
	own_lock guard = lock_take(&t->lock);
	list_append(&t->all, &x->link);
	return x;
}

struct ctr_exec *exec_table_add(
	struct exec_table *t, struct container *c, const struct exec_config *config, int64_t now_ns)
{
	char id[ID_HEX + 1];

	sweep(t, is_old, &now_ns);
	id_hex64(id);
	return exec_table_adopt(t, c, id, config);
}

struct ctr_exec *exec_table_find(struct exec_table *t, const char *id, struct err *e)
{
	own_lock guard = lock_take(&t->lock);

	list_for_each (&t->all, x, struct ctr_exec, link)
		if (str_eq(x->id, id))
			return exec_ref(x);
	err_set(e, ERR_NOT_FOUND, "No such exec instance: %s", id);
	return NULL;
}

void exec_table_ids(
	struct exec_table *t, struct arena *a, const struct container *c, struct str_list *out)
{
	own_lock guard = lock_take(&t->lock);

	*out = (struct str_list){ 0 };
	list_for_each (&t->all, x, struct ctr_exec, link)
		if (x->c == c && x->state != EXEC_EXITED)
			str_list_add(a, out, x->id);
}

int exec_table_take(struct exec_table *t, struct ctr_exec *x, struct err *e)
{
	own_lock guard = lock_take(&t->lock);

	if (x->state == EXEC_EXITED)
		return err_set(e, ERR_CONFLICT, "Error: Exec command %s has already run", x->id);
	if (x->state != EXEC_CREATED)
		return err_set(e, ERR_CONFLICT, "Error: Exec command %s is already running", x->id);
	x->state = EXEC_STARTING;
	return 0;
}

struct exec_now exec_table_now(struct exec_table *t, struct ctr_exec *x)
{
	own_lock guard = lock_take(&t->lock);

	return (struct exec_now){ x->state, x->pid, x->exit_code };
}

void exec_table_running(struct exec_table *t, struct ctr_exec *x, pid_t pid)
{
	own_lock guard = lock_take(&t->lock);

	if (x->state != EXEC_STARTING)
		return; /* it was quick: its end is known already */
	x->state = EXEC_RUNNING;
	x->pid = pid;
}

bool exec_table_ended(struct exec_table *t, struct ctr_exec *x, int64_t exit_code, int64_t now_ns)
{
	own_lock guard = lock_take(&t->lock);

	if (x->state == EXEC_EXITED)
		return false;
	x->state = EXEC_EXITED;
	x->pid = 0;
	x->exit_code = exit_code;
	x->finished_ns = now_ns;
	return true;
}

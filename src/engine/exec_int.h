/* SPDX-License-Identifier: Apache-2.0 */
/* The exec objects and the table of them. */
#ifndef TARE_ENGINE_EXEC_INT_H
#define TARE_ENGINE_EXEC_INT_H

#include "base/list.h"
#include "container.h"
#include "model/exec.h"
#include "monitor/client.h"

enum exec_state { EXEC_CREATED, EXEC_STARTING, EXEC_RUNNING, EXEC_EXITED };

struct ctr_exec {
	/* fixed */
	struct arena *arena; /* holds this struct too */
	char id[ID_HEX + 1];
	struct container *c; /* owned reference */
	struct exec_config config;
	const char *dir; /* c->run_dir/exec/<id> */
	atomic_uint refs;
	struct list link; /* the table's */
	/* guarded by the table's lock */
	enum exec_state state;
	pid_t pid;
	int64_t exit_code;
	int64_t finished_ns;
};

struct exec_table;

struct exec_table *exec_table_new(void);
void exec_table_free(struct exec_table *t);

struct ctr_exec *exec_ref(struct ctr_exec *x);
/* NULL is fine. */
void exec_unref(struct ctr_exec *x);
static inline void exec_cleanup(struct ctr_exec **x)
{
	exec_unref(*x);
}
#define own_exec __attribute__((cleanup(exec_cleanup))) struct ctr_exec *

/* Enters a new exec of c in state created; the caller owns the reference. Forgets those long ended. */
struct ctr_exec *exec_table_add(struct exec_table *t, struct container *c,
	const struct exec_config *config, int64_t now_ns);
/* The same with an id that was given before, by a daemon that is gone. */
struct ctr_exec *exec_table_adopt(struct exec_table *t, struct container *c, const char *id,
	const struct exec_config *config);
/* By id; ERR_NOT_FOUND "No such exec instance: x". The caller owns the reference. */
struct ctr_exec *exec_table_find(struct exec_table *t, const char *id, struct err *e);
/* Ids of c's execs that have not ended, in a; absent when there are none. */
void exec_table_ids(
	struct exec_table *t, struct arena *a, const struct container *c, struct str_list *out);
/* Moves x from state created to starting: ERR_CONFLICT when it is no longer that. */
int exec_table_take(struct exec_table *t, struct ctr_exec *x, struct err *e);
/* What x->state and its companions are now. */
struct exec_now {
	enum exec_state state;
	pid_t pid;
	int64_t exit_code;
};
struct exec_now exec_table_now(struct exec_table *t, struct ctr_exec *x);
void exec_table_running(struct exec_table *t, struct ctr_exec *x, pid_t pid);
/* False when it had ended before. */
bool exec_table_ended(struct exec_table *t, struct ctr_exec *x, int64_t exit_code, int64_t now_ns);
/* Takes c's execs out. */
void exec_table_forget(struct exec_table *t, const struct container *c);

/* The watcher's report; st NULL: nobody knows how it ended. */
void exec_exited(struct engine *eng, struct ctr_exec *x, const struct monitor_state *st);
/* A new daemon has found c running: takes over the execs that run in it, and learns how others ended. */
void execs_restore(struct engine *eng, struct container *c);
/* c is removed: its execs are forgotten. */
void execs_forget(struct engine *eng, const struct container *c);

#endif

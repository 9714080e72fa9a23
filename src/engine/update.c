/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing limits and restart policy: merged into a copy of HostConfig by table, written, given to the kernel. What
 * fails later is taken back (moby's container_unix.go UpdateContainer for the rules).
 */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/slice.h"
#include "engine/lifecycle.h"
#include "engine_int.h"
#include "limits.h"
#include "persist.h"
#include "restart_policy.h"

/* The members an update may name, besides blkio weight, pids limit and restart policy. 0 and "" name nothing. */
static const size_t numbers[] = {
	offsetof(struct host_config, cpu_shares),
	offsetof(struct host_config, nano_cpus),
	offsetof(struct host_config, cpu_period),
	offsetof(struct host_config, cpu_quota),
	offsetof(struct host_config, cpu_realtime_period),
	offsetof(struct host_config, cpu_realtime_runtime),
	offsetof(struct host_config, memory),
	offsetof(struct host_config, memory_swap),
	offsetof(struct host_config, memory_reservation),
};
static const size_t texts[] = {
	offsetof(struct host_config, cpuset_cpus),
	offsetof(struct host_config, cpuset_mems),
};

#define AT(type, host, offset) ((type *)((char *)(host) + (offset)))
#define N(array)	       (sizeof(array) / sizeof(*(array)))

struct update {
	struct engine *eng;
	struct container *c;
	const struct host_config *wanted;
	struct host_config merged;	  /* what the container will have */
	struct oci_resources now, before; /* what the kernel is told, and to take it back */
};

static int conflict(struct err *e, const char *text)
{
	return err_set(e, ERR_CONFLICT, "%s", text);
}

/* CPUs are limited one way or the other. */
static int check_cpus(const struct host_config *w, const struct host_config *has, struct err *e)
{
	if (w->nano_cpus > 0 && has->cpu_period > 0)
		return conflict(e,
			"Conflicting options: Nano CPUs cannot be updated as CPU Period has "
			"already been set");
	if (w->nano_cpus > 0 && has->cpu_quota > 0)
		return conflict(e,
			"Conflicting options: Nano CPUs cannot be updated as CPU Quota has "
			"already been set");
	if (w->cpu_period > 0 && has->nano_cpus > 0)
		return conflict(e,
			"Conflicting options: CPU Period cannot be updated as NanoCPUs has "
			"already been set");
	if (w->cpu_quota > 0 && has->nano_cpus > 0)
		return conflict(e,
			"Conflicting options: CPU Quota cannot be updated as NanoCPUs has "
			"already been set");
	return 0;
}

static int check_merge(const struct host_config *w, const struct host_config *has, struct err *e)
{
	if (check_cpus(w, has, e))
		return -1;
	if (w->memory != 0 && w->memory_swap == 0 && w->memory > has->memory_swap &&
		has->memory_swap != -1)
		return conflict(e,
			"Memory limit should be smaller than already set memoryswap limit, "
			"update the memoryswap at the same time");
	if (!str_empty(w->restart_policy.name) && has->auto_remove &&
		!str_eq(w->restart_policy.name, "no"))
		return conflict(e,
			"Restart policy cannot be updated because AutoRemove is enabled for "
			"the container");
	return 0;
}

static void merge(struct update *u)
{
	const struct host_config *w = u->wanted;
	struct host_config *m = &u->merged;
	struct arena *a = u->c->arena;

	*m = u->c->host;
	for (size_t i = 0; i < N(numbers); i++)
		if (*AT(int64_t, w, numbers[i]))
			*AT(int64_t, m, numbers[i]) = *AT(int64_t, w, numbers[i]);
	for (size_t i = 0; i < N(texts); i++)
		if (!str_empty(*AT(const char *, w, texts[i])))
			*AT(const char *, m, texts[i]) =
				arena_strdup(a, *AT(const char *, w, texts[i]));
	if (w->blkio_weight)
		m->blkio_weight = w->blkio_weight;
	if (w->pids_limit) {
		m->pids_limit = ARENA_NEW(a, int64_t);
		*m->pids_limit = *w->pids_limit > 0 ? *w->pids_limit : 0;
	}
	if (!str_empty(w->restart_policy.name)) {
		m->restart_policy = w->restart_policy;
		m->restart_policy.name = arena_strdup(a, w->restart_policy.name);
	}
}

/*
 * What the kernel is told: of from, what w names. The swap limit is one of memory and swap together, so that it goes
 * with the memory limit.
 */
static int resources(struct arena *a, const struct host_config *w, const struct host_config *from,
	struct oci_resources *out, struct err *e)
{
	struct host_config part = { 0 };

	*out = (struct oci_resources){ 0 };
	for (size_t i = 0; i < N(numbers); i++)
		if (*AT(int64_t, w, numbers[i]))
			*AT(int64_t, &part, numbers[i]) = *AT(int64_t, from, numbers[i]);
	for (size_t i = 0; i < N(texts); i++)
		if (!str_empty(*AT(const char *, w, texts[i])))
			*AT(const char *, &part, texts[i]) = *AT(const char *, from, texts[i]);
	if (part.memory_swap)
		part.memory = from->memory;
	if (w->blkio_weight)
		part.blkio_weight = from->blkio_weight;
	if (w->pids_limit) {
		part.pids_limit = ARENA_NEW(a, int64_t);
		*part.pids_limit =
			from->pids_limit && *from->pids_limit > 0 ? *from->pids_limit : -1;
	}
	return limits_to_spec(a, &part, out, e);
}

static int tell_kernel(struct update *u, const struct oci_resources *r, struct err *e)
{
	struct ctr_life l = ctr_life(u->c);

	if (!ctr_state_runs(l.state) || l.state == CTR_RESTARTING || !cgroup_first_limit(r))
		return 0;
	own_cgroup cg = cgroup_open(u->eng->cgroups, u->c->cgroup_path, e);
	return cg ? cgroup_update(cg, r, e) : -1;
}

static void set_host(struct container *c, const struct host_config *h)
{
	own_lock guard = lock_take(&c->lock);

	c->host = *h;
}

/* In memory and on disk. */
static int take_effect(struct update *u, const struct host_config *h, struct err *e)
{
	struct host_config before = u->c->host;

	set_host(u->c, h);
	if (fault_point("update.write", e) == 0 && persist_host(u->c, e) == 0)
		return 0;
	set_host(u->c, &before);
	return -1;
}

/* The kernel comes last: what it refuses it refuses whole. */
static int update(struct update *u, struct arena *a, struct err *e)
{
	struct host_config before = u->c->host;
	struct oci_resources r;
	struct err ignored;

	if (check_merge(u->wanted, &before, e))
		return -1;
	merge(u);
	if (resources(a, u->wanted, &u->merged, &r, e) || take_effect(u, &u->merged, e))
		return -1;
	if (tell_kernel(u, &r, e) == 0)
		return 0;
	if (take_effect(u, &before, &ignored))
		log_warn("ctr %s: %s, ignoring", u->c->id, ignored.msg);
	return -1;
}

static int check(struct engine *eng, struct arena *a, struct host_config *h,
	struct str_list *warnings, struct err *e)
{
	int64_t *pids = h->pids_limit;

	if (h->kernel_memory)
		return err_set(e, ERR_INVALID,
			"kernel memory limits (KernelMemory) are not supported: the kernel has dropped "
			"them");
	if (limits_check_update(a, h, &eng->limits, warnings, e))
		return -1;
	/* "Unlimited" is something to say here. */
	if (eng->limits.pids)
		h->pids_limit = pids;
	return str_empty(h->restart_policy.name)
		       ? 0
		       : restart_policy_check(&h->restart_policy, false, e);
}

int engine_update(struct engine *eng, struct arena *a, const char *name, struct host_config *h,
	struct str_list *warnings, struct err *e)
{
	enum ctr_state state;

	if (check(eng, a, h, warnings, e))
		return -1;
	own_ctr c = registry_find(eng->registry, name, e);
	if (!c)
		return -1;
	own_lock verb = lock_take(&c->verb);
	state = ctr_life(c).state;
	if (state == CTR_REMOVING || state == CTR_DEAD)
		return err_set(e, ERR_CONFLICT,
			"Cannot update container %s: container is marked for removal and cannot be "
			"\"update\"",
			c->id);
	struct update u = { .eng = eng, .c = c, .wanted = h };
	if (update(&u, a, e))
		return err_in(e, "Cannot update container %s", c->id);
	ctr_event(eng, c, "update", NULL);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of the runtime-spec that a look at the document alone can check, in runc's words where it has
 * any. What needs the machine (does root.path exist, is AppArmor on) is the runtime's to find out.
 */
#include <string.h>

#include "base/slice.h"
#include "oci/runtime_spec.h"
#include "oci/spec_check.h"

static int check_version(const char *version, struct err *e)
{
	struct slice major, rest;
	uint16_t n;

	if (str_empty(version))
		return err_set(e, ERR_INVALID, "`ociVersion` must be set");
	if (!slice_cut(slice_str(version), '.', &major, &rest) || !parse_u16(major, &n) || n != 1)
		return err_set(e, ERR_INVALID, "unsupported ociVersion \"%s\": 1.x is", version);
	return 0;
}

static int check_rlimits(const struct oci_rlimit_list *l, struct err *e)
{
	for (size_t i = 0; i < l->n; i++) {
		if (!l->v[i].type || !str_starts(l->v[i].type, "RLIMIT_"))
			return err_set(e, ERR_INVALID, "invalid rlimit type: %s",
				l->v[i].type ? l->v[i].type : "");
		for (size_t k = 0; k < i; k++)
			if (str_eq(l->v[i].type, l->v[k].type))
				return err_set(
					e, ERR_INVALID, "rlimit %s is given twice", l->v[i].type);
		if (l->v[i].soft > l->v[i].hard)
			return err_set(e, ERR_INVALID,
				"rlimit %s: soft limit is above the hard limit", l->v[i].type);
	}
	return 0;
}

static int check_scheduler(const struct oci_scheduler *s, struct err *e)
{
	bool is_fair = str_eq(s->policy, "SCHED_OTHER") || str_eq(s->policy, "SCHED_BATCH");
	bool is_real = str_eq(s->policy, "SCHED_FIFO") || str_eq(s->policy, "SCHED_RR");

	if (str_empty(s->policy))
		return err_set(e, ERR_INVALID, "scheduler policy is required");
	if (is_fair && (s->nice < -20 || s->nice > 19))
		return err_set(e, ERR_INVALID,
			"invalid scheduler.nice: %d when scheduler.policy is %s", s->nice,
			s->policy);
	if (s->priority && !is_real)
		return err_set(e, ERR_INVALID,
			"scheduler.priority can only be specified for SchedFIFO or SchedRR policy");
	if (!str_eq(s->policy, "SCHED_DEADLINE") && (s->runtime || s->deadline || s->period))
		return err_set(e, ERR_INVALID,
			"scheduler runtime/deadline/period can only be specified for SchedDeadline policy");
	return 0;
}

static int check_io_priority(const struct oci_io_priority *p, struct err *e)
{
	if (p->priority < 0 || p->priority > 7)
		return err_set(e, ERR_INVALID, "invalid ioPriority.Priority: %d", p->priority);
	if (!str_eq(p->class, "IOPRIO_CLASS_RT") && !str_eq(p->class, "IOPRIO_CLASS_BE") &&
		!str_eq(p->class, "IOPRIO_CLASS_IDLE"))
		return err_set(e, ERR_INVALID, "invalid ioPriority.Class: \"%s\"",
			p->class ? p->class : "");
	return 0;
}

int oci_process_check(const struct oci_process *p, struct err *e)
{
	if (str_empty(p->cwd))
		return err_set(e, ERR_INVALID, "Cwd property must not be empty");
	if (p->cwd[0] != '/')
		return err_set(e, ERR_INVALID, "Cwd must be an absolute path");
	if (p->args.n == 0)
		return err_set(e, ERR_INVALID, "args must not be empty");
	if ((p->scheduler && check_scheduler(p->scheduler, e)) ||
		(p->io_priority && check_io_priority(p->io_priority, e)))
		return -1;
	return check_rlimits(&p->rlimits, e);
}

static bool is_bind(const struct oci_mount *m)
{
	return str_eq(m->type, "bind") || str_eq(m->type, "rbind") ||
	       str_list_has(&m->options, "bind") || str_list_has(&m->options, "rbind");
}

static int check_idmap(const struct oci_spec *s, const struct oci_mount *m, struct err *e)
{
	bool has_map = m->uid_mappings.n || m->gid_mappings.n;

	if (!has_map && !str_list_has(&m->options, "idmap") && !str_list_has(&m->options, "ridmap"))
		return 0;
	if (!is_bind(m))
		return err_set(e, ERR_INVALID,
			"invalid mount \"%s\": id-mapped mounts are only supported for bind-mounts",
			m->destination);
	/* Without maps of its own the container's are taken. */
	if (has_map ? m->uid_mappings.n && m->gid_mappings.n : oci_spec_has_ns(s, "user", NULL))
		return 0;
	return err_set(e, ERR_INVALID,
		"invalid mount \"%s\": id-mapped mounts must have both uid and gid mappings specified",
		m->destination);
}

static int check_mounts(const struct oci_spec *s, struct err *e)
{
	for (size_t i = 0; i < s->mounts.n; i++) {
		if (str_empty(s->mounts.v[i].destination))
			return err_set(e, ERR_INVALID, "mount destination must not be empty");
		if (check_idmap(s, &s->mounts.v[i], e))
			return -1;
	}
	return 0;
}

static int check_hooks(const struct oci_hooks *h, struct err *e)
{
	const struct oci_hook_list *const lists[] = { &h->prestart, &h->create_runtime,
		&h->create_container, &h->start_container, &h->poststart, &h->poststop };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (size_t k = 0; k < lists[i]->n; k++) {
			const struct oci_hook *hook = &lists[i]->v[k];
			if (str_empty(hook->path) || hook->path[0] != '/')
				return err_set(e, ERR_INVALID, "hook path \"%s\" is not absolute",
					hook->path ? hook->path : "");
			if (hook->timeout && *hook->timeout <= 0)
				return err_set(e, ERR_INVALID, "hook %s: timeout must be positive",
					hook->path);
		}
	return 0;
}

int oci_spec_check(const struct oci_spec *s, struct err *e)
{
	if (check_version(s->oci_version, e))
		return -1;
	if (s->process && oci_process_check(s->process, e))
		return -1;
	if (str_empty(s->root.path))
		return err_set(e, ERR_INVALID, "root.path must not be empty");
	if (check_mounts(s, e) || oci_spec_check_linux(s, e))
		return -1;
	return s->hooks ? check_hooks(s->hooks, e) : 0;
}

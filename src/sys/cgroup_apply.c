/* SPDX-License-Identifier: Apache-2.0 */
/* Hands each wanted limit to the hierarchy that has its controller. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/slice.h"
#include "sys/cgroup_int.h"

/* net_cls, net_prio, freezer and devices have no counterpart on v2; blkio is called io there. */
static const char *v2_name(const char *controller)
{
	return strcmp(controller, "blkio") == 0 ? "io" : controller;
}

static const struct cgroup_apply_row *v2_row(const char *controller)
{
	for (const struct cgroup_apply_row *row = cgroup_v2_rows; row->controller; row++)
		if (strcmp(row->controller, controller) == 0)
			return row;
	return NULL;
}

/* On a machine with v1 hierarchies a controller may live in the v2 tree, where nobody has enabled it yet. */
static struct cgroup_member *v2_member_with(struct cgroup *cg, const char *controller)
{
	struct cgroup_member *v2 = cgroup_v2_member(cg);
	struct err ignored;

	if (!v2)
		return NULL;
	if (!cgroup_list_has(v2->controllers, controller)) {
		if (cgroup_v2_enable(v2, controller, &ignored))
			return NULL;
		cgroup_read_v2_controllers(cg);
	}
	return cgroup_list_has(v2->controllers, controller) ? v2 : NULL;
}

static bool has_v1(struct cgroup *cg, const char *controller, struct cgroup_member **out)
{
	struct cgroup_member *m = cgroup_member_of(cg, controller);

	*out = m && !m->v2 ? m : NULL;
	return *out != NULL;
}

static int apply_row(struct cgroup *cg, const struct cgroup_apply_row *v1,
	const struct oci_resources *r, struct err *e)
{
	const char *name = v2_name(v1->controller);
	const struct cgroup_apply_row *v2 = v2_row(name);
	struct cgroup_member *m;

	if (has_v1(cg, v1->controller, &m))
		return v1->wants(r) ? v1->apply(m, r, e) : 0;
	/* What runs on v2 only decides by the v2 row what there is to do. */
	if (v2 ? !v2->wants(r) : !v1->wants(r))
		return 0;
	/* net_cls and net_prio are gone there; runc passes over them too. */
	if (!v2 && cg->version == CGROUP_V2) {
		log_warn("cgroup v2 has no %s limit, ignoring", v1->controller);
		return 0;
	}
	m = v2 ? v2_member_with(cg, name) : NULL;
	if (!m)
		return err_set(e, ERR_INVALID,
			"cannot set %s limit: container could not join or create cgroup",
			v1->controller);
	return v2->apply(m, r, e);
}

/* The specs still have what kernels have lost; runc says so, too, and goes on. */
static void warn_of_lost_limits(const struct cgroup *cg, const struct oci_resources *r)
{
	const struct oci_memory *m = r->memory;
	bool v2 = cg->version == CGROUP_V2;

	if (!m)
		return;
	if ((m->kernel && *m->kernel) || (v2 && m->kernel_tcp && *m->kernel_tcp))
		log_warn("Kernel memory settings are ignored and will be removed");
	if (m->use_hierarchy && !*m->use_hierarchy)
		log_warn("memory.useHierarchy false: cgroups always are hierarchies, ignoring");
	if (v2 && ((m->swappiness && *m->swappiness) ||
			  (m->disable_oom_killer && *m->disable_oom_killer)))
		log_warn(
			"cgroup v2 has neither memory.swappiness nor memory.disableOOMKiller, ignoring");
}

/* Every limit; fault points are the callers'. */
static int apply_all(struct cgroup *cg, const struct oci_resources *r, struct err *e)
{
	warn_of_lost_limits(cg, r);
	for (const struct cgroup_apply_row *row = cgroup_v1_rows; row->controller; row++)
		if (apply_row(cg, row, r, e))
			return -1;
	if (!r->unified.n)
		return 0;
	if (cg->version == CGROUP_V1)
		return err_set(
			e, ERR_INVALID, "invalid configuration: cannot use unified on cgroup v1");
	return cgroup_v2_apply_unified(cgroup_v2_member(cg), &r->unified, e);
}

int cgroup_apply(struct cgroup *cg, const struct oci_resources *r, struct err *e)
{
	return fault_point("cgroup.apply", e) ? -1 : apply_all(cg, r, e);
}

static void keep_journal(struct cgroup *cg, struct cgroup_journal *j)
{
	for (size_t i = 0; i < cg->n; i++)
		cg->members[i].journal = j;
}

/* What quota and period are in force: a quota of -1 is none. */
static void read_bandwidth(struct cgroup *cg, int64_t *quota, uint64_t *period)
{
	struct cgroup_member *m = cgroup_member_of(cg, "cpu");
	struct slice first, rest;
	own_buf b = { 0 };

	buf_init(&b, CGROUP_FILE_MOST + 1);
	*quota = -1;
	*period = 0;
	if (m && m->v2) {
		slice_cut(slice_trim(cgroup_text(m, "cpu.max", &b)), ' ', &first, &rest);
		parse_i64(first, quota);
		parse_u64(rest, period);
	} else if (m) {
		parse_i64(slice_trim(cgroup_text(m, "cpu.cfs_quota_us", &b)), quota);
		parse_u64(slice_trim(cgroup_text(m, "cpu.cfs_period_us", &b)), period);
	}
}

/* Of quota and period one alone means the other as it is: v2's file and systemd want both. */
static void complete_bandwidth(struct cgroup *cg, struct arena *a, struct oci_resources *r)
{
	bool has_quota = r->cpu && r->cpu->quota && *r->cpu->quota;
	bool has_period = r->cpu && r->cpu->period && *r->cpu->period;
	int64_t quota;
	uint64_t period;

	if (has_quota == has_period)
		return;
	struct oci_cpu *c = ARENA_NEW(a, struct oci_cpu);
	*c = *r->cpu;
	r->cpu = c;
	read_bandwidth(cg, &quota, &period);
	if (!has_quota) {
		c->quota = ARENA_NEW(a, int64_t);
		*c->quota = quota;
	} else if (period) {
		c->period = ARENA_NEW(a, uint64_t);
		*c->period = period;
	}
}

int cgroup_update(struct cgroup *cg, const struct oci_resources *r, struct err *e)
{
	own_arena a = arena_new();
	struct cgroup_journal journal = { .arena = a };
	struct oci_resources full = *r;

	complete_bandwidth(cg, a, &full);
	keep_journal(cg, &journal);
	int rc = apply_all(cg, &full, e);
	if (rc == 0)
		rc = fault_point("cgroup.update", e);
	/* Last: what systemd took it would have to be asked to take back. */
	if (rc == 0 && cg->scope)
		rc = scope_set(cg->scope, cg->version, &full, e);
	keep_journal(cg, NULL);
	if (rc)
		cgroup_journal_undo(&journal);
	return rc;
}

const char *cgroup_first_limit(const struct oci_resources *r)
{
	for (const struct cgroup_apply_row *row = cgroup_v1_rows; row->controller; row++)
		if (row->wants(r))
			return row->controller;
	return r->unified.n ? "unified" : NULL;
}

int cgroup_give(struct cgroup *cg, uid_t owner, struct err *e)
{
	static const char usual[] = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";
	struct slice rest = slice_str(usual), line;
	struct err ignored;
	own_buf list = { 0 };

	if (cg->version != CGROUP_V2)
		return 0;
	if (fault_point("cgroup.give", e))
		return -1;
	int dir = cgroup_member_fd(cgroup_v2_member(cg), e);
	if (dir < 0)
		return -1;
	buf_init(&list, 4096);
	if (fs_read(AT_FDCWD, "/sys/kernel/cgroup/delegate", 4095, &list, &ignored) == 0)
		rest = (struct slice){ list.data, list.len };
	if (fchown(dir, owner, (gid_t)-1))
		return err_sys(e, "change owner of cgroup");
	while (rest.n) {
		char name[NAME_MAX + 1];
		slice_cut(rest, '\n', &line, &rest);
		snprintf(name, sizeof(name), "%.*s", (int)line.n, line.p);
		/* The list also has files of controllers this group has not. */
		if (line.n && fchownat(dir, name, owner, (gid_t)-1, AT_SYMLINK_NOFOLLOW) &&
			errno != ENOENT)
			return err_sys(e, "change owner of cgroup's %s", name);
	}
	return 0;
}

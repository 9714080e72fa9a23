/* SPDX-License-Identifier: Apache-2.0 */
/* Scheduler, I/O priority, affinity and personality: tables of names around one system call each. */
#include "sys/sched.h"

#include <linux/ioprio.h>
#include <stdint.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/slice.h"

/* struct sched_attr of linux/sched/types.h, whose header cannot be read beside glibc's. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

struct name {
	const char *name;
	unsigned long value;
};

static const struct name policies[] = {
	{ "SCHED_OTHER", 0 },
	{ "SCHED_FIFO", 1 },
	{ "SCHED_RR", 2 },
	{ "SCHED_BATCH", 3 },
	{ "SCHED_ISO", 4 },
	{ "SCHED_IDLE", 5 },
	{ "SCHED_DEADLINE", 6 },
	{ NULL, 0 },
};

static const struct name policy_flags[] = {
	{ "SCHED_FLAG_RESET_ON_FORK", 0x01 },
	{ "SCHED_FLAG_RECLAIM", 0x02 },
	{ "SCHED_FLAG_DL_OVERRUN", 0x04 },
	{ "SCHED_FLAG_KEEP_POLICY", 0x08 },
	{ "SCHED_FLAG_KEEP_PARAMS", 0x10 },
	{ "SCHED_FLAG_UTIL_CLAMP_MIN", 0x20 },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", 0x40 },
	{ NULL, 0 },
};

static const struct name io_classes[] = {
	{ "IOPRIO_CLASS_RT", IOPRIO_CLASS_RT },
	{ "IOPRIO_CLASS_BE", IOPRIO_CLASS_BE },
	{ "IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE },
	{ NULL, 0 },
};

static const struct name personalities[] = {
	{ "LINUX", PER_LINUX },
	{ "LINUX32", PER_LINUX32 },
	{ NULL, 0 },
};

static int find(const struct name *table, const char *what, const char *name, unsigned long *out,
	struct err *e)
{
	*out = 0;
	for (const struct name *row = table; row->name; row++)
		if (str_eq(row->name, name))
			return *out = row->value, 0;
	return err_set(e, ERR_INVALID, "invalid %s: %s", what, name ? name : "");
}

static int read_scheduler(const struct oci_scheduler *s, struct attributes *attr, struct err *e)
{
	unsigned long policy, flag;

	if (find(policies, "scheduler policy", s->policy, &policy, e))
		return -1;
	*attr = (struct attributes){
		.size = sizeof(*attr),
		.policy = (uint32_t)policy,
		.nice = s->nice,
		.priority = (uint32_t)s->priority,
		.runtime = s->runtime,
		.deadline = s->deadline,
		.period = s->period,
	};
	for (size_t i = 0; i < s->flags.n; i++) {
		if (find(policy_flags, "scheduler flag", s->flags.v[i], &flag, e))
			return -1;
		attr->flags |= flag;
	}
	return 0;
}

int sched_check(const struct oci_scheduler *s, struct err *e)
{
	struct attributes attr;

	return read_scheduler(s, &attr, e);
}

int sched_apply(const struct oci_scheduler *s, struct err *e)
{
	struct attributes attr;

	if (read_scheduler(s, &attr, e))
		return -1;
	return syscall(SYS_sched_setattr, 0, &attr, 0) ? err_sys(e, "error setting scheduler") : 0;
}

int sched_set_io_priority(const struct oci_io_priority *p, struct err *e)
{
	unsigned long class;

	if (find(io_classes, "I/O priority class", p->class, &class, e))
		return -1;
	if (p->priority < 0 || p->priority > 7)
		return err_set(e, ERR_INVALID, "invalid I/O priority: %d (0 … 7)", p->priority);
	if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(class, p->priority)))
		return err_sys(e, "failed to set io priority");
	return 0;
}

int sched_parse_cpus(const char *text, cpu_set_t *out, struct err *e)
{
	struct slice rest = slice_str(text), part, from, to;
	uint32_t first, last;

	CPU_ZERO(out);
	for (bool more = true; more;) {
		more = slice_cut(rest, ',', &part, &rest);
		part = slice_trim(part);
		if (!part.n)
			continue;
		bool range = slice_cut(part, '-', &from, &to);
		if (!parse_u32(from, &first) || (range && !parse_u32(to, &last)))
			return err_set(e, ERR_INVALID, "invalid CPU list: %s", text);
		if (!range)
			last = first;
		if (last < first || last >= CPU_SETSIZE)
			return err_set(e, ERR_INVALID, "invalid CPU list: %s", text);
		for (uint32_t cpu = first; cpu <= last; cpu++)
			CPU_SET(cpu, out);
	}
	return 0;
}

int sched_set_affinity(const char *cpus, struct err *e)
{
	cpu_set_t set;

	if (str_empty(cpus))
		return 0;
	if (sched_parse_cpus(cpus, &set, e))
		return -1;
	return sched_setaffinity(0, sizeof(set), &set) ? err_sys(e, "set CPU affinity %s", cpus)
						       : 0;
}

void sched_reset_affinity(void)
{
	unsigned char all[8192 / 8]; /* the most CPUs a kernel can be built for */

	memset(all, 0xff, sizeof(all));
	(void)syscall(SYS_sched_setaffinity, 0, sizeof(all), all);
}

int sched_set_personality(const struct oci_personality *p, struct err *e)
{
	unsigned long value;

	if (find(personalities, "personality domain", p->domain, &value, e))
		return -1;
	return personality(value) < 0 ? err_sys(e, "set personality %s", p->domain) : 0;
}

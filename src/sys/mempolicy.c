/* SPDX-License-Identifier: Apache-2.0 */
/* set_mempolicy(2) by its raw number: libnuma would be a library for one call. */
#include "sys/mempolicy.h"

#include <linux/mempolicy.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/slice.h"
#include "sys/sched.h"

#define NODES_MOST 1024 /* MAX_NUMNODES of the largest kernels */

enum nodes { NONE, SOME, ANY };

static const char *const mode_names[] = { "MPOL_DEFAULT", "MPOL_PREFERRED", "MPOL_BIND",
	"MPOL_INTERLEAVE", "MPOL_LOCAL", "MPOL_PREFERRED_MANY", "MPOL_WEIGHTED_INTERLEAVE", NULL };
/* The kernel numbers them in this order; the last is newer than some headers. */
static const enum nodes mode_nodes[] = { NONE, ANY, SOME, SOME, NONE, SOME, SOME };

static const char *const flag_names[] = { "MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES",
	"MPOL_F_STATIC_NODES", NULL };
static const unsigned flags[] = { 1u << 13, MPOL_F_RELATIVE_NODES, MPOL_F_STATIC_NODES };

const char *const *mempolicy_mode_names(void)
{
	return mode_names;
}

const char *const *mempolicy_flag_names(void)
{
	return flag_names;
}

static int find(const char *const *names, const char *name)
{
	for (int i = 0; name && names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

/* "0-3,7" is the grammar of CPU lists. */
static int read_nodes(const char *text, cpu_set_t *out, struct err *e)
{
	CPU_ZERO(out);
	if (str_empty(text) || sched_parse_cpus(text, out, e) == 0)
		return 0;
	return err_set(e, ERR_INVALID, "invalid memory policy nodes \"%s\"", text);
}

static int read_policy(
	const struct oci_memory_policy *p, unsigned *mode, cpu_set_t *nodes, struct err *e)
{
	int m = find(mode_names, p->mode);

	if (m < 0)
		return err_set(e, ERR_INVALID, "invalid memory policy mode \"%s\"",
			p->mode ? p->mode : "");
	if (read_nodes(p->nodes, nodes, e))
		return -1;
	*mode = (unsigned)m;
	for (size_t i = 0; i < p->flags.n; i++) {
		int f = find(flag_names, p->flags.v[i]);
		if (f < 0)
			return err_set(
				e, ERR_INVALID, "invalid memory policy flag \"%s\"", p->flags.v[i]);
		*mode |= flags[f];
	}
	if (mode_nodes[m] == NONE && CPU_COUNT(nodes))
		return err_set(e, ERR_INVALID, "memory policy mode requires 0 nodes but got %d",
			CPU_COUNT(nodes));
	if (mode_nodes[m] == SOME && !CPU_COUNT(nodes))
		return err_set(
			e, ERR_INVALID, "memory policy mode requires at least one node but got 0");
	return 0;
}

int mempolicy_check(const struct oci_memory_policy *p, struct err *e)
{
	cpu_set_t nodes;
	unsigned mode;

	return read_policy(p, &mode, &nodes, e);
}

int mempolicy_apply(const struct oci_memory_policy *p, struct err *e)
{
	cpu_set_t nodes;
	unsigned mode;

	if (read_policy(p, &mode, &nodes, e))
		return -1;
	/* The kernel takes one bit less than it is told (set_mempolicy(2), BUGS). */
	if (syscall(SYS_set_mempolicy, mode, CPU_COUNT(&nodes) ? &nodes : NULL,
		    CPU_COUNT(&nodes) ? NODES_MOST + 1 : 0))
		return err_sys(e, "set_mempolicy");
	return 0;
}

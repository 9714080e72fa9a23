/* SPDX-License-Identifier: Apache-2.0 */
/* Formulas from the kernel's ranges; cgroup_value.h says whose choices they are. */
#include "sys/cgroup_value.h"

#include <math.h>

uint64_t cgroup_cpu_weight(uint64_t shares)
{
	if (shares == 0)
		return 0;
	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	/* The parabola through (2, 1), (1024, 100) and (262144, 10000) in logarithms. */
	double l = log2((double)shares);
	double exponent = (l * l + 125 * l) / 612.0 - 7.0 / 34.0;
	return (uint64_t)ceil(pow(10, exponent));
}

uint64_t cgroup_io_weight(uint64_t weight)
{
	if (weight == 0)
		return 0;
	return 1 + (weight - 10) * 9999 / 990;
}

int cgroup_swap_max(int64_t memory_and_swap, int64_t memory, int64_t *out, struct err *e)
{
	*out = memory_and_swap;
	if (memory == -1 && memory_and_swap == 0)
		*out = -1; /* as on v1: no memory limit and no word about swap means no swap limit */
	if (*out == -1 || *out == 0)
		return 0;
	if (memory == 0 || memory == -1)
		return err_set(e, ERR_INVALID, "unable to set swap limit without memory limit");
	if (memory < 0)
		return err_set(e, ERR_INVALID, "invalid memory value: %lld", (long long)memory);
	if (memory_and_swap < memory)
		return err_set(e, ERR_INVALID, "memory+swap limit should be >= memory limit");
	*out = memory_and_swap - memory;
	return 0;
}

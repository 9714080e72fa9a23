/* SPDX-License-Identifier: Apache-2.0 */
/* Block I/O limits on cgroup v1. Weights belong to the scheduler (bfq, or cfq on old kernels), rates to all. */
#include <stdio.h>

#include "sys/cgroup_int.h"

static int write_weight(
	struct cgroup_member *m, const char *bfq, const char *plain, uint32_t weight, struct err *e)
{
	return cgroup_write_u64(m, cgroup_has_file(m, bfq) ? bfq : plain, weight, e);
}

static int write_device_weights(
	struct cgroup_member *m, const struct oci_weight_device_list *l, struct err *e)
{
	const char *file = cgroup_has_file(m, "blkio.bfq.weight_device") ? "blkio.bfq.weight_device"
									 : "blkio.weight_device";
	char line[96];

	for (size_t i = 0; i < l->n; i++) {
		const struct oci_weight_device *d = &l->v[i];
		if (d->weight) {
			snprintf(line, sizeof(line), "%lld:%lld %u", (long long)d->major,
				(long long)d->minor, *d->weight);
			if (cgroup_write(m, file, line, e))
				return -1;
		}
		if (d->leaf_weight) {
			snprintf(line, sizeof(line), "%lld:%lld %u", (long long)d->major,
				(long long)d->minor, *d->leaf_weight);
			if (cgroup_write(m, "blkio.leaf_weight_device", line, e))
				return -1;
		}
	}
	return 0;
}

static int write_rates(
	struct cgroup_member *m, const char *file, const struct oci_throttle_list *l, struct err *e)
{
	char line[96];

	for (size_t i = 0; i < l->n; i++) {
		snprintf(line, sizeof(line), "%lld:%lld %llu", (long long)l->v[i].major,
			(long long)l->v[i].minor, (unsigned long long)l->v[i].rate);
		if (cgroup_write(m, file, line, e))
			return -1;
	}
	return 0;
}

int cgroup_v1_apply_blkio(struct cgroup_member *m, const struct oci_resources *r, struct err *e)
{
	const struct oci_block_io *b = r->block_io;

	if (b->weight && *b->weight &&
		write_weight(m, "blkio.bfq.weight", "blkio.weight", *b->weight, e))
		return -1;
	if (b->leaf_weight && *b->leaf_weight &&
		cgroup_write_u64(m, "blkio.leaf_weight", *b->leaf_weight, e))
		return -1;
	if (write_device_weights(m, &b->weight_device, e) ||
		write_rates(m, "blkio.throttle.read_bps_device", &b->read_bps, e) ||
		write_rates(m, "blkio.throttle.write_bps_device", &b->write_bps, e) ||
		write_rates(m, "blkio.throttle.read_iops_device", &b->read_iops, e) ||
		write_rates(m, "blkio.throttle.write_iops_device", &b->write_iops, e))
		return -1;
	return 0;
}

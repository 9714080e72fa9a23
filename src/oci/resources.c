/* SPDX-License-Identifier: Apache-2.0 */
/* The binding tables of linux.resources. */
#include "oci/resources.h"

#include "base/json.h"

static const struct bind_field device_rule_fields[] = {
	BIND(BOOL, struct oci_device_rule, allow, "allow", 0),
	BIND(STR, struct oci_device_rule, type, "type", BIND_OMITEMPTY),
	BIND(I64P, struct oci_device_rule, major, "major", BIND_OMITEMPTY),
	BIND(I64P, struct oci_device_rule, minor, "minor", BIND_OMITEMPTY),
	BIND(STR, struct oci_device_rule, access, "access", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field memory_fields[] = {
	BIND(I64P, struct oci_memory, limit, "limit", BIND_OMITEMPTY),
	BIND(I64P, struct oci_memory, reservation, "reservation", BIND_OMITEMPTY),
	BIND(I64P, struct oci_memory, swap, "swap", BIND_OMITEMPTY),
	BIND(I64P, struct oci_memory, kernel, "kernel", BIND_OMITEMPTY),
	BIND(I64P, struct oci_memory, kernel_tcp, "kernelTCP", BIND_OMITEMPTY),
	BIND(U64P, struct oci_memory, swappiness, "swappiness", BIND_OMITEMPTY),
	BIND(BOOLP, struct oci_memory, disable_oom_killer, "disableOOMKiller", BIND_OMITEMPTY),
	BIND(BOOLP, struct oci_memory, use_hierarchy, "useHierarchy", BIND_OMITEMPTY),
	BIND(BOOLP, struct oci_memory, check_before_update, "checkBeforeUpdate", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field cpu_fields[] = {
	BIND(U64P, struct oci_cpu, shares, "shares", BIND_OMITEMPTY),
	BIND(I64P, struct oci_cpu, quota, "quota", BIND_OMITEMPTY),
	BIND(U64P, struct oci_cpu, burst, "burst", BIND_OMITEMPTY),
	BIND(U64P, struct oci_cpu, period, "period", BIND_OMITEMPTY),
	BIND(I64P, struct oci_cpu, realtime_runtime, "realtimeRuntime", BIND_OMITEMPTY),
	BIND(U64P, struct oci_cpu, realtime_period, "realtimePeriod", BIND_OMITEMPTY),
	BIND(STR, struct oci_cpu, cpus, "cpus", BIND_OMITEMPTY),
	BIND(STR, struct oci_cpu, mems, "mems", BIND_OMITEMPTY),
	BIND(I64P, struct oci_cpu, idle, "idle", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field pids_fields[] = {
	BIND(I64, struct oci_pids, limit, "limit", 0),
	BIND_END,
};

static const struct bind_field weight_device_fields[] = {
	BIND(I64, struct oci_weight_device, major, "major", 0),
	BIND(I64, struct oci_weight_device, minor, "minor", 0),
	BIND(U32P, struct oci_weight_device, weight, "weight", BIND_OMITEMPTY),
	BIND(U32P, struct oci_weight_device, leaf_weight, "leafWeight", BIND_OMITEMPTY),
	BIND_END,
};

static const struct bind_field throttle_fields[] = {
	BIND(I64, struct oci_throttle_device, major, "major", 0),
	BIND(I64, struct oci_throttle_device, minor, "minor", 0),
	BIND(U64, struct oci_throttle_device, rate, "rate", 0),
	BIND_END,
};

static const struct bind_field block_io_fields[] = {
	BIND(U32P, struct oci_block_io, weight, "weight", BIND_OMITEMPTY),
	BIND(U32P, struct oci_block_io, leaf_weight, "leafWeight", BIND_OMITEMPTY),
	BIND_NEST(OBJS, struct oci_block_io, weight_device, "weightDevice", BIND_OMITEMPTY,
		weight_device_fields, struct oci_weight_device),
	BIND_NEST(OBJS, struct oci_block_io, read_bps, "throttleReadBpsDevice", BIND_OMITEMPTY,
		throttle_fields, struct oci_throttle_device),
	BIND_NEST(OBJS, struct oci_block_io, write_bps, "throttleWriteBpsDevice", BIND_OMITEMPTY,
		throttle_fields, struct oci_throttle_device),
	BIND_NEST(OBJS, struct oci_block_io, read_iops, "throttleReadIOPSDevice", BIND_OMITEMPTY,
		throttle_fields, struct oci_throttle_device),
	BIND_NEST(OBJS, struct oci_block_io, write_iops, "throttleWriteIOPSDevice", BIND_OMITEMPTY,
		throttle_fields, struct oci_throttle_device),
	BIND_END,
};

static const struct bind_field hugepage_fields[] = {
	BIND(STR, struct oci_hugepage_limit, page_size, "pageSize", 0),
	BIND(U64, struct oci_hugepage_limit, limit, "limit", 0),
	BIND_END,
};

static const struct bind_field net_priority_fields[] = {
	BIND(STR, struct oci_net_priority, name, "name", 0),
	BIND(U32, struct oci_net_priority, priority, "priority", 0),
	BIND_END,
};

static const struct bind_field network_fields[] = {
	BIND(U32P, struct oci_network_class, class_id, "classID", BIND_OMITEMPTY),
	BIND_NEST(OBJS, struct oci_network_class, priorities, "priorities", BIND_OMITEMPTY,
		net_priority_fields, struct oci_net_priority),
	BIND_END,
};

static const struct bind_field rdma_fields[] = {
	BIND(U32P, struct oci_rdma, hca_handles, "hcaHandles", BIND_OMITEMPTY),
	BIND(U32P, struct oci_rdma, hca_objects, "hcaObjects", BIND_OMITEMPTY),
	BIND_END,
};

const struct bind_field oci_resources_fields[] = {
	BIND_NEST(OBJS, struct oci_resources, devices, "devices", BIND_OMITEMPTY,
		device_rule_fields, struct oci_device_rule),
	BIND_NEST(OBJP, struct oci_resources, memory, "memory", BIND_OMITEMPTY, memory_fields,
		struct oci_memory),
	BIND_NEST(
		OBJP, struct oci_resources, cpu, "cpu", BIND_OMITEMPTY, cpu_fields, struct oci_cpu),
	BIND_NEST(OBJP, struct oci_resources, pids, "pids", BIND_OMITEMPTY, pids_fields,
		struct oci_pids),
	BIND_NEST(OBJP, struct oci_resources, block_io, "blockIO", BIND_OMITEMPTY, block_io_fields,
		struct oci_block_io),
	BIND_NEST(OBJS, struct oci_resources, hugepage_limits, "hugepageLimits", BIND_OMITEMPTY,
		hugepage_fields, struct oci_hugepage_limit),
	BIND_NEST(OBJP, struct oci_resources, network, "network", BIND_OMITEMPTY, network_fields,
		struct oci_network_class),
	BIND_NEST(OBJMAP, struct oci_resources, rdma, "rdma", BIND_OMITEMPTY, rdma_fields,
		struct oci_rdma),
	BIND(STRMAP, struct oci_resources, unified, "unified", BIND_OMITEMPTY),
	BIND_END,
};

int oci_resources_parse(
	struct arena *a, const char *text, size_t n, struct oci_resources *out, struct err *e)
{
	own_json doc = json_parse(text, n, e);

	*out = (struct oci_resources){ 0 };
	if (!doc || bind_decode(a, doc, oci_resources_fields, out, e))
		return err_in(e, "invalid resources");
	return 0;
}

void oci_resources_write(const struct oci_resources *r, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out, NULL);
	bind_encode(&w, oci_resources_fields, r);
}

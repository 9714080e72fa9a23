/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources of the runtime spec (feature row D6): also the document `update --resources`
 * reads. Every number is a pointer, NULL meaning "leave as it is". sys/cgroup.h applies it.
 * Daemon-safe.
 */
#ifndef TARE_OCI_RESOURCES_H
#define TARE_OCI_RESOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bind.h"
#include "base/buf.h"
#include "base/err.h"

struct oci_device_rule {
	bool allow;
	const char *type; /* "a", "b", "c"; NULL or "" means "a" */
	int64_t *major;	  /* NULL or -1: any */
	int64_t *minor;
	const char *access; /* some of "rwm"; NULL or "" means all of them */
};

struct oci_device_rule_list {
	struct oci_device_rule *v;
	size_t n;
};

struct oci_memory {
	int64_t *limit; /* bytes; -1: no limit */
	int64_t *reservation;
	int64_t *swap; /* memory + swap; -1: no limit */
	int64_t *kernel;
	int64_t *kernel_tcp;
	uint64_t *swappiness; /* 0 … 100 */
	bool *disable_oom_killer;
	bool *use_hierarchy;
	bool *check_before_update;
};

struct oci_cpu {
	uint64_t *shares;
	int64_t *quota; /* microseconds; -1: no limit */
	uint64_t *burst;
	uint64_t *period;
	int64_t *realtime_runtime;
	uint64_t *realtime_period;
	const char *cpus; /* "0-3,7" */
	const char *mems;
	int64_t *idle;
};

struct oci_pids {
	int64_t limit; /* 0 and below: no limit */
};

struct oci_weight_device {
	int64_t major, minor;
	uint32_t *weight;
	uint32_t *leaf_weight;
};

struct oci_throttle_device {
	int64_t major, minor;
	uint64_t rate;
};

struct oci_weight_device_list {
	struct oci_weight_device *v;
	size_t n;
};

struct oci_throttle_list {
	struct oci_throttle_device *v;
	size_t n;
};

struct oci_block_io {
	uint32_t *weight; /* 10 … 1000 */
	uint32_t *leaf_weight;
	struct oci_weight_device_list weight_device;
	struct oci_throttle_list read_bps;
	struct oci_throttle_list write_bps;
	struct oci_throttle_list read_iops;
	struct oci_throttle_list write_iops;
};

struct oci_hugepage_limit {
	const char *page_size; /* "2MB" */
	uint64_t limit;
};

struct oci_hugepage_list {
	struct oci_hugepage_limit *v;
	size_t n;
};

struct oci_net_priority {
	const char *name;
	uint32_t priority;
};

struct oci_net_priority_list {
	struct oci_net_priority *v;
	size_t n;
};

struct oci_network_class {
	uint32_t *class_id;
	struct oci_net_priority_list priorities;
};

struct oci_rdma {
	uint32_t *hca_handles;
	uint32_t *hca_objects;
};

struct oci_rdma_map {
	const char **keys; /* "mlx5_1" */
	struct oci_rdma *v;
	size_t n;
};

struct oci_resources {
	struct oci_device_rule_list devices;
	struct oci_memory *memory;
	struct oci_cpu *cpu;
	struct oci_pids *pids;
	struct oci_block_io *block_io;
	struct oci_hugepage_list hugepage_limits;
	struct oci_network_class *network;
	struct oci_rdma_map rdma;
	struct str_map unified; /* cgroup v2 file → value */
};

extern const struct bind_field oci_resources_fields[];

/* Parses text[0..n); strings and numbers lie in a. ERR_INVALID. */
int oci_resources_parse(
	struct arena *a, const char *text, size_t n, struct oci_resources *out, struct err *e);
void oci_resources_write(const struct oci_resources *r, struct buf *out);

#endif

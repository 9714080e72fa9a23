/* SPDX-License-Identifier: Apache-2.0 */
/* Device rules reduced to what the kernel keeps of them. For this room and its tests. */
#ifndef TARE_SYS_CGROUP_DEVICE_INT_H
#define TARE_SYS_CGROUP_DEVICE_INT_H

#include <linux/bpf.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "oci/resources.h"

enum { DEVICE_READ = 1, DEVICE_WRITE = 2, DEVICE_MKNOD = 4 };

/* Devices treated other than the rest. major or minor -1: any. */
struct device_exception {
	char type; /* 'b' or 'c' */
	int64_t major, minor;
	unsigned access;
};

/*
 * Everything is allowed (or refused) but for the exceptions: the state of the v1 devices
 * controller.
 */
struct device_policy {
	bool allow_by_default;
	struct device_exception *v;
	size_t n;
};

/* Runs the rules as the v1 controller would, starting from "everything refused". */
int device_policy_reduce(struct arena *a, const struct oci_device_rule_list *rules,
	struct device_policy *out, struct err *e);
/* "c 1:3 rwm", "b *:* m". */
void device_exception_text(const struct device_exception *x, char out[64]);
/* Reads devices.list back. */
int device_policy_parse(
	struct arena *a, const char *text, struct device_policy *out, struct err *e);

struct bpf_code {
	struct bpf_insn *v;
	size_t n;
};
/* The same policy as a BPF_PROG_TYPE_CGROUP_DEVICE program. */
void device_policy_bpf(struct arena *a, const struct device_policy *p, struct bpf_code *out);

#endif

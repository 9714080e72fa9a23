/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup filesystem as a container sees it at /sys/fs/cgroup. Daemon-safe (but see mounts.h).
 */
#ifndef TARE_SYS_MOUNT_CGROUP_H
#define TARE_SYS_MOUNT_CGROUP_H

#include <stdbool.h>

#include "base/err.h"
#include "oci/runtime_spec.h"
#include "sys/cgroup.h"

/*
 * Mounts m (type "cgroup") below root. v2: cgroup2 itself (the container's own group bound when it
 * has no cgroup namespace of its own). v1: a tmpfs with one mount per hierarchy and the usual links
 * (cpu → cpu,cpuacct): new mounts in a cgroup namespace, else binds of cg's directories.
 * own_cgroupns: the caller is already in it. "ro" in m->options holds for all of it.
 */
int mount_cgroup(int root, const struct oci_mount *m, const struct cgroup_host *host,
	const struct cgroup *cg, bool own_cgroupns, struct err *e);

#endif

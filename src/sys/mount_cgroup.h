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
 * Mounts m (type "cgroup") below root. v2: the one tree, seen from the caller's cgroup namespace.
 * v1: a tmpfs with one mount per hierarchy and the usual links (cpu → cpu,cpuacct): new mounts when
 * own_cgroupns says that the caller is in the container's cgroup namespace, else binds of cg's
 * directories. m's options ("ro") hold for all of it.
 */
int mount_cgroup(int root, const struct oci_mount *m, const struct cgroup_host *host,
	const struct cgroup *cg, bool own_cgroupns, struct err *e);

#endif

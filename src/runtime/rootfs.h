/* SPDX-License-Identifier: Apache-2.0 */
/* The container's root file system, built by its first process in its own mount namespace. */
#ifndef TARE_RUNTIME_ROOTFS_H
#define TARE_RUNTIME_ROOTFS_H

#include <stdbool.h>

#include "base/err.h"
#include "oci/runtime_spec.h"
#include "sys/cgroup.h"
#include "sys/pty.h"

struct rootfs {
	const struct oci_spec *spec;
	const char *path;   /* absolute */
	const char *bundle; /* absolute: where relative bind sources begin */
	const struct cgroup_host *host;
	const struct cgroup *cgroup; /* NULL: the container has none */
	/* Called once: before the first cgroup mount, or after the last mount. May be NULL. */
	int (*await_cgroup)(void *arg, struct err *e);
	void *arg;
	bool own_cgroup_ns;
	bool in_user_ns;
	bool no_pivot;
	/* struct mount_env's; NULL: nobody opens sources for us */
	int (*source)(void *arg, const struct oci_mount *m, struct err *e);
	void *source_arg;
	int root; /* filled by rootfs_mount: O_PATH of the mounted root */
};

/* Whether the spec's rootfsPropagation is one, and safe; ERR_INVALID in runc's words. */
int rootfs_check(const struct oci_spec *s, bool no_pivot, struct err *e);
/* Propagation, the root itself, all mounts of the spec, devices. Fault points rootfs.*. */
int rootfs_mount(struct rootfs *r, struct err *e);
/* A terminal from the container's own devpts, bound to /dev/console. The caller closes both ends. */
int rootfs_console(const struct rootfs *r, const struct oci_console_size *size, struct pty *out,
	struct err *e);
/* Masks, read-only paths, read-only root, and the change of root. cwd is / afterwards. */
int rootfs_enter(struct rootfs *r, struct err *e);

#endif
